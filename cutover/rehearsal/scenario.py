"""A scenario: what happens in a rehearsal, when, and how it must end. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from cutover.core.durations import format_duration
from cutover.exits import Exit


class At(StrEnum):
    """What a moment is counted from; all but the start belong to a step of the ladder."""

    START = "start"  # before `cutover run` begins
    BEFORE = "before"  # the step's change is not sent yet: the step below it has settled, or it is the first
    SENT = "sent"  # Route 53 has taken the step's change, which is PENDING
    SETTLED = "settled"  # the step is in force


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens: so long (simulated) after that."""

    at: At
    step: int = 0
    later: timedelta = timedelta()

    def __str__(self) -> str:
        later = f" + {format_duration(self.later)}" if self.later else ""
        return f"{self.at} {self.step}{later}" if self.step else f"{self.at}{later}"

    @property
    def words(self) -> str:
        """The same for people."""
        where = {
            At.START: "at the start",
            At.BEFORE: f"before the step to {self.step}%",
            At.SENT: f"while the step to {self.step}% is PENDING",
            At.SETTLED: f"at {self.step}%",
        }[self.at]
        return f"{where}, {format_duration(self.later)} later" if self.later else where


@dataclass(frozen=True, slots=True)
class EdgeFault:
    """What the load balancer, the gateway and Lambda are told."""

    faults: Mapping[str, Any]

    @property
    def words(self) -> str:
        """What happens."""
        return f"the edge: {_listed(self.faults)}"


@dataclass(frozen=True, slots=True)
class AwsFault:
    """What Route 53 and CloudWatch are told."""

    faults: Mapping[str, Any]

    @property
    def words(self) -> str:
        """What happens."""
        return f"AWS: {_listed(self.faults)}"


@dataclass(frozen=True, slots=True)
class Outage:
    """A server of the stack is stopped; it comes back where it was, empty if it keeps nothing on disk."""

    server: str

    @property
    def words(self) -> str:
        """What happens."""
        return f"{self.server} is gone"


@dataclass(frozen=True, slots=True)
class Lock:
    """Somebody holds an ACCESS EXCLUSIVE lock on these tables."""

    tables: tuple[str, ...]

    @property
    def words(self) -> str:
        """What happens."""
        return f"somebody locks {', '.join(self.tables)} in PostgreSQL"


@dataclass(frozen=True, slots=True)
class Crowd:
    """Somebody opens connections until PostgreSQL takes no more."""

    words = "somebody takes every connection that PostgreSQL has left"


@dataclass(frozen=True, slots=True)
class Kill:
    """`cutover run` is killed (kill -9) and started again."""

    words = "cutover run is killed (kill -9), and started again"


@dataclass(frozen=True, slots=True)
class HandEdit:
    """Somebody sets the weights of both records of every type past `cutover`."""

    ecs: int
    serverless: int

    @property
    def words(self) -> str:
        """What happens."""
        return f"somebody sets the weights by hand: ecs {self.ecs} / lambda {self.serverless}"


@dataclass(frozen=True, slots=True)
class Rate:
    """The traffic changes to so many arrivals a second."""

    arrivals: float

    @property
    def words(self) -> str:
        """What happens."""
        return f"{self.arrivals:g} requests arrive a second"


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody types `cutover WORDS`, which must end with this exit code."""

    command: str
    exit: Exit

    @property
    def words(self) -> str:
        """What happens."""
        return f"somebody types cutover {self.command}"


Deed: TypeAlias = EdgeFault | AwsFault | Outage | Lock | Crowd | Kill | HandEdit | Rate | Typing
LASTING = (EdgeFault, AwsFault, Outage, Lock, Crowd, Rate)
"""What lasts until it is taken back; the others are done when they are done."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happens. `lasts`, `until`: when it is taken back; neither: it stays so. `says`: it in better words."""

    when: Moment
    deed: Deed
    lasts: timedelta | None = None
    until: Moment | None = None
    says: str = ""

    @property
    def sentence(self) -> str:
        """When and what, in words."""
        lasts = f", for {format_duration(self.lasts)}" if self.lasts else ""
        return f"{self.when.words}: {self.says or self.deed.words}{lasts}"

    @property
    def moments(self) -> Sequence[Moment]:
        """When it begins, and when it ends, if that is such a moment."""
        return (self.when, self.until) if self.until else (self.when,)


class Course(StrEnum):
    """What became of the migration."""

    WENT_ON = "went on"  # to the last step, which has baked
    ROLLED_BACK = "rolled back"
    HELD = "held"  # and was given up so; nothing was raised or rolled back
    STOPPED = "stopped"  # for a person to look; nothing was rolled back


class Answers(StrEnum):
    """What is asked of a side's answers."""

    RIGHT = "right"  # every one
    RIGHT_APART = "right apart from the fault"  # every one that did not fall into what happened, or just after
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Expected:
    """How it must end.

    `because`: the gates (or why they held) of which one must have said so. `ledger` are kinds of lines that there must
    be since the run began, `never` those that there must not be.
    """

    exit: Exit
    course: Course
    weight: int | None = None  # Lambda's in the end, in percent; None: the last step's of the ladder
    because: tuple[str, ...] = ()
    in_sync: bool = True
    ecs: Answers = Answers.RIGHT
    serverless: Answers = Answers.RIGHT
    ledger: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """It in one line, for a table."""
        because = f" ({' or '.join(self.because)})" if self.because else ""
        where = "" if self.weight is None else f", Lambda at {self.weight}%"
        return f"exit {int(self.exit)}, {self.course}{because}{where}"

    def weight_on(self, form: "Form") -> int:
        """Lambda's weight in the end on that form's ladder."""
        return form.top if self.weight is None else self.weight


@dataclass(frozen=True, slots=True)
class Form:
    """How long a scenario is: its steps, and what is left out. `prelude`: what is done before `cutover run`."""

    steps: tuple[int, ...] = (10, 50, 100)  # how far `cutover run` is asked to go, and by which of the ladder's steps
    prelude: tuple[str, ...] = ("reindex", "drill")
    give_up_after: str = "20m"  # simulated
    arrivals: float = 220.0  # a second, really

    @property
    def top(self) -> int:
        """The last step."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One rehearsal's story; `then` is typed when `cutover run` has ended, one command after another."""

    name: str
    title: str
    story: str
    expect: Expected
    events: tuple[Event, ...] = ()
    then: tuple[Typing, ...] = ()
    full: Form = Form()
    short: Form = Form()

    def form(self, *, quick: bool) -> Form:
        """The short form, or the whole one."""
        return self.short if quick else self.full

    @property
    def typed(self) -> Sequence[Typing]:
        """Every command that somebody types, in the order of the file."""
        return (*(event.deed for event in self.events if isinstance(event.deed, Typing)), *self.then)

    @property
    def kill(self) -> Event | None:
        """The event that kills `cutover run`, if one does."""
        return next((event for event in self.events if isinstance(event.deed, Kill)), None)


def _listed(faults: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_spelled(value)}" for name, value in faults.items()) or "nothing"


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
