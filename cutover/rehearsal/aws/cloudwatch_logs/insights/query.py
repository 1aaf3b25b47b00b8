"""A query: its text read into commands, and their run over events."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from cutover.rehearsal.aws.cloudwatch_logs.events import Event
from cutover.rehearsal.aws.cloudwatch_logs.insights import commands
from cutover.rehearsal.aws.cloudwatch_logs.insights.commands import Command, Outcome, Table, Titled
from cutover.rehearsal.aws.cloudwatch_logs.insights.expressions import Reader
from cutover.rehearsal.aws.cloudwatch_logs.insights.functions import Expression
from cutover.rehearsal.aws.cloudwatch_logs.insights.rows import row_of
from cutover.rehearsal.aws.cloudwatch_logs.insights.tokens import Kind, tokens_of

MOST_ROWS = 10_000

_Read = TypeVar("_Read")


class Query:
    """A query that was understood."""

    def __init__(self, text: str) -> None:
        """Raises MalformedQuery."""
        self.text = text
        self._commands = _commands(Reader(text, tokens_of(text)))

    def run(self, events: Sequence[Event], account_id: str, most: int = MOST_ROWS) -> tuple[Outcome, int]:
        """The rows over events that come oldest first, and how many events passed the filters."""
        table = Table([row_of(event, account_id) for event in events])
        matched = len(events)
        for command in self._commands:
            table = command(table)
            if table.events:
                matched = len(table.rows)
        return commands.limit(most)(table).shown(), matched


def _commands(reader: Reader) -> list[Command]:
    found = [_command(reader)]
    while reader.took("|"):
        found.append(_command(reader))
    if reader.token.kind is not Kind.END:
        raise reader.malformed("expected '|' or the end")
    return found


def _command(reader: Reader) -> Command:
    word = reader.take()
    read = _READERS.get(word.text.lower()) if word.kind is Kind.NAME else None
    if read is None:
        raise reader.malformed(f"expected one of {', '.join(sorted(_READERS))}", word)
    return read(reader)


def _fields(reader: Reader) -> Command:
    return commands.fields(_several(reader, reader.titled))


def _display(reader: Reader) -> Command:
    return commands.display(_several(reader, reader.titled))


def _filter(reader: Reader) -> Command:
    return commands.keep(reader.expression())


def _sort(reader: Reader) -> Command:
    reader.took("by")
    return commands.sort(_several(reader, lambda: _key(reader)))


def _key(reader: Reader) -> tuple[Expression, bool]:
    expression = reader.expression()
    if reader.took("desc"):
        return expression, True
    reader.took("asc")
    return expression, False


def _limit(reader: Reader) -> Command:
    token = reader.take()
    if token.kind is not Kind.NUMBER or not token.text.isdigit() or not 0 < int(token.text) <= MOST_ROWS:
        raise reader.malformed(f"expected a number from 1 to {MOST_ROWS}", token)
    return commands.limit(int(token.text))


def _dedup(reader: Reader) -> Command:
    return commands.dedup(_several(reader, reader.name))


def _parse(reader: Reader) -> Command:
    of: Expression = lambda row: row.get("@message")  # noqa: E731 - the type says more than a def would
    if reader.token.kind in (Kind.NAME, Kind.QUOTED):
        name = reader.name()
        of = lambda row: row.get(name)  # noqa: E731
    token = reader.take()
    if token.kind is Kind.REGEX:
        return commands.parse(of, _named(reader, reader.regex(token)))
    if token.kind is not Kind.STRING:
        raise reader.malformed("expected a glob in quotes or a /regular expression/", token)
    reader.expect("as")
    names = _several(reader, reader.name)
    if len(names) != token.text.count("*") or not all(name.isidentifier() for name in names):
        raise reader.malformed("a glob needs one plain name for each *", token)
    return commands.parse(of, commands.glob(token.text, names))


def _named(reader: Reader, pattern: re.Pattern[str]) -> re.Pattern[str]:
    if not pattern.groupindex:
        raise reader.malformed("the regular expression names no group")
    return pattern


def _stats(reader: Reader) -> Command:
    with reader.aggregating() as folds:
        titled = _several(reader, reader.titled)
    if not folds:
        raise reader.malformed("stats needs a function such as count(*)")
    by: list[Titled] = _several(reader, reader.titled) if reader.took("by") else []
    return commands.stats(folds, titled, by)


def _several(reader: Reader, read: Callable[[], _Read]) -> list[_Read]:
    found = [read()]
    while reader.took(","):
        found.append(read())
    return found


_READERS: Mapping[str, Callable[[Reader], Command]] = {
    "fields": _fields,
    "display": _display,
    "filter": _filter,
    "sort": _sort,
    "limit": _limit,
    "dedup": _dedup,
    "parse": _parse,
    "stats": _stats,
}
