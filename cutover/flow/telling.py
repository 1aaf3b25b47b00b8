"""What is news for people who are not at the keyboard, and how it reads; pure."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cutover.core.models import Verdict, Weights
from cutover.core.plan import ENDING
from cutover.core.record import Event, Kind
from cutover.core.state import State, unfinished_rollback
from cutover.core.words import printable
from cutover.exits import Exit
from cutover.ports import Notice
from cutover.settings import Settings

# What a STOPPED line can end with that is no news; the last one is a person's own Ctrl-C.
QUIET_STOPS = frozenset({Exit.DONE, Exit.ROLLED_BACK, Exit.INTERRUPTED})
Headline = tuple[str, bool]  # and whether somebody should look now


def news(event: Event, before: State, after: State, settings: Settings) -> Notice | None:
    """The notice of one ledger line, given the states around it; None where nobody needs to hear of it."""
    tells = _TELLS.get(event.kind)
    told = tells(event, before, after) if tells else None
    if told is None:
        return None
    headline, urgent = told
    title = printable(f"{settings.name}: {headline}")
    return Notice(title, _text(event, after), urgent, _facts(event, after, settings))


def is_of_drill(event: Event, before: State) -> bool:
    """Whether a rollback is the end of the drill under way; one for another reason is meant."""
    drill = before.standing.drilling
    return drill is not None and event.reason == drill.reason


def _text(event: Event, state: State) -> str:
    lines = [
        printable(event.reason) if event.reason and event.kind is not Kind.INTENT else "",
        f"asked weights: {state.weights}" if state.weights else "",
        f"{event.command} by {event.actor} on {event.host}, {_moment(event.time)}",
        "go back: cutover rollback",
        f"go back without this tool: {state.undo}" if state.undo else "",
    ]
    return "\n".join(line for line in lines if line)


def _facts(event: Event, state: State, settings: Settings) -> Mapping[str, str]:
    return {
        "name": settings.name,
        "stage": settings.stage,
        "event": event.kind.value,
        "seq": str(event.seq),
        "time": event.time.isoformat(timespec="milliseconds"),
        "actor": event.actor,
        "weights": str(state.weights) if state.weights else "",
        "reason": printable(event.reason),
        "change_id": event.change_id,
    }


def _moment(time: datetime) -> str:
    return f"{time:%d %b %H:%M} UTC"


def _change(state: State) -> str:
    return f"Lambda {_share(state.previous)}% → {_share(state.weights)}%"


def _share(weights: Weights | None) -> str:
    return str(weights.serverless) if weights else "?"


def _raises(state: State) -> bool:
    return bool(state.previous and state.weights and state.weights.serverless > state.previous.serverless)


def _begun(event: Event, before: State, _: State) -> Headline | None:
    """A rollback is told when it is sent, not when it is confirmed: that may take minutes."""
    if not event.evidence.get("rollback") or unfinished_rollback(before):
        return None
    if is_of_drill(event, before):
        return f"{event.reason}: going back to ECS 100", False
    return f"ROLLING BACK to ECS 100: {event.reason}", True


def _applied(_: Event, before: State, after: State) -> Headline | None:
    return (f"{_change(after)}, sent", False) if before.intent and _raises(after) else None


def _insync(_: Event, before: State, after: State) -> Headline | None:
    if after.phase is before.phase or after.rolled_back:
        return None
    return f"{_change(after)}, INSYNC", False


def _settled(_: Event, __: State, after: State) -> Headline | None:
    return (f"{_change(after)}, settled: the bake clock runs", False) if _raises(after) else None


def _baked(_: Event, __: State, after: State) -> Headline:
    return f"Lambda {_share(after.weights)}% has baked", False


def _finished(_: Event, __: State, after: State) -> Headline:
    return f"FINISHED at Lambda {_share(after.weights)}%", False


def _rolled_back(event: Event, before: State, _: State) -> Headline:
    if is_of_drill(event, before):
        return f"{event.reason}: back at ECS 100", False
    return f"ROLLED BACK to ECS 100: {event.reason}", True


def _judged(event: Event, before: State, _: State) -> Headline | None:
    """The edges between pass, hold and fail, and what a run waits for; a step that begins by passing is no news."""
    if event.evidence.get("blocked"):
        return f"BLOCKED: {event.reason}", True
    if rule := event.evidence.get("waiting"):
        return event.reason, rule not in ENDING
    if event.evidence.get("paged"):
        return f"BLIND: {event.reason}", True
    was, verdict = before.verdict.partition(":")[0], str(event.evidence.get("judged", "")).partition(":")[0]
    if verdict == was or (not was and verdict == Verdict.PASS):
        return None
    return f"gates {event.reason}", verdict == Verdict.FAIL


def _adopted(event: Event, before: State, after: State) -> Headline | None:
    """Records that are seen for the first time are no news."""
    if not before.records:
        return None
    return f"a drift is taken as right, Lambda {_share(after.weights)}%: {event.reason}", False


def _drift(event: Event, _: State, __: State) -> Headline:
    return f"DRIFT: {event.reason}", True


def _stopped(event: Event, before: State, _: State) -> Headline | None:
    exit_ = event.evidence.get("exit", 0)
    is_told = exit_ == Exit.DRIFT and before.drift  # by a line of its own
    if is_told or exit_ in QUIET_STOPS:
        return None
    return f"{event.command} stopped (exit {exit_}): {event.reason}", True


def _paused(event: Event, _: State, __: State) -> Headline:
    return f"paused: {event.reason}", False


def _resumed(event: Event, _: State, __: State) -> Headline:
    return f"resumed: {event.reason}", False


def _promoted(event: Event, _: State, after: State) -> Headline:
    return f"promoted at Lambda {_share(after.weights)}%: {event.reason}", False


def _switched(event: Event, _: State, __: State) -> Headline:
    if event.evidence.get("drill"):
        return f"{event.reason}: the kill switch is {'put back' if event.evidence.get('serving') else 'thrown'}", False
    if event.evidence.get("serving"):
        return "the kill switch is put back: Lambda answers by its weight again", False
    return f"KILL SWITCH thrown, Lambda gets no traffic whatever its weight: {event.reason}", True


def _drilled(event: Event, _: State, __: State) -> Headline:
    if event.evidence.get("ok"):
        return f"{event.reason}: it went well", False
    return f"DRILL FAILED: {event.reason}", True


def _frozen(event: Event, _: State, __: State) -> Headline:
    start, end = (datetime.fromisoformat(str(event.evidence[key])) for key in ("start", "end"))
    return f"frozen from {_moment(start)} to {_moment(end)}: {event.reason}", False


def _thawed(event: Event, _: State, __: State) -> Headline:
    return f"the freeze {event.evidence.get('id')} is taken back: {event.reason}", False


def _unlocked(event: Event, _: State, __: State) -> Headline:
    return f"LEASE BROKEN, of {event.evidence.get('holder', 'somebody')}: {event.reason}", True


def _verified(event: Event, _: State, __: State) -> Headline | None:
    return None if event.evidence.get("ok") else (f"verification FAILED: {event.reason}", True)


def _rung(event: Event, _: State, __: State) -> Headline:
    return f"decommission, {event.reason}", False


def _loaded(event: Event, _: State, __: State) -> Headline:
    return f"load test, {event.reason}", False


def _reindexed(event: Event, _: State, __: State) -> Headline:
    said = event.evidence
    before = said.get("before") or "nothing"
    return f"the search alias {said.get('alias')} points to {said.get('after')}, before to {before}", False


_TELLS: Mapping[Kind, Callable[[Event, State, State], Headline | None]] = {
    Kind.INTENT: _begun,
    Kind.APPLIED: _applied,
    Kind.INSYNC: _insync,
    Kind.SETTLED: _settled,
    Kind.BAKED: _baked,
    Kind.FINISHED: _finished,
    Kind.ROLLED_BACK: _rolled_back,
    Kind.JUDGED: _judged,
    Kind.DRIFT: _drift,
    Kind.STOPPED: _stopped,
    Kind.PAUSED: _paused,
    Kind.RESUMED: _resumed,
    Kind.PROMOTED: _promoted,
    Kind.SWITCHED: _switched,
    Kind.DRILLED: _drilled,
    Kind.ADOPTED: _adopted,
    Kind.FROZEN: _frozen,
    Kind.THAWED: _thawed,
    Kind.UNLOCKED: _unlocked,
    Kind.VERIFIED: _verified,
    Kind.RUNG: _rung,
    Kind.LOADED: _loaded,
    Kind.REINDEXED: _reindexed,
}
