"""Takes out of uploads, before any decoder sees them, what makes a small file cost gigabytes or minutes. Pure.

Each limit answers a file that was built and measured: 40 compressed text chunks of a 2 MB PNG filled 3.8 GB when its
header was read; 150,000 empty frames of a 7 MB animated WebP took 18 s; 2,000 scans of a 6 MB JPEG took 7 s; and
1.5 million EXIF segments of a 15 MB JPEG 370 MB. Encoders write none of these: a 20 MB PNG has some 2,500 chunks, a
progressive JPEG about 10 scans.
"""

import re
import struct
from collections import deque
from collections.abc import Iterator
from typing import TypeVar

MAX_PARTS = 10_000
MAX_SCANS = 100

_PNG_SIGNATURE_BYTES = 8
# Beside the critical chunks (capital first letter), what changes how the picture looks. Text, times, animation go.
_PNG_KEPT = frozenset({b"tRNS", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf"})
# Not a stuffed byte, a fill byte, nor one of the markers that stand alone.
_JPEG_NEXT_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_SCAN = 0xDA
_END = 0xD9

Part = TypeVar("Part")


class Overloaded(Exception):
    """The file has more parts than any encoder writes."""


def defused(kind: str, body: bytes) -> bytes:
    """The file as a decoder may see it: the very object where nothing has to go. Raises Overloaded."""
    if kind == "png":
        return _without_extras(body)
    if kind == "jpeg":
        _check_segments(body)
    elif kind == "webp":
        deque(_limited(_riff_chunks(body)), maxlen=0)
    return body


def _without_extras(body: bytes) -> bytes:
    """The signature and the chunks that are kept. What follows a broken chunk, or the last one, goes too."""
    view = memoryview(body)
    kept = [view[:_PNG_SIGNATURE_BYTES]]
    for start, end in _limited(_png_chunks(body)):
        name = body[start + 4 : start + 8]
        if name[:1].isupper() or name in _PNG_KEPT:
            kept.append(view[start:end])
    return body if sum(map(len, kept)) == len(body) else b"".join(kept)


def _png_chunks(body: bytes) -> Iterator[tuple[int, int]]:
    """Where each chunk starts and ends; the last one may be cut off."""
    at = _PNG_SIGNATURE_BYTES
    while at + 8 <= len(body):
        length, name = struct.unpack_from(">I4s", body, at)
        end = at + 12 + length
        yield at, min(end, len(body))
        if name == b"IEND":
            return
        at = end


def _check_segments(body: bytes) -> None:
    """Counts segments, and scans where there can be more than one. Looks no further into a picture of a single scan,
    which is most of the file.
    """
    scans = components = 0
    progressive = False
    for marker, at in _limited(_jpeg_segments(body)):
        if marker in _FRAMES:
            progressive, components = marker in _PROGRESSIVE, _byte(body, at + 7)
        elif marker == _SCAN:
            scans += 1
            if scans > MAX_SCANS:
                raise Overloaded
            if not progressive and _byte(body, at + 2) >= components:
                return


def _jpeg_segments(body: bytes) -> Iterator[tuple[int, int]]:
    """Each marker and where its length stands, up to the end of the picture: video that phones append is not read."""
    at = 2
    while found := _JPEG_NEXT_MARKER.search(body, at):
        marker, at = body[found.start() + 1], found.end()
        if marker == _END:
            return
        yield marker, at
        at += max(2, int.from_bytes(body[at : at + 2], "big"))


def _riff_chunks(body: bytes) -> Iterator[int]:
    at = 12
    while at + 8 <= len(body):
        yield at
        length = int.from_bytes(body[at + 4 : at + 8], "little")
        at += 8 + length + length % 2


def _byte(body: bytes, at: int) -> int:
    return body[at] if at < len(body) else 0


def _limited(parts: Iterator[Part]) -> Iterator[Part]:
    for number, part in enumerate(parts, start=1):
        if number > MAX_PARTS:
            raise Overloaded
        yield part
