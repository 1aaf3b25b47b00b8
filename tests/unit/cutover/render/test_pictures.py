"""The pictures of the report pages in the runbooks are of the pages as they are today."""

import struct
import zlib

import pytest

from tests.browser.pictures import FOLDER, MOST_BYTES, PICTURES, WIDTH, digest, mark_of, marked
from tests.unit.cutover.test_captures import SCREENS

EMPTY = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bytes(17) + struct.pack(">I", 0) + b"IEND" + bytes(4)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_of_the_page_as_it_is(name: str) -> None:
    kept = (FOLDER / f"{name}.png").read_bytes()

    assert mark_of(kept) == digest(PICTURES[name].html()), "it has changed: look at it after `tox run -e pictures`"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_and_shown_with_a_sentence(name: str) -> None:
    kept = (FOLDER / f"{name}.png").read_bytes()
    before, _, after = SCREENS.read_text(encoding="utf-8").partition(f"](captures/{name}.png)")

    assert struct.unpack_from(">II", kept, 16) == (WIDTH, PICTURES[name].height)
    assert len(kept) <= MOST_BYTES
    assert after
    assert before.rsplit("\n\n", 2)[-2].strip().endswith(".")


def test_no_picture_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == {*PICTURES}


def test_a_mark_is_a_whole_chunk_and_can_be_read_again() -> None:
    png = marked(EMPTY, "it")
    [length] = struct.unpack_from(">I", png, 33)
    chunk = png[37 : 41 + length]

    assert mark_of(png) == "it"
    assert chunk == b"tEXthtml-sha256\0it"
    assert struct.unpack_from(">I", png, 41 + length) == (zlib.crc32(chunk),)
    assert png[:33] + png[45 + length :] == EMPTY


def test_a_picture_without_a_mark_has_none_and_what_is_no_picture_is_refused() -> None:
    assert mark_of(EMPTY) == ""
    with pytest.raises(ValueError, match="not a PNG"):
        mark_of(b"GIF89a")
