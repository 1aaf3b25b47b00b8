"""The faults that a rehearsal can put in the way, written as FAULT@STEP; each says what must come of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cutover.exits import Exit


class Fault(StrEnum):
    """What goes wrong."""

    ERRORS = "errors"
    LATENCY = "latency"
    THROTTLE = "throttle"
    TELEMETRY_LOSS = "telemetry-loss"
    DNS_STUCK = "dns-stuck"
    KILLED = "killed"


class BadInjection(ValueError):
    """Not a FAULT@STEP; the message says what is."""


STEPS = (10, 50, 100)  # of a rehearsal's ladders
ERROR_SHARE = 0.3
ADDED_LATENCY_MS = 1500.0
THROTTLED_SHARE = 0.5

_EDGE: Mapping[Fault, Mapping[str, Any]] = {
    Fault.ERRORS: {"errors": ERROR_SHARE},
    Fault.LATENCY: {"latency_ms": ADDED_LATENCY_MS},
    Fault.THROTTLE: {"throttle": THROTTLED_SHARE},
}
_AWS: Mapping[Fault, Mapping[str, Any]] = {
    Fault.TELEMETRY_LOSS: {"cloudwatch_silent": ["AWS/ApiGateway"]},
    Fault.DNS_STUCK: {"route53_pending": True},
}
_SENTENCES: Mapping[Fault, str] = {
    Fault.ERRORS: f"{ERROR_SHARE:.0%} of Lambda's invocations fail",
    Fault.LATENCY: f"Lambda answers {ADDED_LATENCY_MS:g} ms later",
    Fault.THROTTLE: f"{THROTTLED_SHARE:.0%} of Lambda's invocations are throttled",
    Fault.TELEMETRY_LOSS: "CloudWatch receives nothing from API Gateway",
    Fault.DNS_STUCK: "Route 53 takes changes but they stay PENDING",
    Fault.KILLED: "cutover run is killed (kill -9) while its change is PENDING, and started again",
}
# A step that can't be reached safely is left to a person: weights stay, nothing is rolled back blindly.
_OUTCOMES: Mapping[Fault, Exit] = {
    Fault.ERRORS: Exit.ROLLED_BACK,
    Fault.LATENCY: Exit.ROLLED_BACK,
    Fault.THROTTLE: Exit.ROLLED_BACK,
    Fault.TELEMETRY_LOSS: Exit.TELEMETRY_UNAVAILABLE,
    Fault.DNS_STUCK: Exit.TIMED_OUT,
    Fault.KILLED: Exit.DONE,
}


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault, and the step of the ladder (Lambda's weight) at which it sets in."""

    fault: Fault
    step: int

    @classmethod
    def parse(cls, text: str) -> "Injection":
        """`errors@50`. Raises BadInjection."""
        name, _, step = text.partition("@")
        if name not in tuple(Fault) or step not in map(str, STEPS):
            steps = ", ".join(map(str, STEPS))
            raise BadInjection(f"{text!r} is not FAULT@STEP: FAULT is one of {', '.join(Fault)}, STEP one of {steps}")
        return cls(Fault(name), int(step))

    @property
    def sets_in_before_the_step(self) -> bool:
        """Whether it has to be there when the step is asked for, not once it has settled."""
        return self.fault is Fault.DNS_STUCK

    @property
    def sets_in_during_the_shift(self) -> bool:
        """Whether it hits while the change to the step is under way, which is held PENDING for it."""
        return self.fault is Fault.KILLED

    @property
    def for_edge(self) -> Mapping[str, Any]:
        """What the load balancer, the gateway and Lambda are told."""
        return _EDGE.get(self.fault, {})

    @property
    def for_aws(self) -> Mapping[str, Any]:
        """What Route 53 and CloudWatch are told."""
        return _AWS.get(self.fault, {})

    @property
    def sentence(self) -> str:
        """What goes wrong, in words."""
        return f"at {self.step}%: {_SENTENCES[self.fault]}"

    @property
    def expected(self) -> Exit:
        """How `cutover run` must end."""
        return _OUTCOMES[self.fault]
