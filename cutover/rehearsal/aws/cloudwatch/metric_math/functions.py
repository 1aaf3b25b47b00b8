"""Metric math's functions, and what a whole expression is worth."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from cutover.rehearsal.aws.cloudwatch.metric_math.syntax import (
    NEGATIVE,
    BadExpression,
    Binary,
    Call,
    Listed,
    Name,
    Node,
    Number,
    Text,
)
from cutover.rehearsal.aws.cloudwatch.metric_math.values import Line, Lines, Value, at, combined, kind, mapped


class Scope(Protocol):
    """What an expression sees."""

    @property
    def grid(self) -> Sequence[int]:
        """The starts of all periods, oldest first."""

    @property
    def period(self) -> int:
        """Their length in seconds."""

    def named(self, id_: str) -> Value:
        """What stands under that id."""

    def metrics(self) -> Lines:
        """Every metric of the request."""

    def searched(self, text: str, statistic: str, period: int | None) -> Lines:
        """What a search finds."""

    def band(self, node: Node, deviations: float) -> Lines:
        """The upper and the lower edge of what is usual for the expression."""


def evaluated(node: Node, scope: Scope) -> Value:
    """What the expression is worth. Raises BadExpression."""
    match node:
        case Number(value) | Text(value):
            return value
        case Name(id_):
            return scope.named(id_)
        case Listed(items):
            return tuple(_lines(evaluated(item, scope), scope) for item in items)
        case Binary(sign, left, right):
            return combined(sign, evaluated(left, scope), evaluated(right, scope))
        case Call(function, arguments):
            return _called(function, arguments, scope)


def _called(function: str, arguments: tuple[Node, ...], scope: Scope) -> Value:
    if function == "ANOMALY_DETECTION_BAND":
        return _band(arguments, scope)
    if function not in _FUNCTIONS:
        raise BadExpression(f"Unknown function {function!r}")
    fewest, most, made = _FUNCTIONS[function]
    if not fewest <= len(arguments) <= most:
        raise BadExpression(f"{function} does not take {len(arguments)} argument(s)")
    return made([evaluated(argument, scope) for argument in arguments], scope)


def _band(arguments: tuple[Node, ...], scope: Scope) -> Value:
    if len(arguments) not in {1, 2}:
        raise BadExpression(f"ANOMALY_DETECTION_BAND does not take {len(arguments)} argument(s)")
    deviations = evaluated(arguments[1], scope) if len(arguments) > 1 else 2.0
    if not isinstance(deviations, float) or deviations <= 0:
        raise BadExpression("ANOMALY_DETECTION_BAND takes a number above zero of standard deviations")
    if not isinstance(evaluated(arguments[0], scope), Line):
        raise BadExpression("ANOMALY_DETECTION_BAND takes one time series")
    return scope.band(arguments[0], deviations)


def _filled(given: list[Value], scope: Scope) -> Value:
    value, filler = given
    if isinstance(value, tuple):
        return tuple(_filled_line(line, filler, scope) for line in value)
    return _filled_line(_one_line(value, "FILL"), filler, scope)


def _filled_line(line: Line, filler: Value, scope: Scope) -> Line:
    """A metric without a single point is filled as well."""
    if isinstance(filler, str):
        between = {"REPEAT": _repeated, "LINEAR": _linear}.get(filler)
        if between is None:
            raise BadExpression(f"FILL does not take {filler!r}")
        return Line(between(line.points, scope.grid), line.label)
    if isinstance(filler, tuple):
        raise BadExpression("FILL takes a value, a time series, REPEAT or LINEAR")
    points = {moment: line.points.get(moment, at(filler, moment)) for moment in scope.grid}
    return Line(_present(points), line.label)


def _repeated(points: Mapping[int, float], grid: Sequence[int]) -> dict[int, float]:
    made: dict[int, float] = {}
    last: float | None = None
    for moment in grid:
        last = points.get(moment, last)
        if last is not None:
            made[moment] = last
    return made


def _linear(points: Mapping[int, float], grid: Sequence[int]) -> dict[int, float]:
    known = sorted(points)
    made = {moment: points[moment] for moment in known}
    for left, right in pairwise(known):
        slope = (points[right] - points[left]) / (right - left)
        made |= {moment: points[left] + slope * (moment - left) for moment in grid if left < moment < right}
    return dict(sorted(made.items()))


def _chosen(given: list[Value], scope: Scope) -> Value:
    """IF: what is chosen in a period without a value for the condition, or for the choice, is nothing."""
    condition, *choices = (_number_or_line(value, "IF") for value in given)
    if not any(isinstance(one, Line) for one in (condition, *choices)):
        raise BadExpression("IF takes at least one time series")
    points: dict[int, float | None] = {}
    for moment in scope.grid:
        truth = at(condition, moment)
        if truth is not None and (truth or len(choices) > 1):
            points[moment] = at(choices[0 if truth else 1], moment)
    return Line(_present(points))


def _reduction(name: str, of_many: Callable[[Sequence[float]], float]) -> Callable[[list[Value], Scope], Value]:
    """Over several lines, a line of what each period's values make; over one line, one number."""

    def reduced(given: list[Value], scope: Scope) -> Value:
        value = given[0]
        if isinstance(value, tuple):
            columns = {moment: [one.points[moment] for one in value if moment in one.points] for moment in scope.grid}
            return Line({moment: of_many(column) for moment, column in columns.items() if column})
        points = _one_line(value, name).points
        return of_many(list(points.values())) if points else math.nan

    return reduced


def _rate(given: list[Value], _scope: Scope) -> Value:
    """The change a second from each point to the next."""
    line = _one_line(given[0], "RATE")
    moments = sorted(line.points)
    pairs = pairwise(moments)
    points = {later: (line.points[later] - line.points[earlier]) / (later - earlier) for earlier, later in pairs}
    return Line(points, line.label)


def _metrics(given: list[Value], scope: Scope) -> Value:
    lines = scope.metrics()
    if given and not isinstance(given[0], str):
        raise BadExpression("METRICS takes a string")
    return tuple(line for line in lines if not given or str(given[0]) in line.label)


def _search(given: list[Value], scope: Scope) -> Value:
    text, statistic, *period = given
    if not isinstance(text, str) or not isinstance(statistic, str) or any(not isinstance(one, float) for one in period):
        raise BadExpression("SEARCH takes a search, a statistic and a period")
    return scope.searched(text, statistic, int(float(str(period[0]))) if period else None)


def _each(name: str, of_one: Callable[[float], float]) -> Callable[[list[Value], Scope], Value]:
    return lambda given, _scope: mapped(given[0], of_one, name)


def _lines(value: Value, scope: Scope) -> Line:
    if isinstance(value, float):
        return Line(dict.fromkeys(scope.grid, value))
    return _one_line(value, "A list")


def _one_line(value: Value, who: str) -> Line:
    if not isinstance(value, Line):
        raise BadExpression(f"{who} takes time series, not '{kind(value)}'")
    return value


def _number_or_line(value: Value, who: str) -> float | Line:
    if isinstance(value, str | tuple):
        raise BadExpression(f"{who} takes numbers and time series, not '{kind(value)}'")
    return value


def _present(points: Mapping[int, float | None]) -> dict[int, float]:
    return {moment: value for moment, value in points.items() if value is not None}


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return math.fsum(known) / len(known)


_FUNCTIONS: Mapping[str, tuple[int, int, Callable[[list[Value], Scope], Value]]] = {
    NEGATIVE: (1, 1, _each("minus", lambda value: -value)),
    "ABS": (1, 1, _each("ABS", abs)),
    "CEIL": (1, 1, _each("CEIL", lambda value: float(math.ceil(value)))),
    "FLOOR": (1, 1, _each("FLOOR", lambda value: float(math.floor(value)))),
    "SUM": (1, 1, _reduction("SUM", math.fsum)),
    "AVG": (1, 1, _reduction("AVG", _mean)),
    "MIN": (1, 1, _reduction("MIN", min)),
    "MAX": (1, 1, _reduction("MAX", max)),
    "FILL": (2, 2, _filled),
    "IF": (2, 3, _chosen),
    "RATE": (1, 1, _rate),
    "PERIOD": (1, 1, lambda _given, scope: float(scope.period)),
    "METRICS": (0, 1, _metrics),
    "SEARCH": (2, 3, _search),
}
