"""The bytes of an uploaded text file as text, whatever program wrote it."""

import codecs
import re
from collections.abc import Iterable, Iterator
from io import BytesIO, TextIOWrapper

from service.domains.parts_lists.rules import Unreadable

MAX_BYTES = 10 * 2**20

_SLICE_BYTES = 65_536
_LINE_END = re.compile("\r\n|\r|\n")
_NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "UTF-8 or Windows-1252"}


def joined(chunks: Iterable[bytes]) -> bytes:
    """The file in one piece, 10 MiB at most. Raises Unreadable: FILE_TOO_LARGE."""
    return b"".join(_bounded(chunks))


def decode(data: bytes) -> TextIOWrapper:
    """The file as text, decoded as it is read; its lines keep their ends (CR, LF or CRLF).

    A byte order mark decides between UTF-8 and UTF-16; a file without one is UTF-8 if it can be, else Windows-1252,
    whatever an XML declaration says. The text is not held. Raises Unreadable: BAD_ENCODING, NUL_BYTE.
    """
    return TextIOWrapper(BytesIO(data), _encoding(data), newline="")


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise Unreadable("FILE_TOO_LARGE", f"The file is larger than {MAX_BYTES // 2**20} MB.")
        yield chunk


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif _first_fault(data, "utf-8") is None:
        return "utf-8"
    else:
        encoding = "cp1252"
    fault = _first_fault(data, encoding)
    if fault is not None:
        line = _line(data[:fault].decode(encoding, "ignore"))
        message = f"Byte 0x{data[fault]:02x} in line {line} is no {_NAMES[encoding]} text. Save the file as UTF-8."
        raise Unreadable("BAD_ENCODING", message, line)
    return encoding


def _first_fault(data: bytes, encoding: str) -> int | None:
    """Where the first byte stands that `encoding` has no character for; decoded in slices, so that little is held."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for end in range(_SLICE_BYTES, len(data) + _SLICE_BYTES, _SLICE_BYTES):
        try:
            text = decoder.decode(data[end - _SLICE_BYTES : end], final=end >= len(data))
        except UnicodeDecodeError as error:  # its `object` starts earlier than the slice, but ends where that ends
            return min(end, len(data)) - len(error.object) + error.start
        if "\0" in text:
            raise _nul_byte(data, encoding)
    return None


def _nul_byte(data: bytes, encoding: str) -> Unreadable:
    line = _line(data.decode(encoding, "ignore").partition("\0")[0])
    message = f"Line {line} holds a NUL byte, so this is no plain text. Save the file in UTF-8."
    return Unreadable("NUL_BYTE", message, line)


def _line(text_before: str) -> int:
    return 1 + len(_LINE_END.findall(text_before))
