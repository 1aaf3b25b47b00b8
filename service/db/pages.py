"""A page of a list and how many there are in all, by one statement."""

from collections.abc import Sequence

from service.db.database import Row
from service.kernel.errors import NotFound

Found = tuple[Sequence[Row], int]


def page_of(table: str, columns: str, condition: str, order: str) -> str:
    """One page ($2 rows, null: all, from $3 on) and the total; a page past the end is one row of nulls."""
    return f"""SELECT total.count AS total, page.*
 FROM (SELECT count(*) FROM {table} WHERE {condition}) AS total
 LEFT JOIN (SELECT {columns} FROM {table} WHERE {condition} ORDER BY {order} LIMIT $2 OFFSET $3) AS page ON true"""


def paged(rows: Sequence[Row]) -> Found:
    """What such a statement found."""
    total: int = rows[0]["total"]
    return ([] if rows[0]["id"] is None else rows), total


def existing(row: Row | None, what: str) -> Row:
    """The row. Raises NotFound."""
    if row is None:
        raise NotFound(f"{what} not found")
    return row
