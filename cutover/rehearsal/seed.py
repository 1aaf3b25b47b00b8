"""The data that a rehearsal starts with: MOCs, images and wishes of 50 users, in PostgreSQL and in the indices."""

import asyncio
import json
import random
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from service.kernel.wire_time import version_of
from service.search.documents import KINDS
from service.search.indices import MAPPINGS

MOC_COUNT = 2000
OTHERS_OF_A_USER = 20  # images, and wishes, of each user but the named ones, whose galleries and wishlists are empty
NAMED_USERS = ("alice", "bob")
ADMIN = "admin"
USER_COUNT = 50
INDEX_SUFFIX = "-v1"
HTTP_TIMEOUT_SECONDS = 30.0

_KINDS = ("castle", "falcon", "crane", "tower", "train", "space station", "harbour", "lorry", "windmill", "walker")
_LOOKS = ("small", "grey", "modular", "old", "tall", "red", "folding", "quiet", "winter", "northern")
_THEMES = ("City", "Star Wars", "Castle", "Technic", "Space")
_COLUMNS = (
    "id", "user_id", "title", "description", "type", "author", "parts_count", "theme", "brand", "set_number",
    "release_year", "tags", "total_piece_count", "created_at", "updated_at",
)  # fmt: skip
_IMAGE_COLUMNS = (
    "id", "user_id", "title", "description", "tags", "image_url", "thumbnail_url", "created_at", "last_updated_at",
)  # fmt: skip
_WISH_COLUMNS = ("id", "user_id", "title", "description", "category", "sort_order", "created_at", "updated_at")


def users() -> Sequence[str]:
    """The subjects that own the seeded MOCs."""
    return (*NAMED_USERS, *(f"user-{number:02}" for number in range(len(NAMED_USERS) + 1, USER_COUNT + 1)))


def rows(seed: int = 1) -> list[tuple[Any, ...]]:
    """The seeded MOCs as rows, the same for the same seed."""
    choose = random.Random(seed)  # noqa: S311 - the same data every time
    owners = users()
    return [_row(number, owners[number % len(owners)], choose) for number in range(MOC_COUNT)]


def image_rows(seed: int = 2) -> list[tuple[Any, ...]]:
    """The seeded images as rows, the same for the same seed; no file lies behind their URLs."""
    choose = random.Random(seed)  # noqa: S311 - the same data every time
    return [_image(number, owner, choose) for number, owner in _others()]


def wish_rows(seed: int = 3) -> list[tuple[Any, ...]]:
    """The seeded wishes as rows, the same for the same seed."""
    choose = random.Random(seed)  # noqa: S311 - the same data every time
    return [_wish(number, owner, choose) for number, owner in _others()]


async def seed_database(dsn: str) -> None:
    """Copy the rows into the empty tables."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        for table, records, columns in (
            ("moc_instructions", rows(), _COLUMNS),
            ("gallery_images", image_rows(), _IMAGE_COLUMNS),
            ("wishlist_items", wish_rows(), _WISH_COLUMNS),
        ):
            await connection.copy_records_to_table(table, records=records, columns=columns)
            await connection.execute(f"ANALYZE {table}")
    finally:
        await connection.close()


async def seed_index(dsn: str, search_url: str) -> int:
    """Make each index behind its alias and fill it with what its table holds: how many documents that is."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        found = {name: await connection.fetch(f"SELECT * FROM {name}") for name in KINDS}  # noqa: S608 - our own names
    finally:
        await connection.close()
    for name, rows in found.items():
        await asyncio.to_thread(_make_index, search_url, name)
        if rows:
            await asyncio.to_thread(_bulk, search_url, b"".join(_lines(name, row) for row in rows))
    return sum(map(len, found.values()))


def _row(number: int, owner: str, choose: random.Random) -> tuple[Any, ...]:
    kind, look = choose.choice(_KINDS), choose.choice(_LOOKS)
    is_set = number % 5 == 0
    made = _moment(number)
    parts = choose.randrange(50, 5000)
    return (
        uuid.UUID(int=choose.getrandbits(128), version=4),
        owner,
        f"{look.capitalize()} {kind} {number}",
        f"A {look} {kind} of {parts} parts. " + "Brick by brick it grows. " * choose.randrange(1, 8),
        "set" if is_set else "moc",
        None if is_set else f"Designer {number % 300}",
        parts,
        choose.choice(_THEMES),
        "LEGO" if is_set else None,
        f"{10000 + number}-1" if is_set else None,
        choose.randrange(1978, 2026) if is_set else None,
        json.dumps([kind, look, f"tag {number % 40}"]),
        parts if number % 3 == 0 else None,
        made,
        made + timedelta(minutes=choose.randrange(100_000)),
    )


def _others() -> Sequence[tuple[int, str]]:
    owners = users()[len(NAMED_USERS) :]
    return [(number, owners[number % len(owners)]) for number in range(OTHERS_OF_A_USER * len(owners))]


def _image(number: int, owner: str, choose: random.Random) -> tuple[Any, ...]:
    kind, look, made = choose.choice(_KINDS), choose.choice(_LOOKS), _moment(number)
    image_id = uuid.UUID(int=choose.getrandbits(128), version=4)
    url = f"https://images.example.com/{owner}/{image_id}"
    tags = json.dumps([kind, look])
    title, description = f"{look.capitalize()} {kind} from the front {number}", f"How the {look} {kind} looks."
    return image_id, owner, title, description, tags, f"{url}.webp", f"{url}-thumb.webp", made, made


def _wish(number: int, owner: str, choose: random.Random) -> tuple[Any, ...]:
    kind, theme, made = choose.choice(_KINDS), choose.choice(_THEMES), _moment(number)
    order = str(number // (USER_COUNT - len(NAMED_USERS)))
    title, description = f"{theme} {kind} {number}", f"A {kind} for my birthday."
    return uuid.UUID(int=choose.getrandbits(128), version=4), owner, title, description, theme, order, made, made


def _moment(number: int) -> datetime:
    return datetime(2025, 1, 1) + timedelta(minutes=37 * number)  # noqa: DTZ001 - the columns hold naive UTC


def _lines(name: str, row: Mapping[str, Any]) -> bytes:
    kind = KINDS[name]
    version = version_of(row[kind.changed_at])
    action = {"index": {"_index": name, "_id": str(row["id"]), "version": version, "version_type": "external_gte"}}
    return msgspec.json.encode(action) + b"\n" + msgspec.json.encode(kind.document(row)) + b"\n"


def _make_index(search_url: str, name: str) -> None:
    wanted = {"mappings": MAPPINGS[name], "aliases": {name: {}}}
    _send("PUT", f"{search_url}/{name}{INDEX_SUFFIX}", msgspec.json.encode(wanted), "application/json")


def _bulk(search_url: str, body: bytes) -> None:
    answer = _send("POST", f"{search_url}/_bulk?refresh=true", body, "application/x-ndjson")
    if answer.get("errors"):
        raise RuntimeError("the search server refused seeded documents")


def _send(method: str, url: str, body: bytes, content_type: str) -> Any:
    request = urllib.request.Request(  # noqa: S310 - our own server on loopback
        url, data=body, method=method, headers={"Content-Type": content_type}
    )
    with urllib.request.urlopen(request, timeout=HTTP_TIMEOUT_SECONDS) as answer:  # noqa: S310
        return json.loads(answer.read())
