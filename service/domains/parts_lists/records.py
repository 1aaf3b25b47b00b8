"""Records that name their values themselves (JSON objects, XML items) as rows of cells for `PartsReader`.

Records count as rows of a CSV file do: the first is line 2, as if a header stood in line 1, so that reports read alike.
"""

from collections.abc import Iterable, Iterator, Sequence

from service.domains.parts_lists.headers import Columns, missing, recognised
from service.domains.parts_lists.rules import MAX_COLUMNS, PartsReader, Problem, Unreadable, shown

FIRST_LINE = 2

_COLUMNS = Columns(part_id=0, quantity=1, name=2, color=3, is_spare=4)
_MAX_LAYOUTS = 64
_LACKING = {
    "part_id": Problem("MISSING_PART", 'The entry names no part: it needs a value such as "part".'),
    "quantity": Problem("MISSING_QUANTITY", 'The entry has no quantity: it needs a value such as "quantity".'),
}

Record = tuple[tuple[str, ...], Sequence[str | None]]
"""Names and as many values, which belong together by their places; None = neither a text nor a number."""

_Layout = tuple[int | None, ...]


def read_records(records: Iterable[Record | Problem]) -> PartsReader:
    """The records by the rules of every parts list; of two names with one meaning the plainer one is read.

    Raises Unreadable while they are read: TOO_MANY_COLUMNS, and what `PartsReader` raises.
    """
    return PartsReader(_rows(records), _COLUMNS, first_line=FIRST_LINE)


def _rows(records: Iterable[Record | Problem]) -> Iterator[list[str] | Problem]:
    """A list's records are mostly alike, so what their names mean is found out once for all that have the same."""
    layouts: dict[tuple[str, ...], _Layout | Problem] = {}
    for line, record in enumerate(records, FIRST_LINE):
        if isinstance(record, Problem):
            yield record
            continue
        names, values = record
        layout = layouts.get(names)
        if layout is None:
            if len(layouts) == _MAX_LAYOUTS:
                layouts.clear()
            layout = layouts[names] = _layout(names, line)
        yield layout if isinstance(layout, Problem) else _cells(layout, values)


def _layout(names: tuple[str, ...], line: int) -> _Layout | Problem:
    if len(names) > MAX_COLUMNS:
        raise Unreadable("TOO_MANY_COLUMNS", f"The entry of line {line} has more than {MAX_COLUMNS} values.", line)
    found = recognised(names)
    for places in found.values():
        if len(places) > 1:
            return Problem(
                "DUPLICATE_FIELD", f"{shown(names[places[0]].strip())} is there {len(places)} times; which one counts?"
            )
    for meaning in missing(found):
        return _LACKING[meaning]
    return tuple(found[meaning][0] if meaning in found else None for meaning in Columns._fields)


def _cells(layout: _Layout, values: Sequence[str | None]) -> list[str] | Problem:
    cells = ["" if at is None else values[at] for at in layout]
    told = [cell for cell in cells if cell is not None]
    return told if len(told) == len(cells) else Problem("BAD_VALUE", "A value of the entry is neither text nor number.")
