"""Small files that the upload routes take."""

import struct
import zlib

CSV = [
    b"part,qty\n3001,24\n3003,2\n",
    b"Part ID;Quantity;Color\r\n3001;1;Red\r\n",
    b"\xef\xbb\xbfpart\tqty\tname\n3005\t7\tBrick 1 x 1\n",
    b"part,qty\n3001,many\n3002,3\n",
]
PDF = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def png(width: int, height: int, level: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\x00" + bytes([level]) * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PNG = [png(1, 1, 0), png(40, 30, 128), png(3, 500, 255)]
