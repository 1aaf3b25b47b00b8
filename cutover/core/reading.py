"""Reading a ledger whose lines are chained and may still say what can't be: the state, or which line is not sound."""

from collections.abc import Sequence
from functools import reduce

from cutover.core.decommission import tasks_before
from cutover.core.models import Weights
from cutover.core.parts import PartKind
from cutover.core.record import Broken, Event
from cutover.core.state import NOTHING, State, advance, fold
from cutover.core.zone import record_of

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, IndexError, RecursionError)


def read(events: Sequence[Event], state: State = NOTHING, last: Event | None = None) -> State:
    """The state after all events. Raises Broken, which names the first line that can't be taken for what it says.

    `state` is what a reader knew after `last`: where that is one of these events, only what follows is folded. Each
    hash tells all that was before it, so that equal hashes mean equal beginnings.
    """
    known = events[: last.seq][-1:] if last and state.seq == last.seq else ()
    try:
        if last and [event.hash for event in known] == [last.hash]:
            return _sound(fold(events[last.seq :], state))
        return _sound(fold(events))
    except _UNREADABLE:
        return reduce(read_on, events, NOTHING)  # once more, slowly, to say which


def read_on(state: State, event: Event) -> State:
    """The state after one more event. Raises Broken."""
    try:
        return _sound(advance(state, event))
    except _UNREADABLE as error:
        why = f"{type(error).__name__}: {error}"[:120]
        raise Broken(f"line {event.seq} ({event.kind.value}) makes no sense ({why})") from error


def _sound(state: State) -> State:
    """The state, if the records in it are records and its weights are weights. Raises what _UNREADABLE names."""
    told = [event for event in (state.intent, state.standing.rungs.get(PartKind.DNS.rung)) if event]
    for body in (*state.records, *(body for event in told for body in event.evidence.get("records", ()))):
        record_of(body)
    tasks_before(state)
    pairs = (state.intent.before, state.intent.after) if state.intent else ()
    for pair in filter(None, pairs):
        Weights(*pair)
    return state
