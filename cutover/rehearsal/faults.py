"""The faults that a rehearsal can put in the way, written as FAULT@STEP; each says what must come of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from cutover.exits import Exit
from cutover.rehearsal.scenario import (
    Answers,
    At,
    AwsFault,
    Course,
    Deed,
    EdgeFault,
    Event,
    Expected,
    Kill,
    Moment,
    Scenario,
)


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
# A fault that sets in at a step does so when the step has settled and been looked at a few times.
LOOKED_AT = timedelta(minutes=3)

_DEEDS: Mapping[Fault, Deed] = {
    Fault.ERRORS: EdgeFault({"errors": ERROR_SHARE}),
    Fault.LATENCY: EdgeFault({"latency_ms": ADDED_LATENCY_MS}),
    Fault.THROTTLE: EdgeFault({"throttle": THROTTLED_SHARE}),
    Fault.TELEMETRY_LOSS: AwsFault({"cloudwatch_silent": ["AWS/ApiGateway"]}),
    Fault.DNS_STUCK: AwsFault({"route53_pending": True}),
    Fault.KILLED: Kill(),
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
_ENDS: Mapping[Fault, tuple[Exit, Course]] = {
    Fault.ERRORS: (Exit.ROLLED_BACK, Course.ROLLED_BACK),
    Fault.LATENCY: (Exit.ROLLED_BACK, Course.ROLLED_BACK),
    Fault.THROTTLE: (Exit.ROLLED_BACK, Course.ROLLED_BACK),
    Fault.TELEMETRY_LOSS: (Exit.TELEMETRY_UNAVAILABLE, Course.HELD),
    Fault.DNS_STUCK: (Exit.TIMED_OUT, Course.STOPPED),
    Fault.KILLED: (Exit.DONE, Course.WENT_ON),
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
    def sentence(self) -> str:
        """What goes wrong, in words."""
        return f"at {self.step}%: {_SENTENCES[self.fault]}"

    @property
    def expected(self) -> Exit:
        """How `cutover run` must end."""
        return _ENDS[self.fault][0]

    def scenario(self) -> Scenario:
        """The scenario that it stands for: the whole ladder, and this at its step."""
        exit_, course = _ENDS[self.fault]
        weight = {Course.WENT_ON: None, Course.ROLLED_BACK: 0}.get(course, self.step)
        fails = course is not Course.WENT_ON
        return Scenario(
            name=f"{self.fault}@{self.step}",
            title=self.sentence,
            story=f"The whole ladder, and one fault: {self.sentence}.",
            expect=Expected(
                exit_,
                course,
                weight,
                in_sync=self.fault is not Fault.DNS_STUCK,
                serverless=Answers.ANY if fails else Answers.RIGHT,
            ),
            events=self._events(),
        )

    def _events(self) -> tuple[Event, ...]:
        deed, says = _DEEDS[self.fault], _SENTENCES[self.fault]
        before, sent = Moment(At.BEFORE, self.step), Moment(At.SENT, self.step)
        if self.fault is Fault.KILLED:  # the change is held PENDING, so that it is hit in the middle
            held = Event(before, _DEEDS[Fault.DNS_STUCK], until=sent, says="Route 53 lets the next change wait")
            return held, Event(sent, deed, says=says)
        when = before if self.fault is Fault.DNS_STUCK else Moment(At.SETTLED, self.step, LOOKED_AT)
        return (Event(when, deed, says=says),)
