"""Comma-, semicolon- and tab-separated text (CSV and plain text) as rows of cells."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from service.domains.parts_lists.headers import Columns, missing, recognised
from service.domains.parts_lists.rules import MAX_COLUMNS, MAX_LINE_CHARACTERS, PartsReader, Problem, Unreadable, shown

_DELIMITERS = (",", ";", "\t")
_DELIMITER_LINE = re.compile('"?sep=(.)"?', re.IGNORECASE)
_MAX_HEADER_LINES = 16
_MAX_HEADERS_SHOWN = 10
_BAD_QUOTE = Problem(
    "BAD_QUOTE", 'A quotation mark that ends a text has more text after it; a mark inside a text is written "" there.'
)
_CALLED = {"part_id": 'the part (such as "Part ID")', "quantity": 'the quantity (such as "Quantity")'}


def read_delimited(lines: Iterable[str]) -> PartsReader:
    """Find header and delimiter in `lines` (each with its end, as `decode` gives them) and read the rest as rows.

    Lines count as a spreadsheet shows them: the header of an ordinary file is line 1, a quoted text may go over
    several lines of the file, a leading `sep=;` is not counted. Of two different headers with one meaning the
    plainer one is read; the same header twice fails. Raises Unreadable: EMPTY_FILE, NO_HEADER, DUPLICATE_HEADER,
    BAD_DELIMITER, UNCLOSED_QUOTE, LINE_TOO_LONG, TOO_MANY_COLUMNS; while the rows are read also TOO_MANY_ROWS,
    TOO_MANY_PIECES and NO_GOOD_ROW.
    """
    source = _short_enough(lines)
    first, delimiters = _opening(source)
    line = 1
    while _says_nothing(first):
        first = _next(source)
        line += 1
    header, delimiter = _header(first, source, delimiters, line)
    return PartsReader(_rows(source, delimiter, line), _columns(header, line), first_line=line + 1)


def _short_enough(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE_CHARACTERS:
            raise Unreadable(
                "LINE_TOO_LONG", f"Line {number} has more than {MAX_LINE_CHARACTERS:,} characters.", number
            )
        yield line


def _opening(source: Iterator[str]) -> tuple[str, Sequence[str]]:
    """The first line that is not `sep=…`, and the delimiters that may be meant."""
    first = _next(source)
    asked = _DELIMITER_LINE.fullmatch(first.rstrip("\r\n"))
    if asked is None:
        return first, _DELIMITERS
    if asked[1] not in _DELIMITERS:
        message = f"The file names {shown(asked[1])} as its delimiter; use a comma, a semicolon or a tab."
        raise Unreadable("BAD_DELIMITER", message, 1)
    return _next(source), (asked[1],)


def _next(source: Iterator[str]) -> str:
    line = next(source, None)
    if line is None:
        raise Unreadable("EMPTY_FILE", "The file is empty.")
    return line


def _says_nothing(line: str) -> bool:
    return not line.strip().strip(",;")


def _header(first: str, source: Iterator[str], delimiters: Sequence[str], line: int) -> tuple[list[str], str]:
    """The header's cells and the delimiter under which most of them are known, then the one with most cells."""
    taken = [first]
    while True:
        read = {delimiter: cells for delimiter in delimiters if (cells := _record(taken, delimiter)) is not None}
        best = max(read, key=lambda delimiter: (len(recognised(read[delimiter])), len(read[delimiter])), default=None)
        if best is not None and not missing(recognised(read[best])):
            return read[best], best
        more = next(source, None) if len(read) < len(delimiters) and len(taken) < _MAX_HEADER_LINES else None
        if more is None:
            break
        taken.append(more)  # a header may hold a quoted line break
    if best is None:
        raise Unreadable("UNCLOSED_QUOTE", f"A quotation mark in the header (line {line}) is not closed.", line)
    raise _no_header(read[best], line)


def _record(lines: list[str], delimiter: str) -> list[str] | None:
    """The cells, if the lines are one whole record under this delimiter."""
    try:
        records = list(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _no_header(header: list[str], line: int) -> Unreadable:
    lacking = " and ".join(_CALLED[meaning] for meaning in missing(recognised(header)))
    found = ", ".join(shown(cell) for cell in header[:_MAX_HEADERS_SHOWN])
    more = "" if len(header) <= _MAX_HEADERS_SHOWN else f" and {len(header) - _MAX_HEADERS_SHOWN:,} more"
    message = f"Line {line} must name the columns. There is none for {lacking}; found: {found}{more}."
    return Unreadable("NO_HEADER", message, line)


def _columns(header: list[str], line: int) -> Columns:
    if len(header) > MAX_COLUMNS:
        raise Unreadable("TOO_MANY_COLUMNS", f"The header (line {line}) has more than {MAX_COLUMNS} columns.", line)
    found = recognised(header)
    for columns in found.values():
        if len(columns) > 1:
            message = f"The column {shown(header[columns[0]].strip())} is there {len(columns)} times; which one counts?"
            raise Unreadable("DUPLICATE_HEADER", message, line)
    return Columns(**{meaning: columns[0] for meaning, columns in found.items()})


def _rows(source: Iterator[str], delimiter: str, line: int) -> Iterator[list[str] | Problem]:
    """The records after line `line`. A bad quote costs its line; one that swallows lines costs the file, loudly."""
    ended = False

    def lines() -> Iterator[str]:
        nonlocal ended
        yield from source
        ended = True

    reader = csv.reader(lines(), delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line += 1
        before = reader.line_num
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            if ended or reader.line_num > before + 1:
                message = f"A quotation mark that begins a text in line {line} is not closed there."
                raise Unreadable("UNCLOSED_QUOTE", message, line) from None
            yield _BAD_QUOTE
