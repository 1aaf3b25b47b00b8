"""Wishlist items, and pictures for them, as tests make and look at them."""

from collections.abc import Sequence
from typing import Any

import pyvips
from httpx import Response

from tests.integration.postgres import Postgres
from tests.integration.service.api import Api

LIST = "/api/wishlist"
NOBODYS = "00000000-0000-0000-0000-00000000dead"


async def wish(api: Api, sub: str = "alice", **fields: Any) -> dict[str, Any]:
    """An item that exists."""
    made = await api.post(LIST, {"title": "Falcon", **fields}, sub)
    assert made.status_code == 201, made.text
    data: dict[str, Any] = made.json()["data"]
    return data


async def titles(api: Api, query: str = "", sub: str = "alice") -> list[str]:
    """The titles of the list, in its order."""
    answer = await api.get(f"{LIST}{query}", sub)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["data"]]


async def detail(api: Api, item: dict[str, Any], sub: str = "alice") -> dict[str, Any]:
    """The item as a later read sees it."""
    answer = await api.get(f"{LIST}/{item['id']}", sub)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def insert(postgres: Postgres, database: str, **columns: str) -> str:
    """An old row of alice's, and its id; values are SQL."""
    values = {"user_id": "'alice'", "title": "'Old'", "sort_order": "'1'", **columns}
    (identity,) = postgres.run(
        f"INSERT INTO wishlist_items ({', '.join(values)}) VALUES ({', '.join(values.values())}) RETURNING id", database
    )
    return identity


def leftovers(postgres: Postgres, database: str) -> list[str]:
    """The objects that no row names, but for what forms that are still good may bring."""
    return postgres.run("SELECT key FROM file_leftovers WHERE key NOT LIKE 'uploads/%' ORDER BY key", database)


def picture(width: int = 40, height: int = 30, colour: Sequence[int] = (200, 30, 30), suffix: str = ".jpg") -> bytes:
    """A picture of one colour."""
    image = pyvips.Image.black(width, height, bands=3) + list(colour)
    body: bytes = image.cast("uchar").copy(interpretation="srgb").write_to_buffer(suffix)
    return body


def colour_of(body: bytes) -> list[int]:
    """The mean colour of a stored picture, in tens."""
    image = pyvips.Image.new_from_buffer(body, "")
    return [round(image.extract_band(band).avg() / 10) * 10 for band in range(3)]


async def send_image(
    api: Api,
    item: dict[str, Any],
    body: bytes,
    filename: str = "ship.jpg",
    content_type: str = "image/jpeg",
    sub: str | None = "alice",
) -> Response:
    """An upload as browsers send it."""
    return await api.call("POST", f"{LIST}/{item['id']}/image", sub, files={"image": (filename, body, content_type)})
