"""Whether a database that no revision has touched yet is the production database, and may be taken as revision 0001."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text

from service.db.migrations.baseline import COLUMNS
from service.db.migrations.refusal import MigrationRefused

# What the service reads and writes alike. Production may hold timestamptz where an older schema was never replaced.
_COMPATIBLE = {
    "uuid": {"uuid"},
    "text": {"text", "character varying"},
    "integer": {"integer", "bigint"},
    "boolean": {"boolean"},
    "jsonb": {"jsonb"},
    "timestamp": {"timestamp without time zone", "timestamp with time zone"},
}
# What the revisions after 0001 make: had somebody else made it before, it would not be what the service expects.
_STILL_TO_COME = {"moc_parts_lists": ("status", "errors", "error_count", "row_count", "source_key")}
_TABLE_STILL_TO_COME = "moc_parts"

_FOUND = text("""
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL),
           a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
""")


class FoundColumn(NamedTuple):
    """A column as the database describes it; `required`: an INSERT that leaves it out fails."""

    type: str
    required: bool


def adoptable(connection: Connection) -> bool:
    """True = the tables are production's; False = there is none of them.

    Raises MigrationRefused, naming each table and column, when they are there but are not what production has.
    """
    found = _read(connection)
    if not found.keys() & COLUMNS.keys():
        return False
    wrong = list(mismatches(found))
    if wrong:
        raise MigrationRefused(
            "The database holds tables of this service, but not as production has them; nothing was changed. "
            "Put these right (or name another database), then run it again: " + "; ".join(wrong)
        )
    return True


def mismatches(found: Mapping[str, Mapping[str, FoundColumn]]) -> Iterator[str]:
    """Say, one finding at a time, where `found` (table -> column) is not what revision 0001 would have made."""
    for table, columns in COLUMNS.items():
        if table in found:
            yield from _column_mismatches(table, columns, found[table])
        else:
            yield f"table {table} is missing"
    if _TABLE_STILL_TO_COME in found:
        yield f"table {_TABLE_STILL_TO_COME} is there already, made by somebody else"


def _column_mismatches(table: str, expected: Mapping[str, str], found: Mapping[str, FoundColumn]) -> Iterator[str]:
    for name, definition in expected.items():
        wanted = definition.split(maxsplit=1)[0]
        if name not in found:
            yield f"{table}.{name} is missing (expected {wanted})"
        elif found[name].type not in _COMPATIBLE[wanted]:
            yield f"{table}.{name} is {found[name].type} (expected {wanted})"
    for name, column in found.items():
        if column.required and not _required(expected.get(name, "")):
            yield f"{table}.{name} is NOT NULL without a default, but this service may leave it out"
    for name in _STILL_TO_COME.get(table, ()):
        if name in found:
            yield f"{table}.{name} is there already, made by somebody else"


def _required(definition: str) -> bool:
    return "NOT NULL" in definition and "DEFAULT" not in definition


def _read(connection: Connection) -> dict[str, dict[str, FoundColumn]]:
    found: defaultdict[str, dict[str, FoundColumn]] = defaultdict(dict)
    for table, name, type_name, required in connection.execute(_FOUND):
        found[table][name] = FoundColumn(type_name, required)
    return found
