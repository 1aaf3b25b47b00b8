"""What `cutover` measures of itself: readings with their moments, and which of them are worth sending. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)
LONGEST_HELD = timedelta(minutes=5)  # between two looks: beyond it nobody knows what was true in between


class Measured(StrEnum):
    """The metrics, by the names that they have in CloudWatch."""

    LAMBDA_WEIGHT = "LambdaWeight"
    GATE_VERDICT = "GateVerdict"
    BAKE_PROGRESS = "BakeProgress"
    ROLLBACKS = "Rollbacks"
    ABORTS = "Aborts"
    BLIND = "Blind"


UNITS = {
    Measured.LAMBDA_WEIGHT: "Percent",
    Measured.GATE_VERDICT: "None",
    Measured.BAKE_PROGRESS: "Percent",
    Measured.ROLLBACKS: "Count",
    Measured.ABORTS: "Count",
    Measured.BLIND: "None",
}
COUNTED = frozenset({Measured.ROLLBACKS, Measured.ABORTS})  # each one is another; of all others the newest is true


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one metric at one moment."""

    name: Measured
    value: float
    at: datetime

    @property
    def unit(self) -> str:
        """As CloudWatch spells it."""
        return UNITS[self.name]


def due(last: Reading | None, new: Reading) -> Sequence[Reading]:
    """What to send for `new`, when `last` was the one before it of the same metric.

    CloudWatch's finest grain is a minute: the same once more in one minute says nothing. A look takes its time, so now
    and then a minute passes without one; what was true before it and is looked at again soon held until then, or an
    alarm that counts minutes would start anew.
    """
    if new.name in COUNTED or last is None:
        return (new,)
    then, now = _minute(last.at), _minute(new.at)
    if then == now:
        return () if last.value == new.value else (new,)
    missed = (now - then) // MINUTE - 1
    held = range(1, missed + 1) if timedelta() < now - then <= LONGEST_HELD else range(0)
    return (*(replace(last, at=then + MINUTE * n) for n in held), new)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
