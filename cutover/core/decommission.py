"""The decommission ladder: its rungs with their undo, and what stands in the way of each, with number and limit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cutover.core.durations import format_duration
from cutover.core.estate import Scale
from cutover.core.models import Judgement, Verdict, Weights, Why
from cutover.core.parts import Part, PartKind
from cutover.core.people import are_two, is_known
from cutover.core.record import Event, Kind
from cutover.core.rules import sticky
from cutover.core.state import State
from cutover.core.words import plural, roughly
from cutover.core.zone import Drift

APPROVAL_LASTS = timedelta(hours=24)
APPROVAL = "approve"


class Rung(StrEnum):
    """The rungs in their order; the archive only adds copies, so that it may be taken at any time."""

    HOLD = "hold"
    DRAIN = "drain"
    ARCHIVE = "archive"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Step:
    """What a rung does, what takes it back, and how long that lasts."""

    what: str
    undo: str
    time_to_undo: str


LADDER: Mapping[Rung, Step] = {
    Rung.HOLD: Step("ECS down to its warm floor, kept there", "cutover decommission hold --undo", "1 to 3 min"),
    Rung.DRAIN: Step("everything exported, then ECS to 0 tasks", "cutover decommission drain --undo", "2 to 5 min"),
    Rung.ARCHIVE: Step("ECR images to S3 by digest, checked", "none needed: it only adds copies", "-"),
    Rung.DELETE: Step("DNS, service, balancer, task definition, images", "see each resource", "none for some"),
}


class Way(StrEnum):
    """What kind of thing stands in the way."""

    REFUSED = "refused"
    DRIFT = "drift"
    GATES_FAIL = "gates-fail"
    GATES_HOLD = "gates-hold"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of a rung, with its number, its limit and the way on."""

    name: str
    text: str
    number: str
    limit: str
    way_on: str
    way: Way = Way.REFUSED


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a rung is checked against.

    `live` are the weights as read, or why they are none; `scale` None: the service is gone. `uncovered` are the
    contents of each repository that the archive does not have; `standing` the parts that are still there.
    """

    now: datetime
    state: State
    finished_at: datetime | None
    live: Weights | Drift
    judgement: Judgement
    scale: Scale | None
    floor: int
    hold: timedelta
    actor: str = ""
    two_people: bool = False
    session_names_prove: bool = False
    approvals: Sequence[Event] = ()
    shared_with: Sequence[str] = ()
    uncovered: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def on_lambda_alone(self) -> bool:
        """Whether the name is, or is about to be, a plain record that points at Lambda."""
        return PartKind.DNS.rung in self.state.standing.rungs


def taken(state: State, rung: str) -> Event | None:
    """The line that says that the rung was taken, if it was taken to its end."""
    event = state.standing.rungs.get(rung)
    return None if event is None or event.evidence.get("begun") else event


def begun(state: State, rung: str) -> Event | None:
    """The line of a rung that was begun and not finished."""
    event = state.standing.rungs.get(rung)
    return event if event is not None and event.evidence.get("begun") else None


def tasks_before(state: State) -> int:
    """How many tasks ECS wanted before the rungs that stand lowered it; 0 where none stands."""
    lowered = [state.standing.rungs.get(rung) for rung in (Rung.HOLD, Rung.DRAIN)]
    return max((int(event.evidence.get("saved", {}).get("desired", 0)) for event in lowered if event), default=0)


def finished_at(events: Sequence[Event]) -> datetime | None:
    """When Lambda's last bake was complete, the newest time."""
    return next((event.time for event in reversed(events) if event.kind is Kind.FINISHED), None)


def approvals(events: Sequence[Event]) -> tuple[Event, ...]:
    """The lines by which people let the deletion be done."""
    return tuple(e for e in events if e.kind is Kind.RUNG and e.evidence.get("rung") == APPROVAL)


def hold_left(facts: Facts) -> timedelta | None:
    """How long the hold still lasts; None where it is not taken, negative when it is over.

    It counts from when it was taken, and anew from when Lambda's bake was complete if that was later, as after a
    rollback in between.
    """
    event = taken(facts.state, Rung.HOLD)
    if event is None:
        return None
    since = max(event.time, facts.finished_at or event.time)
    return since + facts.hold - facts.now


def against_hold(facts: Facts, tasks: int) -> list[Obstacle]:
    """What stands against lowering ECS to so many tasks."""
    against = _against_all(facts)
    if tasks < facts.floor:
        against.append(
            Obstacle(
                "warm-floor",
                f"{plural(tasks, 'task')} is below the warm floor of {facts.floor}: a rollback would find too little",
                str(tasks),
                str(facts.floor),
                f"cutover decommission hold --tasks {facts.floor}",
            )
        )
    return [*against, *_without_service(facts)]


def against_drain(facts: Facts) -> list[Obstacle]:
    """What stands against the last task's end."""
    return [*_against_all(facts), *_without_service(facts), *_not_held(facts)]


def against_delete(facts: Facts, part: Part) -> list[Obstacle]:
    """What stands against deleting that part."""
    checks: tuple[Callable[[], Sequence[Obstacle]], ...] = (
        lambda: _against_all(facts),
        lambda: _not_drained(facts),
        lambda: _shared(facts, part),
        lambda: _not_archived(facts, part),
        lambda: _not_approved(facts, part),
    )
    return [obstacle for check in checks for obstacle in check()]


def _against_all(facts: Facts) -> list[Obstacle]:
    return [obstacle for check in _COMMON if (obstacle := check(facts))] + _gates(facts.judgement)


def _rolled_back(facts: Facts) -> Obstacle | None:
    against = sticky(facts.state)
    return Obstacle(against.rule.value, against.text, against.number, "none", against.way_on) if against else None


def _drift(facts: Facts) -> Obstacle | None:
    if not isinstance(facts.live, Drift):
        return None
    return Obstacle(
        "drift", facts.live.text, facts.live.kind.value, "the records of the ledger", facts.live.way_on, Way.DRIFT
    )


def _not_all(facts: Facts) -> Obstacle | None:
    if isinstance(facts.live, Drift) or facts.live.serverless == 100:
        return None
    percent = facts.live.serverless
    return Obstacle("weight", f"Lambda has {percent}% of the traffic, not 100%", f"{percent}%", "100%", "cutover run")


def _not_finished(facts: Facts) -> Obstacle | None:
    if facts.state.finished or facts.on_lambda_alone:
        return None
    return Obstacle(
        "finished",
        "the last bake, at Lambda 100%, is not complete",
        facts.state.label,
        "FINISHED",
        "cutover run finishes it; cutover status shows how long that takes",
    )


def _paused(facts: Facts) -> Obstacle | None:
    event = facts.state.standing.paused
    if event is None:
        return None
    text = f"paused {event.time:%d %b %H:%M} UTC by {event.actor}: {event.reason}"
    return Obstacle("paused", text, "paused", "no pause", 'cutover resume --reason "why it may go on"')


def _switched(facts: Facts) -> Obstacle | None:
    event = facts.state.standing.switched
    if event is None:
        return None
    text = f"the kill switch was thrown {event.time:%d %b %H:%M} UTC by {event.actor}: ECS serves the traffic"
    return Obstacle("kill-switch", text, "thrown", "serving", 'cutover resume --reason "what was mended"')


_COMMON: tuple[Callable[[Facts], Obstacle | None], ...] = (
    _drift,
    _rolled_back,
    _switched,
    _not_all,
    _not_finished,
    _paused,
)


def _gates(judgement: Judgement) -> list[Obstacle]:
    if judgement.verdict is Verdict.PASS:
        return []
    why = "; ".join(judgement.reasons)
    if judgement.verdict is Verdict.FAIL:
        return [Obstacle("gates", f"the gates FAIL: {why}", "fail", "pass", "cutover rollback", Way.GATES_FAIL)]
    way = Way.BLIND if judgement.held_for(Why.BLIND) else Way.GATES_HOLD
    return [Obstacle("gates", f"the gates HOLD: {why}", "hold", "pass", "cutover check, until it passes", way)]


def _without_service(facts: Facts) -> list[Obstacle]:
    if facts.scale is not None:
        return []
    text = "the ECS service is gone: there is nothing to scale"
    return [Obstacle("service", text, "gone", "active", "cutover decommission plan shows what is left")]


def _not_held(facts: Facts) -> list[Obstacle]:
    left, needed = hold_left(facts), format_duration(facts.hold)
    if left is None:
        text = f"the hold of {needed} at the warm floor has not been taken"
        return [Obstacle("hold", text, "not taken", needed, "cutover decommission hold")]
    if left <= timedelta(0):
        return []
    text = f"the hold has {roughly(left)} left of {needed}: until then a rollback needs ECS"
    ends = f"wait until {facts.now + left:%a %d %b %H:%M} UTC"
    return [Obstacle("hold", text, roughly(facts.hold - left), needed, ends)]


def _not_drained(facts: Facts) -> list[Obstacle]:
    if taken(facts.state, Rung.DRAIN) is None:
        text = "ECS is not drained: nothing is exported yet"
        return [Obstacle("drain", text, "not taken", "taken", "cutover decommission drain")]
    scale = facts.scale
    if scale is None or scale.desired == scale.running == 0:
        return []
    text = f"ECS has tasks again ({scale}): somebody needs it"
    return [Obstacle("drain", text, str(max(scale.desired, scale.running)), "0", "cutover decommission drain")]


def _shared(facts: Facts, part: Part) -> list[Obstacle]:
    if part.kind is not PartKind.LOAD_BALANCER or not facts.shared_with:
        return []
    text = f"the load balancer serves others too: {', '.join(facts.shared_with)}"
    way_on = "move them to another load balancer, or keep this one; then: cutover decommission plan"
    return [Obstacle("shared", text, str(len(facts.shared_with)), "0", way_on)]


def _not_archived(facts: Facts, part: Part) -> list[Obstacle]:
    missing = facts.uncovered.get(part.name, ()) if part.kind is PartKind.REPOSITORY else ()
    if not missing:
        return []
    text = f"the archive does not cover {plural(len(missing), 'image or tag')} of {part.name}, such as {missing[0]}"
    return [Obstacle("archive", text, str(len(missing)), "0", "cutover decommission archive")]


def _not_approved(facts: Facts, part: Part) -> list[Obstacle]:
    if not facts.two_people or not part.is_final:
        return []
    if not is_known(facts.actor):
        text = f"{part.name} can't be brought back, and STS does not say who {facts.actor} is"
        way_on = "sign in: aws sso login, or name a profile with --profile"
        return [Obstacle("approval", text, "an unknown identity", "one that STS confirms", way_on)]
    fresh = [e.actor for e in facts.approvals if _covers(e, facts, part)]
    if any(are_two(actor, facts.actor, session_names_prove=facts.session_names_prove) for actor in fresh):
        return []
    text = f"{part.name} can't be brought back, so another person than {facts.actor} must approve its deletion"
    if weak := [actor for actor in fresh if is_known(actor) and actor != facts.actor]:
        text += f"; {weak[-1]} may be the same person: it is the same role, in which everybody names their own session"
        way_on = (
            'somebody with another role or user: cutover decommission approve --reason "why it may go"; or, where the'
            " sign-in gives sessions their names, archive.session_names_prove = true in the settings"
        )
        return [Obstacle("approval", text, "one by the same role", "one by another identity", way_on)]
    number = "your own approval only" if facts.actor in fresh else "no approval of the last 24h"
    way_on = 'somebody else: cutover decommission approve --reason "why it may go"'
    return [Obstacle("approval", text, number, "one by another identity", way_on)]


def _covers(approval: Event, facts: Facts, part: Part) -> bool:
    """Whether it is of the last day, and of that part."""
    return facts.now - approval.time <= APPROVAL_LASTS and part.name in approval.evidence.get("parts", ())
