"""The SQL that lets PostgreSQL itself make the body of a bulk request, from the fields of the service's documents.

An expression is NULL for a row that PostgreSQL can't turn into the very document that the service would build.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import FieldInfo

from cutover.reindex.kinds import Kind

TIMESTAMP = "timestamp without time zone"
TIMESTAMPTZ = "timestamp with time zone"

# `kernel.wire_time`: milliseconds are cut, not rounded, by to_char as well.
_TIME = """to_char({}, '"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""')"""
# What Python's datetime can hold; infinity is neither.
_IN_TIME = "{0} >= timestamp '0001-01-01' AND {0} < timestamp '10000-01-01'"
# The line of the action, around the id and the version.
_ID = """'{"index":{"_id":"'"""
_AND_VERSION = """'","version":'"""
_AND_VERSION_TYPE = """E',"version_type":"external_gte"}}\\n'"""
_ALL_STRINGS = """NOT jsonb_path_exists({}, 'strict $[*] ? (@.type() != "string")')"""

COLUMNS = """
SELECT attname, atttypid::regtype::text AS type FROM pg_attribute
WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped"""


class UnfitColumn(Exception):
    """The table lacks a column, or it is of a type that documents can't be made of; the message names it."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What is asked of one table.

    `batch` and `pages`: $1 the first key, $2 the last, $3 how many rows at most, $4 after how many bytes to end;
    `changed`: likewise, $5 the moment. `first` and `first_changed` ($3 the moment): the first key of a range. `some`
    and `columns`: $1 ids.
    """

    batch: str
    changed: str
    pages: str
    first: str
    first_changed: str
    some: str
    columns: str
    count: str


def statements(kind: Kind, types: Mapping[str, str]) -> Statements:
    """The SQL for a table with columns of these types (by `format_type`). Raises UnfitColumn."""
    fields = msgspec.structs.fields(kind.shape)
    table = _quoted(kind.table)
    changed = _as_time(_quoted(kind.changed_at), _type_of(kind, types, kind.changed_at))
    document = _document(kind, fields, types)
    action = [_ID, "id::text", _AND_VERSION, f"({_version(changed)})::text", _AND_VERSION_TYPE]
    line = [*action, *document, r"E'\n'"]
    since = _since(kind, types)
    made = f"{_version(changed)} AS version, {joined(document)} AS document"
    return Statements(
        batch=_batch(table, joined(line), ""),
        changed=_batch(table, joined(line), since.format("$5")),
        pages=_pages(table, made),
        first=_first(table, ""),
        first_changed=_first(table, since.format("$3")),
        some=_some(table, made),
        columns=_columns(table, [field.name for field in fields]),
        count=f"SELECT count(*) AS count FROM {table}",  # noqa: S608 - names of our own
    )


def joined(pieces: Sequence[str]) -> str:
    """The pieces joined by ||, in a balanced tree: a chain would copy the beginning of a document for each field."""
    if len(pieces) == 1:
        return pieces[0]
    middle = len(pieces) // 2
    return f"({joined(pieces[:middle])} || {joined(pieces[middle:])})"


def _document(kind: Kind, fields: Sequence[FieldInfo], types: Mapping[str, str]) -> list[str]:
    starts = ["{", *"," * (len(fields) - 1)]  # the first is required: it is never left out
    made = [_field(kind, field, types, start) for field, start in zip(fields, starts, strict=True)]
    return [*made, "'}'"]


def _field(kind: Kind, field: FieldInfo, types: Mapping[str, str], start: str) -> str:
    type_name = _type_of(kind, types, field.name)
    write = _WRITERS.get(type_name)
    if write is None:
        raise UnfitColumn(f"{kind.table}.{field.name} is of type {type_name}, of which no document can be made")
    column = _quoted(field.name)
    if field.type is bool:  # null counts as false
        column = f"coalesce({column}, false)"
    return write(column, f"""'{start}"{field.encode_name}":'""", field.required)


def _plain(template: str) -> Callable[[str, str, bool], str]:
    def write(column: str, name: str, required: bool) -> str:
        value = f"{name} || {template.format(column)}"
        return f"({value})" if required else f"coalesce({value}, '')"

    return write


def _time(column: str, name: str, required: bool) -> str:
    missing = "" if required else f"WHEN {column} IS NULL THEN '' "
    return f"CASE {missing}WHEN {_IN_TIME.format(column)} THEN {name} || {_TIME.format(column)} END"


def _time_in_zone(column: str, name: str, required: bool) -> str:
    return _time(_as_time(column, TIMESTAMPTZ), name, required)


def _strings(column: str, name: str, _: bool) -> str:
    return (
        f"CASE WHEN {column} IS NULL OR jsonb_typeof({column}) <> 'array' THEN '' "
        f"WHEN {_ALL_STRINGS.format(column)} THEN {name} || {column}::text END"
    )


_WRITERS: Mapping[str, Callable[[str, str, bool], str]] = {
    "uuid": _plain("""'"' || {} || '"'"""),
    "text": _plain("to_json({})::text"),
    "character varying": _plain("to_json({})::text"),
    "integer": _plain("{}::text"),
    "bigint": _plain("{}::text"),
    "boolean": _plain("{}::text"),
    "jsonb": _strings,
    TIMESTAMP: _time,
    TIMESTAMPTZ: _time_in_zone,
}


def _version(changed: str) -> str:
    """`kernel.wire_time.version_of`. Not double precision: from 2041 on that is wrong by a microsecond at times."""
    microseconds = f"greatest((extract(epoch FROM {changed}) * 1000000)::bigint, 0)"
    return f"CASE WHEN {_IN_TIME.format(changed)} THEN {microseconds} END"


def _as_time(column: str, type_name: str) -> str:
    return f"({column} AT TIME ZONE 'UTC')" if type_name == TIMESTAMPTZ else column


def _since(kind: Kind, types: Mapping[str, str]) -> str:
    moment = "{}::timestamptz" if types[kind.changed_at] == TIMESTAMPTZ else "{}::timestamptz AT TIME ZONE 'UTC'"
    return f"AND {_quoted(kind.changed_at)} >= {moment}"


def _batch(table: str, line: str, condition: str) -> str:
    """One row: a body and what it is of. Ids are compared as text, which has min and max in each version."""
    return f"""
SELECT count(*) AS rows, count(line) AS count, min(key) AS first_id, max(key) AS last_id, max(upto) AS size,
    convert_to(coalesce(string_agg(line, ''), ''), 'UTF8') AS body,
    array_agg(key::uuid) FILTER (WHERE line IS NULL) AS odd
FROM (
    SELECT key, line, size, sum(size) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS upto
    FROM (
        SELECT id, id::text COLLATE "C" AS key, line, coalesce(octet_length(line), 0) AS size
        FROM (
            SELECT id, {line} AS line FROM {table} WHERE id BETWEEN $1 AND $2 {condition} ORDER BY id LIMIT $3
        ) AS found
    ) AS measured
) AS summed
WHERE upto - size < $4::bigint"""  # noqa: S608 - names of our own


def _pages(table: str, made: str) -> str:
    return f"""
SELECT id, version, convert_to(document, 'UTF8') AS document, upto
FROM (
    SELECT id, version, document, size, sum(size) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS upto
    FROM (
        SELECT id, version, document, coalesce(octet_length(document), 0) AS size
        FROM (SELECT id, {made} FROM {table} WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT $3) AS found
    ) AS measured
) AS summed
WHERE upto - size < $4::bigint ORDER BY id"""  # noqa: S608 - names of our own


def _some(table: str, made: str) -> str:
    return f"""
SELECT id, version, convert_to(document, 'UTF8') AS document
FROM (SELECT id, {made} FROM {table} WHERE id = ANY($1::uuid[])) AS found ORDER BY id"""  # noqa: S608 - names of our own


def _columns(table: str, names: Sequence[str]) -> str:
    return f"SELECT {', '.join(map(_quoted, names))} FROM {table} WHERE id = ANY($1::uuid[])"  # noqa: S608 - names of our own


def _first(table: str, condition: str) -> str:
    return f"SELECT id FROM {table} WHERE id BETWEEN $1 AND $2 {condition} ORDER BY id LIMIT 1"  # noqa: S608 - our names


def _type_of(kind: Kind, types: Mapping[str, str], column: str) -> str:
    if column not in types:
        raise UnfitColumn(f"{kind.table}.{column} is missing")
    return types[column]


def _quoted(name: str) -> str:
    return f'"{name}"'
