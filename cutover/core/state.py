"""Where the migration stands: the fold of the ledger's events, and what to do about a change that was cut off."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cutover.core.models import Verdict, Weights
from cutover.core.record import Event, Kind
from cutover.core.standing import NOTHING_SAID, Standing, stand


class Phase(StrEnum):
    """How far the newest change of weights has come."""

    NEW = "new"  # nothing is known yet
    SENDING = "sending"  # an intent is written; whether Route 53 took it is open
    PROPAGATING = "propagating"  # Route 53 took it; not every name server has it
    SETTLING = "settling"  # every name server has it; caches still answer the old
    STEADY = "steady"  # settled: the bake clock runs


@dataclass(frozen=True, slots=True)
class State:
    """What the ledger says. `records` are the bodies of the live records as last known; empty: never known."""

    phase: Phase = Phase.NEW
    weights: Weights | None = None
    previous: Weights | None = None  # before the newest change
    records: tuple[str, ...] = ()
    since: datetime | None = None  # settled at
    sent_at: datetime | None = None  # the newest change's first acceptance
    applied_at: datetime | None = None  # its newest sending
    insync_at: datetime | None = None
    sends: int = 0
    change_id: str = ""
    intent: Event | None = None  # only while SENDING
    phase_before_intent: Phase = Phase.NEW
    rolled_back: Event | None = None  # sticky until RESUMED
    finished: bool = False
    overtaken: bool = False  # a change that was on its way arrived after the rollback
    verdict: str = ""  # the newest verdict with its reasons, as `judged` spelled it
    judged_minutes: int = 0  # of counted bake, when that verdict was written
    stuck_since: datetime | None = None
    paged: bool = False  # people were told that telemetry has been missing for long
    waiting: str = ""  # the rule that a run's next step waits for, until a step is sent or the gates say otherwise
    waiting_since: datetime | None = None
    baked: bool = False
    drift: str = ""  # the newest drift, until others' records are taken as known
    stopped: str = ""  # why it stopped, until anything else happens
    undo: str = ""  # the plain command that goes back without this tool
    home_tasks: int = 0  # that ECS wanted when it had all traffic; 0: not known
    standing: Standing = NOTHING_SAID
    seq: int = 0
    last_at: datetime | None = None

    @property
    def label(self) -> str:
        """The state in the words of the screens."""
        if self.rolled_back:
            return "ROLLED BACK" if self.phase is Phase.STEADY else "ROLLING BACK"
        if self.standing.switched:
            return "KILL SWITCH THROWN"
        if self.finished:
            return "FINISHED"
        if self.standing.paused and self.phase is Phase.STEADY:
            return f"PAUSED {self.weights.serverless}%" if self.weights else "PAUSED"
        if self.phase is Phase.STEADY and self.weights:
            return f"BAKING {self.weights.serverless}%" if self.weights.serverless else "ALL ON ECS"
        return self.phase.value.upper()


NOTHING = State()


class Recovery(StrEnum):
    """What to do about an intent that has no answer in the ledger."""

    ADOPT = "adopt"  # it was carried out
    SEND_AGAIN = "send-again"  # it was not, and it goes towards ECS
    ABANDON = "abandon"  # it was not, and the gates must be asked again first
    DRIFT = "drift"  # the records are neither the old nor the new ones


def fold(events: Iterable[Event], state: State = NOTHING) -> State:
    """The state after all events, which follow those that `state` was folded from."""
    return _after(state, events)


def advance(state: State, event: Event) -> State:
    """The state after one more event."""
    return _after(state, (event,))


def _after(state: State, events: Iterable[Event]) -> State:
    """What no step looks at is put into the state once, at the end: a long ledger is folded in half the time."""
    standing, stopped, last = state.standing, state.stopped, None
    for last in events:
        if step := _STEPS.get(last.kind):
            state = step(state, last)
        standing = stand(standing, last)
        if last.kind is not Kind.DRIFT:
            stopped = last.reason if last.kind is Kind.STOPPED else ""
    if last is None:
        return state
    return replace(state, standing=standing, seq=last.seq, last_at=last.time, stopped=stopped)


def recover(intent: Event, live: Weights, live_bodies: Iterable[str]) -> Recovery:
    """Match a dangling intent against the live records. A raise that was not made is never sent again unasked."""
    bodies, wanted = sorted(live_bodies), sorted(intent.evidence.get("records", ()))
    if (live.ecs, live.serverless) == intent.after and bodies == wanted:
        return Recovery.ADOPT
    if (live.ecs, live.serverless) != intent.before:
        return Recovery.DRIFT
    # Of a restoring of records only the weights could be sent again; abandoned, the drift is there to be seen anew.
    return Recovery.SEND_AGAIN if goes_home(intent) and not intent.evidence.get("restores") else Recovery.ABANDON


def goes_home(intent: Event) -> bool:
    """Whether the intent gives Lambda less, or nothing more, than before."""
    return intent.before is None or intent.after is None or intent.after[1] <= intent.before[1]


def unfinished_rollback(state: State) -> Event | None:
    """The rollback that nobody has confirmed yet, or that a change already on its way has undone."""
    begun = state.rolled_back
    return begun if begun and (begun.kind is Kind.INTENT or state.overtaken) else None


def awaits(state: State, change_id: str) -> bool:
    """Whether INSYNC of that change is still news."""
    return state.phase is Phase.PROPAGATING and state.change_id == change_id


def judged(verdict: Verdict, reasons: Iterable[str]) -> str:
    """One word for a verdict and why it holds: a new word is a new ledger line."""
    return ":".join([verdict.value, *sorted(set(reasons))])


def _drifted(state: State, event: Event) -> State:
    return replace(state, drift=event.reason)


def _adopted(state: State, event: Event) -> State:
    return _settled(
        replace(
            state,
            sent_at=None,
            drift="",
            weights=_weights(event.after),
            records=_records(event),
            sends=0,
            change_id="",
            finished=False,
            baked=False,
        ),
        event,
    )


def _intent(state: State, event: Event) -> State:
    before = state.phase_before_intent if state.phase is Phase.SENDING else state.phase
    undo = str(event.evidence.get("undo", "")) or state.undo
    sticky = event if event.evidence.get("rollback") else state.rolled_back
    tasks = int(event.evidence.get("home_tasks", state.home_tasks))
    sending = _unwaited(replace(state, phase=Phase.SENDING, intent=event, phase_before_intent=before))
    return replace(sending, rolled_back=sticky, undo=undo, home_tasks=tasks)


def _abandoned(state: State, event: Event) -> State:
    if state.intent is None or not _answers(event, state.intent):
        return state
    return replace(state, phase=state.phase_before_intent, intent=None)


def _applied(state: State, event: Event) -> State:
    asked = state.intent
    if asked is None or not _answers(event, asked):
        return _arrived(state, event)
    was = _weights(asked.before) or state.weights
    sent = replace(state, weights=_weights(asked.after), previous=was, records=_records(asked), intent=None, drift="")
    return _propagating(sent, event, again=False)


def _arrived(state: State, event: Event) -> State:
    """A change that no open intent asked for: sent again, or written down only after others went on."""
    weights = _weights(event.after) or state.weights
    again = state.phase is Phase.PROPAGATING and weights == state.weights
    late = not again and state.rolled_back is not None and event.after != (100, 0)
    records = _records(event) or state.records
    known = replace(state, weights=weights, records=records, overtaken=state.overtaken or late)
    return known if state.intent else _propagating(known, event, again=again)


def _propagating(state: State, event: Event, *, again: bool) -> State:
    return replace(
        state,
        phase=Phase.PROPAGATING,
        since=None,
        sent_at=state.sent_at if again else event.time,
        applied_at=event.time,
        insync_at=None,
        sends=state.sends + 1 if again else 1,
        change_id=event.change_id,
        finished=False,
        verdict="",
        judged_minutes=0,
        stuck_since=None,
        baked=False,
    )


def _answers(event: Event, intent: Event) -> bool:
    """Whether the event tells what became of that intent, and not of one that was written before it."""
    return event.after is None or (event.after == intent.after and _records(event) == _records(intent))


def _insync(state: State, event: Event) -> State:
    if not awaits(state, event.change_id):
        return state
    return replace(state, phase=Phase.SETTLING, insync_at=event.time)


def _settled(state: State, event: Event) -> State:
    return replace(
        state, phase=Phase.STEADY, since=event.time, intent=None, verdict="", judged_minutes=0, stuck_since=None
    )


def _rolled_back(state: State, event: Event) -> State:
    known = replace(
        state,
        weights=_weights(event.after) or state.weights,
        records=_records(event) or state.records,
        rolled_back=event,
        overtaken=False,
        finished=False,
    )
    return _settled(known, event)


def _resumed(state: State, _: Event) -> State:
    return replace(state, rolled_back=None, overtaken=False, stuck_since=None)


def _judged(state: State, event: Event) -> State:
    """A new verdict. Lines that tell of a rule that a run waits for, or of what blocks it, are no verdict."""
    said = event.evidence
    if said.get("blocked"):
        return state
    if rule := str(said.get("waiting", "")):
        since = state.waiting_since if rule == state.waiting else event.time
        return replace(state, waiting=rule, waiting_since=since)
    return _unwaited(_verdict(state, event)) if said.get("judged", "") != state.verdict else _verdict(state, event)


def _unwaited(state: State) -> State:
    return replace(state, waiting="", waiting_since=None)


def _verdict(state: State, event: Event) -> State:
    since = (state.stuck_since or event.time) if event.evidence.get("stuck") else None
    minutes = int(event.evidence.get("bake", {}).get("counted_minutes", 0))
    verdict = str(event.evidence.get("judged", ""))
    paged = bool(event.evidence.get("paged")) or (state.paged and verdict == state.verdict)
    return replace(state, verdict=verdict, judged_minutes=minutes, stuck_since=since, paged=paged)


def _baked(state: State, _: Event) -> State:
    return replace(state, baked=True)


def _finished(state: State, _: Event) -> State:
    return replace(state, finished=True)


def _stopped(state: State, event: Event) -> State:
    """Whoever starts again after a stop has new patience: with a hold, a rule, a change that is not in sync."""
    anew = replace(state, stuck_since=None, sent_at=state.sent_at and event.time, sends=min(state.sends, 1))
    return _unwaited(anew)


def _weights(pair: tuple[int, int] | None) -> Weights | None:
    return Weights(*pair) if pair else None


def _records(event: Event) -> tuple[str, ...]:
    return tuple(event.evidence.get("records", ()))


_STEPS: Mapping[Kind, Callable[[State, Event], State]] = {
    Kind.INTENT: _intent,
    Kind.APPLIED: _applied,
    Kind.INSYNC: _insync,
    Kind.SETTLED: _settled,
    Kind.ABANDONED: _abandoned,
    Kind.ADOPTED: _adopted,
    Kind.JUDGED: _judged,
    Kind.BAKED: _baked,
    Kind.ROLLED_BACK: _rolled_back,
    Kind.RESUMED: _resumed,
    Kind.DRIFT: _drifted,
    Kind.FINISHED: _finished,
    Kind.STOPPED: _stopped,
}
