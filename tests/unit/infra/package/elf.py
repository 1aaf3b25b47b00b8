"""Made-up native libraries: a header, some segments, and behind them what nobody loads."""

import struct
from collections.abc import Sequence

X86_64, AARCH64 = 62, 183
SECTIONS = b"section headers, symbols, DWARF"


def library(
    parts: Sequence[tuple[int, bytes]] = ((1, b"code"), (1, b"data")),
    *,
    machine: int = X86_64,
    kind: int = 3,
    ident: bytes = b"\x7fELF\x02\x01\x01",
) -> bytes:
    """A 64-bit little-endian library whose program headers name these parts: (type, content)."""
    body, headers = b"", b""
    begin = 64 + 56 * len(parts)
    for number, content in parts:
        headers += struct.pack("<IIQQQQQQ", number, 5, begin + len(body), 0, 0, len(content), len(content), 4096)
        body += content
    end = begin + len(body)
    head = struct.pack(
        "<16sHHIQQQIHHHHHH", ident.ljust(16, b"\0"), kind, machine, 1, 0, 64, end, 0, 64, 56, len(parts), 64, 3, 2
    )
    return head + headers + body + SECTIONS
