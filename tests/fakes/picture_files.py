"""Picture files put together byte by byte: well-formed ones, and ones that no encoder writes."""

import base64
import struct
import zlib

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT_BOMB = zlib.compress(bytes(50_000_000), 9)

# 64 × 64 px, one red; HEVC by x265.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRt"
    "AAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAFmAAEAAAAAAAAAGgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGh2YzEAAAAAwmlw"
    "cnAAAACkaXBjbwAAAHhodmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQArQgEBA3AA"
    "AAMAkAAAAwAAAwAeoCCBBZbqSSmubgQEDAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQAAAABRpc3BlAAAAAAAAAEAAAABAAAAAEHBpeGkAAAAA"
    "AwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAoMAAAAibWRhdAAAABYoAa8ZgPd8hTf/9/jH/X2r/ikFeLRw"
)


def png_chunk(name: bytes, body: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int, height: int, *, extra: bytes = b"", claimed: tuple[int, int] | None = None, interlaced: bool = False
) -> bytes:
    """A grey RGB picture; `claimed` is what the header says of its size if not the truth."""
    header = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 2, 0, 0, int(interlaced))
    pixels = zlib.compress((b"\0" + b"\x40" * (3 * width)) * height)
    chunks = png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")
    return PNG_SIGNATURE + chunks


def text_bombs(count: int) -> bytes:
    """PNG chunks of 50 KB, each of which is 50 MB of text."""
    return b"".join(png_chunk(b"zTXt", b"note%d\0\0" % number + TEXT_BOMB) for number in range(count))


def jpeg_segment(marker: int, body: bytes) -> bytes:
    """A marker with its length."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def progressive_jpeg(width: int, height: int, scans: int) -> bytes:
    """A grey picture whose later scans are each some 60 bytes that say: nothing more, for all blocks."""
    blocks = -(-width // 8) * -(-height // 8)
    head = b"\xff\xd8" + jpeg_segment(0xDB, b"\0" + b"\x01" * 64)
    head += jpeg_segment(0xC2, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    head += jpeg_segment(0xC4, b"\x00" + bytes([1] + [0] * 15) + b"\x00")  # DC: one bit a block
    head += jpeg_segment(0xC4, b"\x10" + bytes([1, 1] + [0] * 14) + b"\xe0\x00")  # AC: 2^14 blocks at an end, or one
    first = jpeg_segment(0xDA, b"\x01\x01\x00\x00\x00\x00") + bytes(-(-blocks // 8))
    later = jpeg_segment(0xDA, b"\x01\x01\x00\x01\x3f\x00") + _nothing_more(blocks)
    return head + first + later * (scans - 1) + b"\xff\xd9"


def riff_chunk(name: bytes, body: bytes) -> bytes:
    """A chunk with its length, padded to an even one."""
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def animated_webp(frame: bytes, frames: int) -> bytes:
    """The one frame (a whole WebP file of 1 × 1 px) again and again, on a canvas of 64 × 64 px."""
    canvas, nothing = struct.pack("<I", 63)[:3], bytes(3)
    head = riff_chunk(b"VP8X", b"\x02\0\0\0" + canvas + canvas) + riff_chunk(b"ANIM", bytes(6))
    one = riff_chunk(b"ANMF", nothing * 4 + b"\x0a\0\0\0" + frame[12:])
    body = b"WEBP" + head + one * frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _nothing_more(blocks: int) -> bytes:
    runs, rest = divmod(blocks, 1 << 14)
    bits = ("0" + "0" * 14) * runs + "10" * rest
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
