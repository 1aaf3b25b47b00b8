"""What each command of a query does to the rows that reach it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from cutover.rehearsal.aws.cloudwatch_logs.insights.expressions import fold_field
from cutover.rehearsal.aws.cloudwatch_logs.insights.functions import Expression, Fold
from cutover.rehearsal.aws.cloudwatch_logs.insights.rows import Row
from cutover.rehearsal.aws.cloudwatch_logs.insights.values import Value, shown, sort_key

Titled = tuple[str, Expression]
Outcome = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows on their way; `columns` are shown (None: nothing was chosen yet), `events`: each row is one event."""

    rows: Sequence[Row]
    columns: tuple[str, ...] | None = None
    events: bool = True
    ordered: bool = field(default=False)

    def shown(self) -> Outcome:
        """The result: for each row its columns that are there."""
        columns = ("@timestamp", "@message") if self.columns is None else self.columns
        names = (*columns, "@ptr") if self.events and "@ptr" not in columns else columns
        return [_cells(row, names) for row in self.rows]


Command = Callable[[Table], Table]


def _cells(row: Row, names: Sequence[str]) -> dict[str, str]:
    return {name: shown(value) for name in names if (value := row.get(name)) is not None}


def fields(titled: Sequence[Titled]) -> Command:
    """Show these as well, and let later commands use them."""

    def run(table: Table) -> Table:
        _compute(table.rows, titled)
        columns = dict.fromkeys((*(table.columns or ()), *(title for title, _ in titled)))
        return replace(table, columns=tuple(columns))

    return run


def display(titled: Sequence[Titled]) -> Command:
    """Show these alone."""

    def run(table: Table) -> Table:
        _compute(table.rows, titled)
        return replace(table, columns=tuple(title for title, _ in titled))

    return run


def _compute(rows: Sequence[Row], titled: Sequence[Titled]) -> None:
    for row in rows:
        for title, expression in titled:
            value = expression(row)
            if value is not None:
                row.values[title] = value


def keep(condition: Expression) -> Command:
    """`filter`."""
    return lambda table: replace(table, rows=[row for row in table.rows if condition(row) not in (None, 0, "")])


def sort(keys: Sequence[tuple[Expression, bool]]) -> Command:
    """By the first key, then by the next; True is descending."""

    def run(table: Table) -> Table:
        rows = list(table.rows)
        for expression, descending in reversed(keys):
            rows.sort(key=lambda row, of=expression: sort_key(of(row)), reverse=descending)  # type: ignore[misc]
        return replace(table, rows=rows, ordered=True)

    return run


def limit(most: int) -> Command:
    """The first so many."""
    return lambda table: replace(newest_first(table), rows=newest_first(table).rows[:most])


def newest_first(table: Table) -> Table:
    """Events that nobody has sorted come newest first."""
    if table.ordered or not table.events:
        return table
    return replace(table, rows=list(reversed(table.rows)), ordered=True)


def dedup(names: Sequence[str]) -> Command:
    """The first of all that agree in these fields; a row without one of them stays."""

    def run(table: Table) -> Table:
        seen: set[tuple[Value, ...]] = set()
        kept: list[Row] = []
        table = newest_first(table)
        for row in table.rows:
            key = tuple(row.get(name) for name in names)
            if None in key or key not in seen:
                kept.append(row)
            seen.add(key)
        return replace(table, rows=kept)

    return run


def parse(of: Expression, pattern: re.Pattern[str]) -> Command:
    """New fields from the groups that the pattern names."""

    def run(table: Table) -> Table:
        for row in table.rows:
            value = of(row)
            match = None if value is None else pattern.search(shown(value))
            if match is not None:
                row.values.update((name, text) for name, text in match.groupdict().items() if text is not None)
        return table

    return run


def glob(pattern: str, names: Sequence[str]) -> re.Pattern[str]:
    """The regular expression of a `parse` glob, each * a name's; the last one is greedy."""
    parts = [re.escape(part) for part in pattern.split("*")]
    text = parts[0]
    for index, name in enumerate(names):
        last = index == len(names) - 1 and not parts[index + 1]
        text += f"(?P<{name}>.*{'' if last else '?'})" + parts[index + 1]
    return re.compile(text, re.DOTALL)


def stats(folds: Sequence[Fold], titled: Sequence[Titled], by: Sequence[Titled]) -> Command:
    """One row for each combination of `by`, with its aggregates."""

    def run(table: Table) -> Table:
        groups: dict[tuple[Value, ...], list[Row]] = {}
        for row in table.rows:
            groups.setdefault(tuple(expression(row) for _, expression in by), []).append(row)
        if not by:
            groups.setdefault((), [])
        rows = [_group(key, members, folds, titled, by) for key, members in groups.items()]
        columns = (*(title for title, _ in by), *(title for title, _ in titled))
        return Table(rows, columns, events=False)

    return run


def _group(
    key: tuple[Value, ...],
    members: Sequence[Row],
    folds: Sequence[Fold],
    titled: Sequence[Titled],
    by: Sequence[Titled],
) -> Row:
    row = Row({title: value for (title, _), value in zip(by, key, strict=True)})
    row.values.update((fold_field(index), fold(members)) for index, fold in enumerate(folds))
    _compute([row], titled)
    return row
