"""The faults that a rehearsal can order, and the dice that decide whom they strike."""

import random
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

Fraction = Annotated[float, Meta(ge=0, le=1)]
Milliseconds = Annotated[float, Meta(ge=0)]


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong until other faults replace these; the default is nothing.

    `errors` and `throttle` strike gateway invocations, `latency_ms` is added to each integration; `alb_errors` are
    502 of the balancer itself, `alb_latency_ms` makes its target slow. `cold` retires an environment after one
    invocation, `start_latency_ms` makes the start of each longer, `freeze` stops idle ones as Lambda does,
    `deliver_twice` repeats asynchronous events.
    """

    errors: Fraction = 0.0
    latency_ms: Milliseconds = 0.0
    throttle: Fraction = 0.0
    alb_errors: Fraction = 0.0
    alb_latency_ms: Milliseconds = 0.0
    cold: bool = False
    start_latency_ms: Milliseconds = 0.0
    freeze: bool = False
    deliver_twice: bool = False


class FaultSwitch:
    """The faults in force now, shared by all stand-ins of the process; `dice` gives numbers in 0..1."""

    def __init__(self, dice: Callable[[], float] = random.random) -> None:
        self.faults = Faults()
        self._dice = dice

    def strikes(self, fraction: float) -> bool:
        """Whether this request is among the `fraction` (0..1) that the fault strikes."""
        return fraction > 0 and self._dice() < fraction
