"""What came of a statement: a page of rows, or a row that has to be there."""

from collections.abc import Sequence

from service.db.database import Row
from service.kernel.errors import NotFound


def paged(rows: Sequence[Row]) -> tuple[Sequence[Row], int]:
    """What such a statement found: the page, and how many there are in all."""
    total: int = rows[0]["total"]
    return ([] if rows[0]["id"] is None else rows), total


def existing(row: Row | None, what: str) -> Row:
    """The row. Raises NotFound."""
    if row is None:
        raise NotFound(f"{what} not found")
    return row
