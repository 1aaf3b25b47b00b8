"""Bytes to text: every encoding that parts lists come in, and bytes that are no text."""

from collections.abc import Iterator

import pytest

from service.domains.parts_lists.decoding import MAX_BYTES, decode, joined
from service.domains.parts_lists.reading import read_parts
from service.domains.parts_lists.rules import Part, Unreadable
from tests.unit.service.parts_list_files import failure, read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_is_understood(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    parts, _ = read(mark + "Part,Name,Quantity\n3001,Größe „2x4“,4\n".encode(encoding))
    assert parts == [Part(2, "3001", "Größe „2x4“", None, 4, None)]


def test_characters_cut_by_the_borders_of_chunks_and_slices_stay_whole() -> None:
    data = ("Part,Name,Quantity\n" + "3001,ö€😀,1\n" * 20_000).encode()
    parts = list(read_parts(data[at : at + 7] for at in range(0, len(data), 7)))
    assert len(parts) == 20_000
    assert {part.name for part in parts} == {"ö€😀"}


@pytest.mark.parametrize(
    ("data", "line", "byte"),
    [
        (b"Part,Quantity\n3001,4\nK\x81che,4\n", 3, "0x81"),
        (b"Part,Quantity\n" + b"3001,4\n" * 20_000 + b"\x90,4\n", 20_002, "0x90"),
        (b"\xef\xbb\xbfPart,Quantity\r\nK\xfcche,4\r\n", 2, "0xfc"),
        (b"\xff\xfe" + "Part,Quantity\n".encode("utf-16-le") + b"\x00\xd8,\x00", 2, "0x00"),
        (b"\xff\xfe" + "Part,Quantity\n3001,4".encode("utf-16-le") + b"\n", 2, "0x0a"),
    ],
    ids=["windows-1252", "far into the file", "utf-8 by its mark", "lone surrogate", "half a character"],
)
def test_bytes_that_are_no_text_are_named_with_their_line(data: bytes, line: int, byte: str) -> None:
    error = failure(data)
    assert (error.code, error.line) == ("BAD_ENCODING", line)
    assert f"{byte} in line {line}" in error.message


@pytest.mark.parametrize(
    "data",
    [
        b"Part,Quantity\n30\x0001,4\n",
        "Part,Quantity\n30\x0001,4\n".encode("utf-16"),
        b"Part,Quantity\nK\xfc\x00,4\n",
    ],
    ids=["utf-8", "utf-16", "windows-1252"],
)
def test_a_nul_byte_fails_the_file_and_names_the_line(data: bytes) -> None:
    error = failure(data)
    assert (error.code, error.line) == ("NUL_BYTE", 2)


def test_utf_16_without_a_mark_is_not_guessed() -> None:
    assert failure("Part,Quantity\n3001,4\n".encode("utf-16-le")).code == "NUL_BYTE"


def test_no_more_than_the_allowed_bytes_are_taken() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"," * 2**20

    with pytest.raises(Unreadable) as caught:
        joined(endless())
    assert caught.value.code == "FILE_TOO_LARGE"
    assert taken == MAX_BYTES // 2**20 + 1


def test_lines_keep_the_ends_that_they_have() -> None:
    assert list(decode(b"a\r\nb\rc\nd\x0be")) == ["a\r\n", "b\r", "c\n", "d\x0be"]
