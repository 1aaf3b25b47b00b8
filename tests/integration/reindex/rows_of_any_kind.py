"""Rows of any kind, as the texts that PostgreSQL takes for them, and what the service makes of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from hypothesis import strategies as st

from cutover.reindex.kinds import Kind
from service.db.migrations.baseline import COLUMNS
from service.kernel.wire_time import version_of

Texts = Mapping[str, str | None]

_AWKWARD = [
    '"',
    "\\",
    "\n",
    "\r\t\b\f",
    "\x01\x1f\x7f",
    "\u2028\u2029",
    "\ufeff",
    "😀",
    "</script>",
    '\\"}\n{"index":{}}',
]
_any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_text = _any_text | st.sampled_from(["", *_AWKWARD]) | st.lists(st.sampled_from(_AWKWARD), max_size=4).map("".join)
_number = st.integers(-(2**31), 2**31 - 1).map(str)
_moment = st.datetimes().map(str) | st.sampled_from(
    ["1969-12-31 23:59:59.999999", "1970-01-01", "0001-01-01", "9999-12-31 23:59:59.999999", "2025-11-02 10:15:30.1239"]
)
_odd_moment = st.sampled_from(["infinity", "-infinity", "0044-03-15 12:00 BC", "10000-01-01", "290000-01-01"])
_scalar = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _text
_nested = st.recursive(_scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=2))
_tags = st.lists(_text, max_size=5).map(json.dumps)
_odd_tags = (
    (st.lists(_scalar, max_size=5) | _nested).map(json.dumps)
    | st.sampled_from([5, 1000, 3000]).map(lambda depth: '["a",' + "[" * depth + "]" * depth + "]")
    | st.sampled_from([5, 1000, 3000]).map(lambda depth: '{"a":' * depth + "1" + "}" * depth)
    | st.sampled_from(["[1e400]", '["a", 1e400]', "[123456789012345678901234567890]", '["a", "a"]', "[]", "[[]]", '""'])
)
# What the tables' columns hold, by the first word of their definition; mostly what is fine.
_VALUES = {
    "uuid": st.uuids().map(str),
    "text": _text,
    "integer": _number,
    "boolean": st.sampled_from(["true", "false"]),
    "jsonb": st.one_of(_tags, _tags, _odd_tags),
    "timestamp": st.one_of(_moment, _moment, _moment, _moment, _odd_moment),
}


def definitions(kind: Kind) -> Mapping[str, str]:
    """The columns of a kind's table and their definitions, with the one that a later revision has added."""
    return {**COLUMNS[kind.table], "thumbnail_url": "text"} if kind.table == "gallery_images" else COLUMNS[kind.table]


def tables(kind: Kind) -> st.SearchStrategy[list[Texts]]:
    """The rows of one table."""
    return st.lists(
        st.fixed_dictionaries({name: _column(definition) for name, definition in definitions(kind).items()}),
        max_size=12,
        unique_by=(lambda row: row["id"], lambda row: (row["user_id"], row["title"])),
    )


def _column(definition: str) -> st.SearchStrategy[str | None]:
    values: st.SearchStrategy[str] = _VALUES[definition.split(maxsplit=1)[0]]
    return values if "NOT NULL" in definition else st.none() | values


async def fill(connection: Any, kind: Kind, rows: Sequence[Texts]) -> None:
    """Replace what is in the table."""
    columns = definitions(kind)
    types = dict(
        await connection.fetch(
            "SELECT attname, atttypid::regtype::text FROM pg_attribute WHERE attrelid = to_regclass($1)", kind.table
        )
    )
    values = ", ".join(f"${number}::text::{types[name]}" for number, name in enumerate(columns, 1))
    await connection.execute(f"DELETE FROM {kind.table}")
    await connection.executemany(
        f"INSERT INTO {kind.table} ({', '.join(columns)}) VALUES ({values})",
        [[row[name] for name in columns] for row in rows],
    )


async def as_the_service_has_them(connection: Any, kind: Kind) -> tuple[dict[str, tuple[int, Any]], set[str]]:
    """Version and document by id, as the live indexer would send them; and the ids of rows that it can't even read."""
    keys = [key for (key,) in await connection.fetch(f"SELECT id FROM {kind.table}")]
    rows = await _rows(connection, kind, keys)
    documents = {
        str(row["id"]): (version_of(row[kind.changed_at]), msgspec.json.decode(msgspec.json.encode(kind.document(row))))
        for row in rows
    }
    return documents, {str(key) for key in keys} - documents.keys()


async def _rows(connection: Any, kind: Kind, keys: Sequence[UUID]) -> list[asyncpg.Record]:
    try:
        found: list[asyncpg.Record] = await connection.fetch(f"SELECT * FROM {kind.table} WHERE id = ANY($1)", keys)
    except OverflowError:  # a year that Python has no date for
        if len(keys) == 1:
            return []
        return [row for key in keys for row in await _rows(connection, kind, [key])]
    return found


def in_bodies(bodies: Sequence[bytes]) -> dict[str, tuple[int, Any]]:
    """Version and document by id, of the bodies of bulk requests. Fails on lines that are none."""
    found: dict[str, tuple[int, Any]] = {}
    for body in bodies:
        lines = body.split(b"\n")
        assert lines.pop() == b""
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            index = msgspec.json.decode(action)["index"]
            assert set(index) == {"_id", "version", "version_type"}
            assert index["version_type"] == "external_gte"
            assert index["_id"] not in found
            found[index["_id"]] = (index["version"], msgspec.json.decode(document))
    return found
