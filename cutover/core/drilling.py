"""A rehearsed rollback as figures: how many answers have to be asked for, and the receipt of what was measured."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MISSED = 0.001  # how often so many answers may miss a side that has this weight


@dataclass(frozen=True, slots=True)
class SwitchTimes:
    """Seconds until no authoritative answer was Lambda's, and, put back, until one was again."""

    out_seconds: float
    back_seconds: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a drill measured, in seconds of the clock since the rollback was begun; None: it did not come to that.

    `answers_seconds` is an upper bound: the name servers are asked once Route 53 says INSYNC. `switch` None: the kill
    switch was not tested. `problems` empty: it went well.
    """

    weight: int
    questions: int  # of one round to the name servers
    seen_seconds: float | None = None  # from settled until an answer was Lambda's
    accepted_seconds: float | None = None
    insync_seconds: float | None = None
    answers_seconds: float | None = None
    switch: SwitchTimes | None = None
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it all went well."""
        return not self.problems

    def plain(self) -> Mapping[str, Any]:
        """The receipt as plain JSON values."""
        return {**asdict(self), "problems": list(self.problems), "ok": self.ok, "rto_seconds": self.answers_seconds}


def questions_for(weight: int) -> int:
    """How many answers show a side of this weight (1 to 99 percent), but for one round in a thousand."""
    return math.ceil(math.log(MISSED) / math.log(1 - weight / 100))
