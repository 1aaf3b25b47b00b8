"""Cuts off what a native library holds for linkers and debuggers: section headers, symbols, DWARF. Pure.

Loading is done by segments, which the program headers list; section headers and everything behind the last segment can
go. What is lost by that: `gdb`, `readelf -S`, `patchelf` and names of C functions in native stack traces. Unwinding
(exceptions, panics) and dlsym go on working: `.eh_frame` and the dynamic symbols lie in segments.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

MAGIC = b"\x7fELF"
PT_LOAD = 1
_CLASS_64, _LITTLE_ENDIAN, _SHARED = 2, 1, 3
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTIONS_AT, _SECTION_COUNTS_AT = 40, 58  # e_shoff; e_shentsize, e_shnum and e_shstrndx


class NotStrippable(Exception):
    """It is no whole shared library for that machine; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the file as the loader sees it: its type, where it is and how long, in bytes."""

    kind: int
    offset: int
    size: int

    @property
    def end(self) -> int:
        """Behind its last byte."""
        return self.offset + self.size


def is_native(content: bytes) -> bool:
    """Whether this is an ELF file of any kind."""
    return content.startswith(MAGIC)


def segments(content: bytes, machine: int) -> Sequence[Segment]:
    """What the program headers of a 64-bit little-endian shared library list. Raises NotStrippable."""
    offset, size, count = _program_headers(content, machine)
    if size != _SEGMENT.size or not count or offset + size * count > len(content):
        raise NotStrippable("its program headers are not all there")
    entries = (_SEGMENT.unpack_from(content, offset + size * at) for at in range(count))
    found = [Segment(kind, start, length) for kind, _, start, _, _, length, _, _ in entries]
    if max(segment.end for segment in found) > len(content):
        raise NotStrippable("it ends before its last segment does")
    return found


def stripped(content: bytes, machine: int) -> bytes:
    """The library without what is never loaded; `machine` is the e_machine that it must have. Raises NotStrippable."""
    offset, size, count = _program_headers(content, machine)
    end = max(segment.end for segment in segments(content, machine))
    kept = bytearray(content[: max(end, offset + size * count, _HEADER.size)])
    struct.pack_into("<Q", kept, _SECTIONS_AT, 0)
    struct.pack_into("<HHH", kept, _SECTION_COUNTS_AT, 0, 0, 0)
    return bytes(kept)


def _program_headers(content: bytes, machine: int) -> tuple[int, int, int]:
    """Where they are, how long one is, how many there are."""
    if len(content) < _HEADER.size or not is_native(content):
        raise NotStrippable("it is no ELF file")
    ident, kind, found_machine, _, _, offset, _, _, _, size, count, _, _, _ = _HEADER.unpack_from(content)
    if ident[4] != _CLASS_64 or ident[5] != _LITTLE_ENDIAN:
        raise NotStrippable("it is not 64-bit little-endian")
    if kind != _SHARED:
        raise NotStrippable(f"it is no shared library (e_type {kind})")
    if found_machine != machine:
        raise NotStrippable(f"it is for another machine: e_machine is {found_machine}, not {machine}")
    return offset, size, count
