"""What the tests of the gallery have in common: pictures, and images and albums that exist."""

from functools import cache
from typing import Any

import pyvips
from httpx import Response

from service.search.indices import IMAGES
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.servers import send
from tests.integration.service.api import Api

ID = "00000000-0000-0000-0000-0000000000a1"
ALBUM_ID = "00000000-0000-0000-0000-0000000000b1"
NO_ID = "00000000-0000-0000-0000-00000000dead"


@cache
def png(width: int = 40, height: int = 30) -> bytes:
    """A small PNG."""
    body: bytes = pyvips.Image.black(width, height).new_from_image([20, 160, 60]).cast("uchar").pngsave_buffer()
    return body


async def sent(
    api: Api, sub: str | None = "alice", name: str = "ship.png", body: bytes | None = None, **fields: Any
) -> Response:
    """An image sent as browsers send it, with these text fields; a list is a field that comes several times."""
    files = {"image": (name, png() if body is None else body, "image/png")}
    return await api.call("POST", "/api/images", sub, files=files, data=fields)


async def image(api: Api, sub: str = "alice", **fields: Any) -> dict[str, Any]:
    """An image that exists."""
    made = await sent(api, sub, **fields)
    assert made.status_code == 201, made.text
    data: dict[str, Any] = made.json()["data"]
    return data


async def album(api: Api, sub: str = "alice", **fields: Any) -> dict[str, Any]:
    """An album that exists."""
    made = await api.post("/api/albums", {"title": "Album", **fields}, sub)
    assert made.status_code == 201, made.text
    data: dict[str, Any] = made.json()["data"]
    return data


async def titles(api: Api, path: str, sub: str = "alice") -> list[str]:
    """The titles of a list."""
    answer = await api.get(path, sub)
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["data"]]


def insert_image(postgres: Postgres, database: str, **columns: str) -> None:
    """A row of alice's; values are SQL."""
    _insert(postgres, database, "gallery_images", {"id": f"'{ID}'", "image_url": "'/uploads/gallery/1.jpg'", **columns})


def insert_album(postgres: Postgres, database: str, **columns: str) -> None:
    """A row of alice's; values are SQL."""
    _insert(postgres, database, "gallery_albums", {"id": f"'{ALBUM_ID}'", **columns})


def _insert(postgres: Postgres, database: str, table: str, columns: dict[str, str]) -> None:
    values = {"user_id": "'alice'", "title": "'Old'", **columns}
    postgres.run(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})", database)


def many_images(postgres: Postgres, database: str, count: int, *, album_id: str | None = None) -> None:
    """That many rows of alice's, the first one the newest; two at a time are of the same moment."""
    where = f"'{album_id}'" if album_id else "NULL"
    postgres.run(
        f"""INSERT INTO gallery_images (user_id, title, image_url, album_id, created_at)
         SELECT 'alice', 'Image ' || n, '/uploads/' || n, {where}, timestamp '2025-01-01' - n / 2 * interval '1 second'
         FROM generate_series(1, {count}) AS n""",
        database,
    )


async def indexed(search_server: str, count: int) -> None:
    """Wait until the engine knows that many images."""

    async def there() -> bool:
        answer = send("POST", f"{search_server}/{IMAGES}/_count", {"query": {"match_all": {}}})
        return bool(answer["count"] == count)

    await until(there, seconds=5.0)
