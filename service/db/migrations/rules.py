"""Which statements the backend of before bears while it goes on serving. Pure; what is not known to be harmless is not.

It reads and writes the columns that it knows, names them in its INSERTs, knows nothing of new ones, and relies on what
unique indexes and constraints of its own keep apart.
"""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

from service.db.migrations.words import TEXT, Reader, Words, has, split

_EXPAND = "add the new beside it, release a backend that does without the old, and drop the old in a later revision"
_LATER = "do it in a later revision, when no backend breaks it any more"
_BY_A_JOB = "leave the rows alone and change them by a job that works in small steps"
_ADDITIONS = ("EXTENSION", "SCHEMA", "TYPE", "DOMAIN", "SEQUENCE", "VIEW", "FUNCTION")
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE")
_SERIAL = ("SERIAL", "BIGSERIAL", "SMALLSERIAL")
# What a default may be for PostgreSQL to remember it once instead of writing every row anew.
_CONSTANT = {"NULL", "TRUE", "FALSE", "NOW", "CURRENT_TIMESTAMP", "CURRENT_DATE", TEXT, "(", ")", "::", "-"}


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a statement would break a running backend, and what does no harm. `subject`: what it is about, by name."""

    subject: str
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the statement's own revision makes: tables that nobody uses yet (so far), indexes that it builds."""

    new_tables: Set[str]
    built_indexes: Set[str]


def objections(words: Words, around: Surroundings) -> Iterator[Objection]:
    """Everything that speaks against one statement; nothing: it is harmless."""
    reader = Reader(words)
    kind = next((kind for kind in _KINDS if reader.accept(*kind)), None)
    if kind is not None:
        yield from _KINDS[kind](reader, around)
    elif reader.accept("CREATE") and reader.one_of(*_ADDITIONS):
        return
    else:
        yield _unknown(" ".join(words[:3]).lower())


def created_table(words: Words) -> str | None:
    """The table that the statement makes for certain."""
    reader = Reader(words)
    return reader.name() if reader.accept("CREATE", "TABLE") and not reader.accept("IF", "NOT", "EXISTS") else None


def built_index(words: Words) -> str | None:
    """The index that the statement builds."""
    reader = Reader(words)
    if not (reader.accept("CREATE", "INDEX") or reader.accept("CREATE", "UNIQUE", "INDEX")):
        return None
    reader.accept("CONCURRENTLY")
    reader.accept("IF", "NOT", "EXISTS")
    return reader.name()


def _harmless(_reader: Reader, _around: Surroundings) -> Iterator[Objection]:
    return iter(())


def _create_table(reader: Reader, around: Surroundings) -> Iterator[Objection]:
    reader.accept("IF", "NOT", "EXISTS")
    table = reader.name()
    if has(reader.rest, "PARTITION", "OF") or has(reader.rest, "INHERITS"):
        yield _unknown(table)
    for part in split(reader.rest[1:]):
        yield from _reference(table, part, around)


def _reference(subject: str, words: Words, around: Surroundings) -> Iterator[Objection]:
    """A foreign key must not keep the backend from deleting what it has always deleted."""
    if "REFERENCES" not in words:
        return
    reader = Reader(words[words.index("REFERENCES") + 1 :])
    target = reader.name()
    follows = any(has(reader.rest, "ON", "DELETE", *end) for end in (("CASCADE",), ("SET", "NULL"), ("SET", "DEFAULT")))
    if target not in around.new_tables and not follows:
        why = f"rows that refer to {target} keep the running backend from deleting there"
        yield Objection(subject, why, "say ON DELETE CASCADE or ON DELETE SET NULL")


def _create_index(reader: Reader, around: Surroundings) -> Iterator[Objection]:
    yield from _index(reader, around, unique=False)


def _create_unique_index(reader: Reader, around: Surroundings) -> Iterator[Objection]:
    yield from _index(reader, around, unique=True)


def _index(reader: Reader, around: Surroundings, *, unique: bool) -> Iterator[Objection]:
    concurrently = reader.accept("CONCURRENTLY")
    reader.accept("IF", "NOT", "EXISTS")
    index = reader.name()
    reader.accept("ON")
    reader.accept("ONLY")
    table = reader.name()
    if table in around.new_tables:
        return
    if unique:
        yield Objection(index, "the running backend may write rows that are alike in these columns", _LATER)
    if not concurrently:
        why = f"nobody can write to {table} while it is built"
        yield Objection(index, why, "build it CONCURRENTLY, in an autocommit_block, in a revision of its own")


def _drop_index(reader: Reader, around: Surroundings) -> Iterator[Objection]:
    concurrently = reader.accept("CONCURRENTLY")
    reader.accept("IF", "EXISTS")
    for part in split(reader.rest):
        index = Reader(part).name()
        if index not in around.built_indexes:
            yield Objection(index, "the running backend's queries may need it, or that it keeps rows apart", _LATER)
        if not concurrently:
            yield Objection(index, "its table is locked against everybody while it is dropped", "drop it CONCURRENTLY")


def _drop(reader: Reader, _around: Surroundings) -> Iterator[Objection]:
    reader.accept("IF", "EXISTS")
    yield Objection(reader.name(), "the running backend still uses it", _EXPAND)


def _rows(reader: Reader, around: Surroundings) -> Iterator[Objection]:
    reader.accept("ONLY")
    table = reader.name()
    if table not in around.new_tables:
        why = "rows that the running backend works with are changed, and locked until the revision is done"
        yield Objection(table, why, _BY_A_JOB)
    elif "WITH" in reader.rest:  # which may change other tables
        yield _unknown(table)


def _truncate(reader: Reader, around: Surroundings) -> Iterator[Objection]:
    for part in split(reader.rest):
        yield from _rows(Reader(part), around)


def _alter_table(reader: Reader, around: Surroundings) -> Iterator[Objection]:
    reader.accept("IF", "EXISTS")
    reader.accept("ONLY")
    table = reader.name()
    for action in split(reader.rest):
        if table in around.new_tables:
            yield from _reference(table, action, around)
        else:
            yield from _action(table, Reader(action), around)


def _action(table: str, reader: Reader, around: Surroundings) -> Iterator[Objection]:
    if reader.accept("VALIDATE", "CONSTRAINT"):
        return
    if reader.accept("ADD"):
        yield from _add(table, reader, around)
    elif reader.accept("DROP", "CONSTRAINT"):
        yield Objection(table, "the running backend may rely on what the constraint keeps out", _LATER)
    elif reader.accept("DROP"):
        reader.accept("COLUMN")
        reader.accept("IF", "EXISTS")
        yield Objection(f"{table}.{reader.name()}", "the running backend still reads and writes the column", _EXPAND)
    elif reader.accept("RENAME"):
        yield Objection(table, "the running backend still uses the old name", _EXPAND)
    elif reader.accept("ALTER"):
        yield from _alter_column(table, reader)
    else:
        yield _unknown(table)


def _add(table: str, reader: Reader, around: Surroundings) -> Iterator[Objection]:
    if reader.one_of(*_CONSTRAINTS):
        why = "the running backend may write rows that the constraint forbids"
        yield Objection(table, why, _LATER + "; first NOT VALID, then VALIDATE CONSTRAINT")
        return
    reader.accept("COLUMN")
    reader.accept("IF", "NOT", "EXISTS")
    column = f"{table}.{reader.name()}"
    definition = reader.rest
    if has(definition, "NOT", "NULL") and ("DEFAULT" not in definition or has(definition, "DEFAULT", "NULL")):
        why = "INSERTs of the running backend, which does not know the column, would fail"
        yield Objection(column, why, "let it be NULL, or give it a constant DEFAULT")
    if _is_computed(definition):
        why = f"every row of {table} is written anew, and nobody gets at it meanwhile"
        yield Objection(column, why, "add it without a default, then SET DEFAULT, and fill old rows by a job")
    if {"UNIQUE", "PRIMARY", "CHECK"} & set(definition):
        yield Objection(column, f"{table} is locked while its rows are looked through", "add the column without it")
    yield from _reference(column, definition, around)


def _is_computed(definition: Words) -> bool:
    """Whether a new column's value is worked out for each row."""
    if "GENERATED" in definition or (definition and definition[0] in _SERIAL):
        return True
    if "DEFAULT" not in definition:
        return False
    default = _default(definition[definition.index("DEFAULT") + 1 :])
    return any(word not in _CONSTANT and not word[0].isdigit() for word in default)


def _default(words: Words) -> Iterator[str]:
    """The words of a default, up to the next clause; the type after a cast left out."""
    cast = False
    for word in words:
        if word in ("NOT", "CONSTRAINT", "UNIQUE", "PRIMARY", "CHECK", "REFERENCES", "COLLATE"):
            return
        if not cast:
            yield word
        cast = word == "::"


def _alter_column(table: str, reader: Reader) -> Iterator[Objection]:
    reader.accept("COLUMN")
    column = f"{table}.{reader.name()}"
    if reader.accept("DROP", "DEFAULT") or reader.accept("SET", "DEFAULT", "NULL"):
        yield Objection(column, "INSERTs of the running backend may leave the column out", _LATER)
        return
    if reader.accept("SET", "DEFAULT") or reader.accept("SET", "STATISTICS"):
        return
    if reader.accept("TYPE") or reader.accept("SET", "DATA", "TYPE"):
        yield Objection(column, "the running backend reads and writes the old type", _EXPAND)
    elif reader.accept("SET", "NOT", "NULL"):
        yield Objection(column, "the running backend may still write NULL", _LATER)
    elif reader.accept("DROP", "NOT", "NULL"):
        why = "the running backend may not bear a NULL that the new one writes"
        yield Objection(column, why, "do it in a later revision, when every running backend bears a NULL")
    else:
        yield _unknown(column)


def _unknown(subject: str) -> Objection:
    why = "what this does to a running backend can't be told from the statement"
    return Objection(
        subject, why, "write it as additions that are known to be harmless (service/db/migrations/rules.py)"
    )


_KINDS: dict[tuple[str, ...], Callable[[Reader, Surroundings], Iterator[Objection]]] = {
    ("BEGIN",): _harmless,  # Alembic's own, around an autocommit_block
    ("COMMIT",): _harmless,
    ("COMMENT", "ON"): _harmless,
    ("GRANT",): _harmless,
    ("CREATE", "TABLE"): _create_table,
    ("CREATE", "INDEX"): _create_index,
    ("CREATE", "UNIQUE", "INDEX"): _create_unique_index,
    ("ALTER", "TABLE"): _alter_table,
    ("DROP", "INDEX"): _drop_index,
    ("DROP", "TABLE"): _drop,
    ("DROP", "VIEW"): _drop,
    ("DROP", "TYPE"): _drop,
    ("DROP", "SEQUENCE"): _drop,
    ("DROP", "FUNCTION"): _drop,
    ("TRUNCATE", "TABLE"): _truncate,
    ("TRUNCATE",): _truncate,
    ("INSERT", "INTO"): _rows,
    ("UPDATE",): _rows,
    ("DELETE", "FROM"): _rows,
}
