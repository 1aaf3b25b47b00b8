"""Parts lists in JSON: an array of objects, or one under `parts`, read entry by entry."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from service.domains.parts_lists.headers import plain
from service.domains.parts_lists.records import FIRST_LINE, Record, read_records
from service.domains.parts_lists.rules import MAX_LINE_CHARACTERS, PartsReader, Problem, Unreadable, shown

PARTS = "parts"

_CHUNK_CHARACTERS = 65_536
_NEAR_CHARACTERS = 30
_SPACE = re.compile("[ \t\r\n]*")
_NO_ARRAY = 'A parts list in JSON is an array of objects, or an object that has one under "parts".'
_NOT_AN_OBJECT = Problem("NOT_AN_OBJECT", 'The entry is no object such as {"part": "3001", "quantity": 4}.')


def read_json(text: TextIO) -> PartsReader:
    """The entries as rows. At most two entries' worth of text is held, so nothing that is in the file takes much room.

    Raises Unreadable while they are read: BAD_JSON, NO_PARTS, LINE_TOO_LONG, and what `read_records` raises.
    """
    return read_records(_record(entry) for entry in _entries(_Window(text)))


def _refused(_: str) -> NoReturn:
    raise ValueError("no number of JSON")


class _Window:
    """The part of the file that is being read, filled up as it is used up."""

    # Objects become tuples of pairs, so that a name given twice is seen; numbers stay as they are written.
    _decoder = json.JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=_refused)

    def __init__(self, text: TextIO) -> None:
        self.line = FIRST_LINE
        self._text = text
        self._held = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is no white space, "" at the end."""
        while True:
            space = _SPACE.match(self._held, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._held) or self._ended:
                return self._held[self._at : self._at + 1]
            self._fill()

    def take(self, wanted: str) -> bool:
        """Go past the next character if it is this one."""
        found = self.peek() == wanted
        self._at += found
        return found

    def require(self, wanted: str) -> None:
        """Go past the next character, which has to be this one."""
        if not self.take(wanted):
            raise self.broken()

    def value(self) -> Any:
        """Go past the next value, which it returns."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except (ValueError, RecursionError):
                whole = False
            else:
                whole = self._ended or end < len(self._held)  # a number may go on behind what is held
            if whole:
                return self._past(value, end)
            if self._ended or len(self._held) - self._at > MAX_LINE_CHARACTERS:  # no entry that may be is that long
                raise self.broken()
            self._fill()

    def broken(self) -> Unreadable:
        """The file can't be read on from here."""
        near = self._held[self._at : self._at + _NEAR_CHARACTERS]
        where = f"near {shown(near)}" if near else "where the file ends"
        entry = self.line - FIRST_LINE + 1
        message = f"The file is no valid JSON: it can't be read from entry {entry} on, {where}."
        return Unreadable("BAD_JSON", message, self.line)

    def _past(self, value: Any, end: int) -> Any:
        if end - self._at > MAX_LINE_CHARACTERS:
            message = f"The entry of line {self.line} has more than {MAX_LINE_CHARACTERS:,} characters."
            raise Unreadable("LINE_TOO_LONG", message, self.line)
        self._at = end
        return value

    def _fill(self) -> None:
        more = self._text.read(_CHUNK_CHARACTERS)
        self._ended = not more
        self._held = self._held[self._at :] + more
        self._at = 0


def _entries(window: _Window) -> Iterator[Any]:
    if window.peek() == "[":
        yield from _array(window)
    else:
        yield from _under_parts(window)
    if window.peek():
        raise window.broken()


def _array(window: _Window) -> Iterator[Any]:
    window.require("[")
    if window.take("]"):
        return
    while True:
        yield window.value()
        window.line += 1
        if window.take("]"):
            return
        window.require(",")


def _under_parts(window: _Window) -> Iterator[Any]:
    """What else the object holds is passed over."""
    found = False
    window.require("{")
    while not window.take("}"):
        is_parts = plain(_name(window)) == PARTS
        if is_parts and not found and window.peek() == "[":
            found = True
            yield from _array(window)
        elif is_parts:
            raise Unreadable("NO_PARTS", _NO_ARRAY)
        else:
            window.value()
        if window.peek() != "}":
            window.require(",")
            if window.peek() != '"':
                raise window.broken()
    if not found:
        raise Unreadable("NO_PARTS", _NO_ARRAY)


def _name(window: _Window) -> str:
    if window.peek() != '"':
        raise window.broken()
    name: str = window.value()
    window.require(":")
    return name


def _record(entry: Any) -> Record | Problem:
    if not isinstance(entry, tuple):
        return _NOT_AN_OBJECT
    return tuple(name for name, _ in entry), [_cell(value) for _, value in entry]


def _cell(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else None
