"""What people have said and shown beside the weights: pauses, freezes, receipts, rungs; the fold of those events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cutover.core.models import Burst, PastClientErrors, Span
from cutover.core.record import Event, Kind


@dataclass(frozen=True, slots=True)
class Freeze:
    """A window in which nothing is raised, as somebody named it."""

    id: str
    start: datetime
    end: datetime
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class LoadTest:
    """Load of ours on production in [start, end), as `event` told it newest; without an end of its own, as planned."""

    id: str  # empty: of a line that no later one replaces
    start: datetime
    end: datetime
    event: Event

    def is_under_way(self, now: datetime) -> bool:
        """Whether it has begun and nobody has written down its end; of one that was killed, until its planned end."""
        return self.start <= now < self.end and not self.event.evidence.get("ended")


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds until somebody says otherwise."""

    paused: Event | None = None
    promoted: int | None = None  # Lambda's weight whose bake a person has ended; forgotten when the weights change
    freezes: tuple[Freeze, ...] = ()
    drill: Event | None = None  # the newest drill that went well
    drilling: Event | None = None  # a drill that was begun and has no end: it is under way, or was cut off
    verified: Event | None = None  # the newest verification, whatever it found
    load_tests: tuple[LoadTest, ...] = ()  # on production
    switched: Event | None = None  # the kill switch is thrown: Lambda answers nobody, whatever the weights
    rungs: Mapping[str, Event] = field(default_factory=dict)  # of the decommission ladder, those taken
    burst: Burst | None = None  # of ECS's errors, as it was last known
    client_past: PastClientErrors | None = None  # ECS's 4xx, as they were last counted

    @property
    def loads(self) -> tuple[Span, ...]:
        """[start, end) of the load tests on production: no evidence for a bake."""
        return tuple((test.start, test.end) for test in self.load_tests)


NOTHING_SAID = Standing()


def stand(standing: Standing, event: Event) -> Standing:
    """The standing after one more event."""
    step = _STEPS.get(event.kind)
    after = step(standing, event) if step else standing
    if known := event.evidence.get("burst"):
        after = replace(after, burst=Burst(float(known["phi"]), str(known["source"])))
    if counted := event.evidence.get("client_past"):
        of = {key: int(counted[key]) for key in ("errors", "requests", "high_errors", "high_requests")}
        after = replace(after, client_past=PastClientErrors(**of, source=str(counted["source"])))
    return after


def _paused(standing: Standing, event: Event) -> Standing:
    return replace(standing, paused=event)


def _resumed(standing: Standing, event: Event) -> Standing:
    """A drill lifts its own rollback alone, as a rollback is set aside alone: a pause that somebody said stays."""
    is_alone = event.evidence.get("drill") or event.evidence.get("rolled_back_only")
    return standing if is_alone else replace(standing, paused=None, drilling=None)


def _promoted(standing: Standing, event: Event) -> Standing:
    weight = event.after[1] if event.after and event.evidence.get("skip_bake") else standing.promoted
    return replace(standing, paused=None, promoted=weight)


def _changed(standing: Standing, event: Event) -> Standing:
    if event.evidence.get("rollback"):
        return replace(standing, promoted=None)
    return replace(standing, promoted=None, drilling=event if event.evidence.get("drill") else None)


def _abandoned(standing: Standing, event: Event) -> Standing:
    """A drill whose way out was never taken has not begun; one whose way back is open goes on."""
    return standing if event.after == (100, 0) else replace(standing, drilling=None)


def _set_anew(standing: Standing, _: Event) -> Standing:
    return replace(standing, promoted=None)


def _frozen(standing: Standing, event: Event) -> Standing:
    said = event.evidence
    start, end = (_moment(said[key]) for key in ("start", "end"))
    freeze = Freeze(str(said["id"]), start, end, event.reason, event.actor)
    return replace(standing, freezes=(*standing.freezes, freeze))


def _thawed(standing: Standing, event: Event) -> Standing:
    left = tuple(freeze for freeze in standing.freezes if freeze.id != event.evidence.get("id"))
    return replace(standing, freezes=left)


def _drilled(standing: Standing, event: Event) -> Standing:
    return replace(standing, drill=event if event.evidence.get("ok") else standing.drill, drilling=None)


def _verified(standing: Standing, event: Event) -> Standing:
    return replace(standing, verified=event)


def _loaded(standing: Standing, event: Event) -> Standing:
    """A later line of the same test tells its interval anew: planned ones end earlier, or later, than was thought."""
    start, end = (_moment(event.evidence[key]) for key in ("start", "end"))
    test = LoadTest(str(event.evidence.get("id", "")), start, end, event)
    others = tuple(one for one in standing.load_tests if not test.id or one.id != test.id)
    return replace(standing, load_tests=(*others, test))


def _moment(said: object) -> datetime:
    """A time as a line tells it, in UTC. Raises ValueError, OverflowError."""
    time = datetime.fromisoformat(str(said))
    if time.tzinfo is None:
        raise ValueError(f"{said} is a time without its zone")
    return time.astimezone(UTC)


def _switched(standing: Standing, event: Event) -> Standing:
    return replace(standing, switched=None if event.evidence.get("serving") else event)


def _rung(standing: Standing, event: Event) -> Standing:
    name = str(event.evidence["rung"])
    others = {key: taken for key, taken in standing.rungs.items() if key != name}
    return replace(standing, rungs=others if event.evidence.get("undone") else others | {name: event})


_STEPS: Mapping[Kind, Callable[[Standing, Event], Standing]] = {
    Kind.PAUSED: _paused,
    Kind.RESUMED: _resumed,
    Kind.PROMOTED: _promoted,
    Kind.INTENT: _changed,
    Kind.ABANDONED: _abandoned,
    Kind.ADOPTED: _set_anew,
    Kind.ROLLED_BACK: _set_anew,
    Kind.FROZEN: _frozen,
    Kind.THAWED: _thawed,
    Kind.DRILLED: _drilled,
    Kind.VERIFIED: _verified,
    Kind.LOADED: _loaded,
    Kind.SWITCHED: _switched,
    Kind.RUNG: _rung,
}
