"""What an alarm's datapoints say: M out of N, with the four ways to treat what is missing; pure.

CloudWatch looks at more periods than the alarm evaluates (its evaluation range). As long as enough of them have data,
the newest that do are judged and nothing is said to be missing; what is short is filled by the alarm's own rule.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Missing = Literal["breaching", "notBreaching", "ignore", "missing"]

EXTRA_PERIODS = 2  # of the evaluation range, beyond those that are evaluated: as in the examples of AWS's documentation


class Datapoint(NamedTuple):
    """One period of an alarm that has data: its start in Unix seconds, and whether its value breaches."""

    at: int
    value: float
    breaches: bool
    limit: float | None = None  # the edge of the band that it was compared with


class Verdict(NamedTuple):
    """`state`; None: as before. `judged`: the datapoints behind it, newest first; `filled`: how many were missing."""

    state: State | None
    judged: tuple[Datapoint, ...]
    filled: int


def verdict(seen: Sequence[Datapoint | None], *, periods: int, datapoints: int, missing: Missing) -> Verdict:
    """The state of `datapoints` out of `periods`; `seen` is the evaluation range, oldest first, None without data."""
    present = [one for one in reversed(seen) if one is not None]
    judged = tuple(present[:periods])
    short = periods - len(judged)
    breaching = sum(one.breaches for one in judged)
    if short <= 0:
        return Verdict("ALARM" if breaching >= datapoints else "OK", judged, 0)
    return Verdict(_short(seen, judged, short, datapoints, missing), judged, short)


def _short(
    seen: Sequence[Datapoint | None], judged: Sequence[Datapoint], short: int, datapoints: int, missing: Missing
) -> State | None:
    breaching = sum(one.breaches for one in judged)
    if missing == "breaching":
        return "ALARM" if breaching + short >= datapoints else "OK"
    if breaching >= datapoints:
        return "ALARM"
    if missing == "notBreaching" or breaching < len(judged):
        return "OK"
    if missing == "ignore":
        return None
    if not judged:
        return "INSUFFICIENT_DATA"
    return "ALARM" if _oldest_age(seen) >= datapoints else None


def _oldest_age(seen: Sequence[Datapoint | None]) -> int:
    """How many periods ago the oldest datapoint was, 1 for the newest period.

    If nothing but breaching datapoints are there and the oldest is old enough, the alarm does not wait for more: the
    documentation calls what goes before that the avoidance of premature transitions.
    """
    return len(seen) - next(place for place, one in enumerate(seen) if one is not None)
