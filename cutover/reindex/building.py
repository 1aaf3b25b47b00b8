"""Rows that PostgreSQL can't make documents of are built by the service's own function; what that can't do is dead."""

from collections.abc import Mapping
from typing import Any

import msgspec

from cutover.core.reindex.models import DeadLetter, Row
from cutover.reindex.kinds import Kind, version_of

# What the builder and the encoder raise for values that they don't expect, such as no time where one must be.
_UNBUILDABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def build(kind: Kind, columns: Mapping[str, Any]) -> Row | DeadLetter:
    """The row as its document, by its columns."""
    try:
        document = msgspec.json.encode(kind.document(columns))
        return Row(columns["id"], version_of(columns[kind.changed_at]), document)
    except _UNBUILDABLE as error:
        return dead(columns["id"], error)


def dead(row_id: object, error: BaseException) -> DeadLetter:
    """A row that can't be read or built, with what was raised for it."""
    return DeadLetter(str(row_id), f"no document can be made of this row: {type(error).__name__}: {error}")


def bulk_lines(row: Row) -> bytes:
    """The row as the two lines of a bulk request, byte for byte as PostgreSQL makes them."""
    action = f'{{"index":{{"_id":"{row.id}","version":{row.version},"version_type":"external_gte"}}}}\n'
    return action.encode() + row.document + b"\n"
