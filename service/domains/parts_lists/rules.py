"""Which rows of a parts list are parts, and what to tell the person who made the file about the others.

The same rules for every format: whatever can be brought into rows of cells (`delimited` does it for CSV and plain
text, `records` for JSON and XML) is read by `PartsReader`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from service.domains.parts_lists.headers import Columns

MAX_ROWS = 100_000
MAX_COLUMNS = 64
MAX_LINE_CHARACTERS = 65_536
MAX_PART_ID_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 255
MAX_TOTAL = 2_147_483_647  # a MOC's total piece count is a 32-bit column
MAX_ERRORS_KEPT = 100
MAX_SHOWN_CHARACTERS = 40

_QUANTITY = re.compile("[0-9]{1,6}")
# A list holds few different quantities, so most rows are spared the pattern.
_USUAL_QUANTITIES = {str(number): number for number in range(1, 1000)}
# What str.isprintable() lets through needs no closer look; this is what may not be stored of the rest. Tabs and line
# breaks may stand in a quoted name, as they may in any description; not in a part number.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNFIT_IN_PART_ID = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SPARE = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


class Part(NamedTuple):
    """One good row; `line` is its number in the file, where line 1 is the header of an ordinary file."""

    line: int
    part_id: str
    name: str | None
    color: str | None
    quantity: int
    is_spare: bool | None


class Problem(NamedTuple):
    """Why a row is no part: a code for programs, a sentence for people."""

    code: str
    message: str


class RowError(NamedTuple):
    """A row that was left out, or a file, and why; `line` as in `Part`, None = no line in particular."""

    line: int | None
    code: str
    message: str

    def told(self) -> dict[str, object]:
        """As people are told."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Unreadable(Exception):
    """The whole file fails: `code` for programs, `message` for people, `line` where it happened, if anywhere.

    `rows`: the first of the rows that no part could be made of, when that is why; `row_count`: how many there are.
    """

    def __init__(
        self, code: str, message: str, line: int | None = None, rows: Sequence[RowError] = (), row_count: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.rows = rows
        self.row_count = row_count

    def report(self) -> list[RowError]:
        """What is told: why the file fails, then its rows; a hundred in all."""
        return [RowError(self.line, self.code, self.message), *self.rows][:MAX_ERRORS_KEPT]


class PartsReader:
    """Iterate once over the good rows; `rows`, `total` (their pieces) and the errors grow along the way.

    `rows` holds a list of cells for each record of the file, or the Problem that kept it from being one; `first_line`
    is the number of the first of them. Nothing is held but the first hundred errors. Raises Unreadable, from the
    iteration, when the file has no good row or is over a limit: what came before is then not to be kept.
    """

    def __init__(self, rows: Iterable[list[str] | Problem], columns: Columns, *, first_line: int = 2) -> None:
        self.rows = 0
        self.total = 0
        self.errors: list[RowError] = []
        self.error_count = 0
        self._records = rows
        self._columns = columns
        self._first_line = first_line

    def __iter__(self) -> Iterator[Part]:
        columns = self._columns
        for line, record in enumerate(self._records, self._first_line):
            if not record:  # an empty line; some programs write a million of them
                continue
            found = part_of(line, record, columns) if isinstance(record, list) else record
            if found is None:
                continue
            if self.rows + self.error_count == MAX_ROWS:
                raise Unreadable("TOO_MANY_ROWS", f"The list has more than {MAX_ROWS:,} rows; split it.", line)
            if isinstance(found, Part):
                self.rows += 1
                self.total += found.quantity
                yield found
            else:
                self._note(line, found)
        self._conclude()

    def _note(self, line: int, problem: Problem) -> None:
        self.error_count += 1
        if self.error_count <= MAX_ERRORS_KEPT:
            self.errors.append(RowError(line, *problem))

    def _conclude(self) -> None:
        if self.total > MAX_TOTAL:
            raise Unreadable("TOO_MANY_PIECES", f"The quantities sum to {self.total:,}, more than {MAX_TOTAL:,}.")
        if self.rows == 0 and self.error_count == 0:
            raise Unreadable("EMPTY_FILE", "The file holds no rows of parts.")
        if self.rows == 0:
            line, _, why = self.errors[0]
            message = f"None of the {self.error_count:,} rows is a part. Line {line}: {why}"
            raise Unreadable("NO_GOOD_ROW", message, rows=self.errors, row_count=self.error_count)


def part_of(line: int, row: list[str], columns: Columns) -> Part | Problem | None:
    """The part that a row of cells stands for, why it stands for none, or None for a blank row."""
    part_at, quantity_at, name_at, color_at, spare_at = columns
    try:
        part_id = row[part_at].strip()
        quantity = _USUAL_QUANTITIES.get(row[quantity_at])
        name = "" if name_at is None else row[name_at].strip()
        color = "" if color_at is None else row[color_at].strip()
        spare = None if spare_at is None else _SPARE.get(row[spare_at].strip().lower())
    except IndexError:
        return _short(row, columns)
    if len(row) > MAX_COLUMNS:
        raise Unreadable("TOO_MANY_COLUMNS", f"Line {line} has more than {MAX_COLUMNS} columns.", line)
    if (
        quantity is None
        or not part_id
        or len(part_id) > MAX_PART_ID_CHARACTERS
        or len(name) > MAX_TEXT_CHARACTERS
        or len(color) > MAX_TEXT_CHARACTERS
        or not (part_id + name + color).isprintable()
    ):
        if _blank(row):
            return None
        checked = _text_problem(part_id, name, color) or _quantity(row[quantity_at].strip())
        if isinstance(checked, Problem):
            return checked
        quantity = checked
    return Part(line, part_id, name or None, color or None, quantity, spare)


def shown(text: str) -> str:
    """Somebody's text as a message quotes it: short, on one line, storable anywhere."""
    short = text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"
    return '"' + "".join(character if character.isprintable() else "?" for character in short) + '"'


def _short(row: list[str], columns: Columns) -> Problem | None:
    if _blank(row):
        return None
    wanted = 1 + max(at for at in columns if at is not None)
    return Problem("SHORT_ROW", f"The row has {len(row)} of the {wanted} columns that it needs.")


def _blank(row: list[str]) -> bool:
    return not any(map(str.strip, row))


def _text_problem(part_id: str, name: str, color: str) -> Problem | None:
    if not part_id:
        return Problem("MISSING_PART", "The part number is missing.")
    if len(part_id) > MAX_PART_ID_CHARACTERS:
        return Problem("PART_TOO_LONG", f"The part number has more than {MAX_PART_ID_CHARACTERS} characters.")
    if _UNFIT_IN_PART_ID.search(part_id):
        return Problem("BAD_CHARACTER", f"The part number {shown(part_id)} holds a control character.")
    for text, code, called in ((name, "NAME_TOO_LONG", "name"), (color, "COLOR_TOO_LONG", "colour")):
        if len(text) > MAX_TEXT_CHARACTERS:
            return Problem(code, f"The {called} has more than {MAX_TEXT_CHARACTERS} characters.")
        if _UNFIT.search(text):
            return Problem("BAD_CHARACTER", f"The {called} {shown(text)} holds a control character.")
    return None


def _quantity(text: str) -> int | Problem:
    if not text:
        return Problem("MISSING_QUANTITY", "The quantity is missing.")
    number = int(text) if _QUANTITY.fullmatch(text) else 0
    return number or Problem("BAD_QUANTITY", f"The quantity {shown(text)} is not a whole number from 1 to 999999.")
