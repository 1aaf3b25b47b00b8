"""The data that a rehearsal starts with: 2,000 MOCs of 50 users in PostgreSQL, and the same in the search index."""

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


def users() -> Sequence[str]:
    """The subjects that own the seeded MOCs."""
    return (*NAMED_USERS, *(f"user-{number:02}" for number in range(len(NAMED_USERS) + 1, USER_COUNT + 1)))


def rows(seed: int = 1) -> list[tuple[Any, ...]]:
    """The seeded MOCs as rows, the same for the same seed."""
    choose = random.Random(seed)  # noqa: S311 - the same data every time
    owners = users()
    return [_row(number, owners[number % len(owners)], choose) for number in range(MOC_COUNT)]


async def seed_database(dsn: str) -> None:
    """Copy the rows into an empty `moc_instructions`."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.copy_records_to_table("moc_instructions", records=rows(), columns=_COLUMNS)
        await connection.execute("ANALYZE moc_instructions")
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
    made = datetime(2025, 1, 1) + timedelta(minutes=37 * number)  # noqa: DTZ001 - the columns hold naive UTC
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
