"""Values of a query: how they compare, sort and look."""

import re
from datetime import UTC, datetime

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Moment(int):
    """Unix milliseconds, shown as a time."""


Value = str | int | float | None


def number_of(value: Value) -> float | None:
    """The value as a number, if it is one or reads like one."""
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    return None if value is None else float(value)


def compare(left: Value, right: Value) -> int | None:
    """-1, 0 or 1: as numbers if both are, else as text; None if one is not there."""
    if left is None or right is None:
        return None
    one, other = number_of(left), number_of(right)
    if one is None or other is None:
        first, second = shown(left), shown(right)
        return (first > second) - (first < second)
    return (one > other) - (one < other)


def sort_key(value: Value) -> tuple[int, float, str]:
    """What is not there comes first, then text, then numbers, as AWS says."""
    if value is None:
        return (0, 0.0, "")
    number = number_of(value)
    return (1, 0.0, shown(value)) if number is None else (2, number, "")


def shown(value: str | int | float) -> str:
    """The value in a result."""
    if isinstance(value, Moment):
        text = datetime.fromtimestamp(value / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
        return text.removesuffix("+00:00")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)
