"""Pausing: nothing is raised until somebody resumes; needs no lease, and a run at work heeds it at its next look."""

from typing import Any

from cutover.core.record import Event, Kind
from cutover.core.state import Phase, State, unfinished_rollback
from cutover.exits import Exit
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome
from cutover.flow.verbs.saying import say

_NEXT = 'cutover resume --reason "why it may go on"; cutover rollback goes back'


def pause(journal: Journal, reason: str) -> Outcome:
    """Write the pause, in whatever state; a second one changes nothing. Raises LedgerMoved, LedgerUnavailable."""

    def facts(state: State) -> dict[str, Any] | None:
        return None if state.standing.paused else {"reason": reason}

    said, state = say(journal, Kind.PAUSED, facts), journal.state
    if said is None and state.standing.paused:
        return already(state.standing.paused)
    where = f" at {state.weights}" if state.weights else ""
    return Outcome(Exit.DONE, f"paused{where}: nothing is raised until a resume{_beside(state)}", _NEXT)


def already(event: Event) -> Outcome:
    """The outcome where a pause stands already."""
    return Outcome(Exit.DONE, f"paused already, {event.time:%d %b %H:%M} UTC by {event.actor}: {event.reason}", _NEXT)


def goes_on(state: State) -> tuple[str, ...]:
    """What a pause does not stop, in words."""
    told = []
    if state.intent and not unfinished_rollback(state):
        told.append(f"the change to Lambda {_asked(state.intent)}, which is being sent or was cut off")
    elif state.phase in {Phase.PROPAGATING, Phase.SETTLING}:
        told.append(f"the change to {state.weights}, which Route 53 has taken")
    if unfinished_rollback(state):
        told.append("the rollback that is not confirmed yet")
    if state.weights and state.weights.serverless:
        told.append("the gates: they are judged all the same, and FAIL goes back to ECS")
    return tuple(told)


def _beside(state: State) -> str:
    if state.rolled_back:
        return "; it was rolled back before, which a resume lifts too"
    if state.finished:
        return "; the ladder is finished, so nothing was to be raised"
    return ""


def _asked(intent: Event) -> str:
    return f"{intent.after[1]}%" if intent.after else "?"
