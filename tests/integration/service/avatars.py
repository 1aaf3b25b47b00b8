"""Pictures to send as avatars, and how."""

import hashlib
import struct
import zlib
from typing import Any

import httpx
import pyvips
from httpx import Response

from tests.integration.s3 import Objects
from tests.integration.service.api import Api
from tests.integration.user_pool import Pool

RED, BLUE = (200.0, 30.0, 30.0), (30.0, 30.0, 200.0)
KEY = "avatars/alice/avatar.webp"


def picture(kind: str = "png", colour: tuple[float, float, float] = RED, width: int = 400, height: int = 300) -> bytes:
    """A picture of one colour, as a file of that kind."""
    image = pyvips.Image.black(width, height, bands=3) + list(colour)
    body: bytes = image.cast("uchar").copy(interpretation="srgb").write_to_buffer(f".{kind}")
    return body


def webp_size(body: bytes) -> tuple[int, int]:
    """Width and height as the WebP's own header tells them."""
    assert (body[:4], body[8:12]) == (b"RIFF", b"WEBP"), body[:12]
    image: Any = pyvips.Image.new_from_buffer(body, "")
    return image.width, image.height


async def send(
    api: Api, body: bytes, name: str = "me.png", declared: str = "image/png", sub: str = "alice", field: str = "avatar"
) -> Response:
    """An avatar sent as browsers send it."""
    return await api.call("POST", "/api/users/me/avatar", sub, files={field: (name, body, declared)})


async def send_directly(form: dict[str, Any], body: bytes) -> None:
    """What a client does with a presigned form."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(form["url"], data=form["fields"], files={"file": ("me.png", body, "image/png")})
    assert answer.status_code in (200, 201, 204), answer.text


def assert_whole(pool: Pool, s3: Objects, bucket: str) -> bool:
    """What alice's `picture` names is there, and the very bytes of that version; whether it names anything."""
    named = pool.attributes("alice").get("picture", "")
    if not named:
        return False
    url, _, version = named.partition("?v=")
    assert url == f"https://{bucket}.s3.amazonaws.com/{KEY}"
    assert hashlib.sha256(s3.read(bucket, KEY)).hexdigest().startswith(version)
    assert len(version) == 16
    return True


def huge_png() -> bytes:
    """A PNG whose header promises more pixels than are taken."""
    head = struct.pack(">II5B", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
