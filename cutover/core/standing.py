"""What people have said and shown beside the weights: pauses, freezes, receipts, rungs; the fold of those events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

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
class Standing:
    """What holds until somebody says otherwise."""

    paused: Event | None = None
    promoted: int | None = None  # Lambda's weight whose bake a person has ended; forgotten when the weights change
    freezes: tuple[Freeze, ...] = ()
    drill: Event | None = None  # the newest drill that went well
    verified: Event | None = None  # the newest verification, whatever it found
    loads: tuple[tuple[datetime, datetime], ...] = ()  # [start, end) of load tests on production
    switched: Event | None = None  # the kill switch is thrown: Lambda answers nobody, whatever the weights
    rungs: Mapping[str, Event] = field(default_factory=dict)  # of the decommission ladder, those taken


NOTHING_SAID = Standing()


def stand(standing: Standing, event: Event) -> Standing:
    """The standing after one more event."""
    step = _STEPS.get(event.kind)
    return step(standing, event) if step else standing


def _paused(standing: Standing, event: Event) -> Standing:
    return replace(standing, paused=event)


def _resumed(standing: Standing, _: Event) -> Standing:
    return replace(standing, paused=None)


def _promoted(standing: Standing, event: Event) -> Standing:
    weight = event.after[1] if event.after and event.evidence.get("skip_bake") else standing.promoted
    return replace(standing, paused=None, promoted=weight)


def _changed(standing: Standing, _: Event) -> Standing:
    return replace(standing, promoted=None)


def _frozen(standing: Standing, event: Event) -> Standing:
    said = event.evidence
    start, end = (datetime.fromisoformat(str(said[key])) for key in ("start", "end"))
    freeze = Freeze(str(said["id"]), start, end, event.reason, event.actor)
    return replace(standing, freezes=(*standing.freezes, freeze))


def _thawed(standing: Standing, event: Event) -> Standing:
    left = tuple(freeze for freeze in standing.freezes if freeze.id != event.evidence.get("id"))
    return replace(standing, freezes=left)


def _drilled(standing: Standing, event: Event) -> Standing:
    return replace(standing, drill=event) if event.evidence.get("ok") else standing


def _verified(standing: Standing, event: Event) -> Standing:
    return replace(standing, verified=event)


def _loaded(standing: Standing, event: Event) -> Standing:
    start, end = (datetime.fromisoformat(str(event.evidence[key])) for key in ("start", "end"))
    return replace(standing, loads=(*standing.loads, (start, end)))


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
    Kind.FROZEN: _frozen,
    Kind.THAWED: _thawed,
    Kind.DRILLED: _drilled,
    Kind.VERIFIED: _verified,
    Kind.LOADED: _loaded,
    Kind.SWITCHED: _switched,
    Kind.RUNG: _rung,
}
