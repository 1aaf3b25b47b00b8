"""Values on the command line, read strictly: int() would take `1_0` and other alphabets' digits."""

import re
from datetime import timedelta
from typing import Any, NoReturn

import click

from cutover.core.durations import parse_duration
from cutover.core.plan import OVERRIDABLE, Rule

LONGEST_REASON = 500


class Whole(click.ParamType[int]):
    """A whole number in plain digits, within bounds."""

    def __init__(self, name: str, low: int, high: int) -> None:
        self.name, self._low, self._high = name, low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Fails with the bounds."""
        if isinstance(value, int):
            return value
        if not re.fullmatch(r"[0-9]{1,6}", value, re.ASCII) or not self._low <= int(value) <= self._high:
            self.fail(f"{value!r} is not a whole number from {self._low} to {self._high}", param, ctx)
        return int(value)


class Span(click.ParamType[timedelta]):
    """A duration such as 15m or 48h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The duration. Fails with an example."""
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class PlanHash(click.ParamType[str]):
    """A plan's hash, or its first eight digits or more."""

    name = "hash"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The hash in lower case."""
        if not re.fullmatch(r"[0-9a-fA-F]{8,64}", value, re.ASCII):
            self.fail(f"{value!r} is not a plan's hash; --dry-run shows it", param, ctx)
        return str(value).lower()


class Shaped(click.ParamType[str]):
    """A text of one shape, such as a host name or an id."""

    def __init__(self, name: str, shape: re.Pattern[str], example: str) -> None:
        self.name, self._shape, self._example = name, shape, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text. Fails with an example."""
        if value and not self._shape.fullmatch(value):
            self.fail(f"{value!r} is not a {self.name}, such as {self._example}", param, ctx)
        return str(value)


class Override(click.ParamType[tuple[Rule, str]]):
    """RULE=REASON."""

    name = "rule=reason"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Rule, str]:
        """The rule and why it is set aside."""
        name, _, reason = value.partition("=")
        if name == Rule.SUM:
            self.fail("the rule 'sum' can't be set aside: weights always sum to 100", param, ctx)
        if name not in OVERRIDABLE:
            self.fail(f"{name!r} is no rule; the rules are {', '.join(OVERRIDABLE)}", param, ctx)
        if not reason.strip():
            self.fail(f"say why: --override {name}=REASON", param, ctx)
        return Rule(name), _short(self, reason, param, ctx)


class Reason(click.ParamType[str]):
    """A sentence for the ledger."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The sentence without blanks around it."""
        if not value.strip():
            self.fail("an empty reason says nothing", param, ctx)
        return _short(self, value, param, ctx)


def _short(kind: click.ParamType[Any], text: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
    if len(text) > LONGEST_REASON:
        _too_long(kind, text, param, ctx)
    return text.strip()


def _too_long(
    kind: click.ParamType[Any], text: str, param: click.Parameter | None, ctx: click.Context | None
) -> NoReturn:
    kind.fail(f"a reason has at most {LONGEST_REASON} characters, not {len(text)}", param, ctx)
