"""Taking up again after a rollback or a drift: a person says what was mended, and the live records count as known."""

from dataclasses import dataclass

from cutover.core.models import Weights
from cutover.core.plan import Rule
from cutover.core.record import Event, Kind
from cutover.core.state import unfinished_rollback
from cutover.core.zone import Drift, changed_by_others, read_weights, traffic
from cutover.exits import Exit
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop, drifted
from cutover.flow.sending import reconcile


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a resume would lift: the sticky rollback, a drift, a change that was cut off."""

    live: Weights
    lifts: tuple[str, ...]


def resumption(journal: Journal) -> Resumption:
    """What there is to resume; changes nothing.

    Stops with REFUSED while a rollback is not confirmed, with DRIFT where the records can't be read as weights.
    """
    state, snapshot = journal.refresh(), journal.world.weights.read()
    if begun := unfinished_rollback(state):
        raise Stop(_unconfirmed(begun))
    live = read_weights(snapshot, journal.world.settings.sides)
    if isinstance(live, Drift):
        raise Stop(drifted(live))
    lifts = []
    if state.rolled_back:
        lifts.append(f"the rollback of {state.rolled_back.time:%d %b %H:%M} UTC ({state.rolled_back.reason})")
    if state.intent:
        share = state.intent.after[1] if state.intent.after else "?"
        lifts.append(f"the change to Lambda {share}%, which was cut off")
    elif state.records and (drift := changed_by_others(traffic(snapshot), state.records)):
        lifts.append(drift.text)
    return Resumption(live, tuple(lifts))


def resume(journal: Journal, reason: str) -> Outcome:
    """Lift it, under the lease."""
    world = journal.world
    with journal.leased():
        if not resumption(journal).lifts:
            return nothing()
        reconcile(journal, world.weights.read(), accepted=reason)
        if journal.state.rolled_back:
            journal.write(Kind.RESUMED, reason=reason)
    return Outcome(Exit.DONE, f"resumed at {journal.state.weights}", "cutover run goes up the ladder from here")


def nothing() -> Outcome:
    """The outcome when nothing stands in the way."""
    return Outcome(Exit.DONE, "nothing to resume: no rollback and no drift stand in the way", "cutover run")


def _unconfirmed(begun: Event) -> Outcome:
    return Outcome(
        Exit.REFUSED,
        f"the rollback of {begun.time:%d %b %H:%M} UTC by {begun.actor} is not confirmed yet: Lambda may have traffic",
        "cutover rollback",
        Rule.ROLLED_BACK.value,
    )
