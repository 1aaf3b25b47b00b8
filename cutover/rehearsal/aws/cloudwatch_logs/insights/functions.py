"""What can be called in an expression, and what `stats` computes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cutover.rehearsal.aws.cloudwatch.statistics import percentile
from cutover.rehearsal.aws.cloudwatch_logs.insights.rows import Row
from cutover.rehearsal.aws.cloudwatch_logs.insights.values import Value, number_of, shown, sort_key

Expression = Callable[[Row], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of values; `most` None takes any number of them."""

    least: int
    most: int | None
    call: Callable[[Sequence[Value]], Value]


def _text(value: Value) -> str:
    return "" if value is None else shown(value)


def _of_number(work: Callable[[float], float]) -> Function:
    def call(given: Sequence[Value]) -> Value:
        number = number_of(given[0])
        return None if number is None else work(number)

    return Function(1, 1, call)


def _of_text(work: Callable[[str], Value]) -> Function:
    return Function(1, 1, lambda given: None if given[0] is None else work(shown(given[0])))


def _best(choose: Callable[[list[float]], float]) -> Function:
    def call(given: Sequence[Value]) -> Value:
        numbers = [number for number in map(number_of, given) if number is not None]
        return choose(numbers) if numbers else None

    return Function(1, None, call)


FUNCTIONS: Mapping[str, Function] = {
    "ispresent": Function(1, 1, lambda given: int(given[0] is not None)),
    "isempty": Function(1, 1, lambda given: int(given[0] is None or shown(given[0]) == "")),
    "isblank": Function(1, 1, lambda given: int(given[0] is None or not shown(given[0]).strip())),
    "coalesce": Function(1, None, lambda given: next((value for value in given if value is not None), None)),
    "concat": Function(1, None, lambda given: "".join(map(_text, given))),
    "strcontains": Function(2, 2, lambda given: int(_text(given[1]) in _text(given[0]))),
    "strlen": _of_text(len),
    "tolower": _of_text(str.lower),
    "toupper": _of_text(str.upper),
    "trim": _of_text(str.strip),
    "abs": _of_number(abs),
    "ceil": _of_number(math.ceil),
    "floor": _of_number(math.floor),
    "greatest": _best(max),
    "least": _best(min),
}

Fold = Callable[[Sequence[Row]], Value]


def _numbers(rows: Sequence[Row], of: Expression) -> list[float]:
    return [number for row in rows if (number := number_of(of(row))) is not None]


def _sum(rows: Sequence[Row], of: Expression) -> Value:
    return math.fsum(_numbers(rows, of))


def _average(rows: Sequence[Row], of: Expression) -> Value:
    numbers = _numbers(rows, of)
    return math.fsum(numbers) / len(numbers) if numbers else None


def _count(rows: Sequence[Row], of: Expression) -> Value:
    return sum(of(row) is not None for row in rows)


def _count_distinct(rows: Sequence[Row], of: Expression) -> Value:
    return len({value for row in rows if (value := of(row)) is not None})


def _least(rows: Sequence[Row], of: Expression) -> Value:
    return min((value for row in rows if (value := of(row)) is not None), key=sort_key, default=None)


def _greatest(rows: Sequence[Row], of: Expression) -> Value:
    return max((value for row in rows if (value := of(row)) is not None), key=sort_key, default=None)


def _edge(rows: Sequence[Row], of: Expression, *, last: bool) -> Value:
    """The value with the first or the last @timestamp."""
    timed = [(number_of(row.get("@timestamp")) or 0.0, value) for row in rows if (value := of(row)) is not None]
    if not timed:
        return None
    choose = max if last else min
    return choose(timed, key=lambda pair: pair[0])[1]


AGGREGATES: Mapping[str, Callable[[Sequence[Row], Expression], Value]] = {
    "count": _count,
    "count_distinct": _count_distinct,
    "sum": _sum,
    "avg": _average,
    "min": _least,
    "max": _greatest,
    "earliest": lambda rows, of: _edge(rows, of, last=False),
    "latest": lambda rows, of: _edge(rows, of, last=True),
}


def percentile_of(of: Expression, percent: float) -> Fold:
    """pct(x, percent): exact, as CloudWatch's metrics have it here."""

    def fold(rows: Sequence[Row]) -> Value:
        numbers = _numbers(rows, of)
        return percentile([(number, 1.0) for number in numbers], percent) if numbers else None

    return fold
