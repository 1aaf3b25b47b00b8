"""A database's tables, keys and indexes as text, to compare one schema with another."""

from dataclasses import dataclass

from tests.integration.postgres import Postgres

_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
           || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
      AND a.attnum > 0 AND NOT a.attisdropped
"""
_FOREIGN_KEYS = """
    SELECT c.conname, format('%s -> %s %s', a.attname, c.confrelid::regclass,
           CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE c.confdeltype::text END)
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ALL (c.conkey)
    WHERE c.contype = 'f' AND c.confupdtype = 'a'
"""
_INDEXES = """
    SELECT i.indexrelid::regclass, CASE WHEN i.indisvalid THEN '' ELSE 'invalid ' END
           || CASE WHEN i.indisunique THEN 'unique ' ELSE '' END
           || regexp_replace(pg_get_indexdef(i.indexrelid), '^.* ON public[.](.*) USING btree ', '\\1 ')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
"""
_OTHERS = "SELECT conname FROM pg_constraint WHERE contype IN ('u', 'c', 'x') AND connamespace = 'public'::regnamespace"


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a schema holds; `others` names its unique, check and exclusion constraints (there are none)."""

    columns: dict[str, dict[str, str]]
    foreign_keys: dict[str, str]
    indexes: dict[str, str]
    others: list[str]


def catalog_of(postgres: Postgres, dsn: str) -> Catalog:
    """Read it from the database, Alembic's own table apart."""
    columns: dict[str, dict[str, str]] = {}
    for line in postgres.run(_COLUMNS, dsn):
        table, column, description = line.split("|", 2)
        columns.setdefault(table, {})[column] = description
    return Catalog(
        columns,
        dict(line.split("|", 1) for line in postgres.run(_FOREIGN_KEYS, dsn)),
        dict(line.split("|", 1) for line in postgres.run(_INDEXES, dsn)),
        postgres.run(_OTHERS, dsn),
    )
