"""What an expression's parts are worth: numbers, lines of points, several lines; and what operators make of them."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cutover.rehearsal.aws.cloudwatch.metric_math.syntax import BadExpression


@dataclass(frozen=True, slots=True)
class Line:
    """A time series: `points` are values by their period's start, in Unix seconds; a missing period has none."""

    points: Mapping[int, float] = field(default_factory=dict)
    label: str = ""


Lines = tuple[Line, ...]
Value = float | str | Line | Lines
Pair = Callable[[float, float], float | None]


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None  # CloudWatch has no point where one would divide by zero


def _power(left: float, right: float) -> float | None:
    try:
        made = left**right
    except (ArithmeticError, ValueError):
        return None
    return made if isinstance(made, float) else None


OPERATORS: Mapping[str, Pair] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}


def combined(sign: str, left: Value, right: Value) -> Value:
    """Both sides of an operator, point by point; a period that one side has no value for gets none.

    Raises BadExpression for text, and for several lines on both sides.
    """
    if isinstance(left, tuple) and isinstance(right, float | Line):
        return tuple(_line(sign, each, right, each.label) for each in left)
    if isinstance(right, tuple) and isinstance(left, float | Line):
        return tuple(_line(sign, left, each, each.label) for each in right)
    if isinstance(left, str | tuple) or isinstance(right, str | tuple):
        raise BadExpression(f"Unsupported operand type(s) for {sign}: '{kind(left)}' and '{kind(right)}'")
    if isinstance(left, Line) or isinstance(right, Line):
        return _line(sign, left, right, "")
    made = OPERATORS[sign](left, right)
    if made is None:
        raise BadExpression("Division by zero")
    return made


def mapped(value: Value, of_one: Callable[[float], float], name: str) -> Value:
    """Each number of it changed. Raises BadExpression for text."""
    if isinstance(value, str):
        raise BadExpression(f"{name} takes no string")
    if isinstance(value, tuple):
        return tuple(Line({at: of_one(one) for at, one in line.points.items()}, line.label) for line in value)
    if isinstance(value, Line):
        return Line({at: of_one(one) for at, one in value.points.items()}, value.label)
    return of_one(value)


def at(value: float | Line, moment: int) -> float | None:
    """What it is worth in the period that starts then; a number is so always."""
    return value.points.get(moment) if isinstance(value, Line) else value


def kind(value: Value) -> str:
    """What it is called in refusals."""
    if isinstance(value, tuple):
        return "Array of time series"
    return {"str": "String", "Line": "Time series"}.get(type(value).__name__, "Scalar")


def _line(sign: str, left: float | Line, right: float | Line, label: str) -> Line:
    moments = [one.points.keys() for one in (left, right) if isinstance(one, Line)]
    both = moments[0] & moments[-1]
    made = ((moment, _of(sign, at(left, moment), at(right, moment))) for moment in sorted(both))
    return Line({moment: value for moment, value in made if value is not None}, label)


def _of(sign: str, left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else OPERATORS[sign](left, right)
