"""Taking up again: a person says what was mended, and a rollback, a drift, a pause, the kill switch stand no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cutover.core.models import Snapshot, Weights
from cutover.core.plan import Rule
from cutover.core.record import Event, Kind
from cutover.core.retired import weights_of
from cutover.core.state import State, unfinished_rollback
from cutover.core.zone import Drift, changed_by_others, traffic
from cutover.exits import Exit
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop, drifted
from cutover.flow.sending import reconcile
from cutover.flow.verbs.saying import say
from cutover.ports import NotAllowed, SwitchUnavailable


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a resume would lift, in words. A pause alone needs no lease: a run at work goes on when it is lifted."""

    live: Weights
    lifts: tuple[str, ...]
    is_pause_alone: bool = False
    puts_back: bool = False  # the kill switch is thrown


def resumption(journal: Journal) -> Resumption:
    """What there is to resume; changes nothing.

    Stops with REFUSED while a rollback is not confirmed, or where the kill switch would let Lambda in at once; with
    DRIFT where the records can't be read as weights.
    """
    state, snapshot = journal.refresh(), journal.world.weights.read()
    if begun := unfinished_rollback(state):
        raise Stop(_unconfirmed(begun))
    live = weights_of(state, snapshot, journal.world.settings.sides)
    if isinstance(live, Drift):
        raise Stop(drifted(live))
    thrown = _is_thrown(journal)
    if thrown:
        _must_let_nobody_in(live)
    others = (*_cut_off(state), *_changed(state, snapshot), *(["the kill switch: Lambda may answer"] if thrown else []))
    pause = [f"the pause of {_told(state.standing.paused)}"] if state.standing.paused else []
    return Resumption(live, (*others, *pause), is_pause_alone=bool(pause) and not others, puts_back=thrown)


def resume(journal: Journal, reason: str) -> Outcome:
    """Lift it: under the lease, unless it is a pause alone."""
    found = resumption(journal)
    if found.is_pause_alone:
        return _let_go(journal, reason)
    with journal.leased():
        found = resumption(journal)
        if not found.lifts:
            return nothing()
        reconcile(journal, journal.world.weights.read(), accepted=reason)
        if found.puts_back:
            _put_back(journal, reason)
        standing = journal.state.standing
        if journal.state.rolled_back or standing.paused or standing.drilling:
            journal.write(Kind.RESUMED, reason=reason)
    return Outcome(Exit.DONE, f"resumed at {journal.state.weights}", "cutover run goes up the ladder from here")


def nothing() -> Outcome:
    """The outcome when nothing stands in the way."""
    text = "nothing to resume: no rollback, no drift, no pause and no kill switch stand in the way"
    return Outcome(Exit.DONE, text, "cutover run")


def _let_go(journal: Journal, reason: str) -> Outcome:
    """Lift a pause beside a run at work; a rollback that was made meanwhile is not lifted with it."""

    def facts(state: State) -> dict[str, Any] | None:
        return {"reason": reason} if state.standing.paused and not state.rolled_back else None

    if say(journal, Kind.RESUMED, facts) is None:
        return _overtaken(journal.state)
    goes_on = "cutover run, unless one is at work: that goes on at its next look"
    return Outcome(Exit.DONE, "resumed: the pause is lifted", goes_on)


def _overtaken(state: State) -> Outcome:
    if state.rolled_back is None:
        return nothing()
    text = f"it was rolled back meanwhile, {_told(state.rolled_back)}: the pause was not lifted"
    return Outcome(Exit.REFUSED, text, 'cutover resume --reason "what was mended"', Rule.ROLLED_BACK.value)


def _cut_off(state: State) -> Sequence[str]:
    lifts = []
    if state.rolled_back:
        lifts.append(f"the rollback of {_told(state.rolled_back)}")
    if state.intent:
        share = state.intent.after[1] if state.intent.after else "?"
        lifts.append(f"the change to Lambda {share}%, which was cut off")
    if drill := state.standing.drilling:
        lifts.append(f"the drill of {drill.time:%d %b %H:%M} UTC, which was cut off and has no receipt")
    return lifts


def _changed(state: State, snapshot: Snapshot) -> Sequence[str]:
    if state.intent or not state.records:
        return ()
    drift = changed_by_others(traffic(snapshot), state.records)
    return (drift.text,) if drift else ()


def _is_thrown(journal: Journal) -> bool:
    """By the switch itself; by the ledger where it can't be asked. A switch that nobody threw stands in nobody's way.

    Raises SwitchUnavailable, NotAllowed where it was thrown and can't be asked.
    """
    switch, thrown = journal.world.switch, journal.state.standing.switched
    if not switch.is_set_up:
        if thrown:
            raise Stop(_lost(thrown))
        return False
    try:
        return not switch.serving() or thrown is not None
    except (SwitchUnavailable, NotAllowed) as error:
        if thrown:
            raise
        journal.report.note(f"the kill switch can't be asked, and nobody threw it by the ledger: {error}")
        return False


def _must_let_nobody_in(live: Weights) -> None:
    """Putting the switch back gives Lambda its weight at once, past every gate: that weight has to be 0."""
    if live.serverless:
        text = f"the kill switch is thrown and the weights are {live}: putting it back would give Lambda that at once"
        raise Stop(Outcome(Exit.REFUSED, text, "cutover rollback, then cutover resume again", Rule.KILL_SWITCH.value))


def _put_back(journal: Journal, reason: str) -> None:
    _must_let_nobody_in(journal.state.weights or Weights(100, 0))
    journal.world.switch.throw(serving=True, reason=reason)
    journal.write(Kind.SWITCHED, reason=reason, evidence={"serving": True})


def _lost(thrown: Event) -> Outcome:
    return Outcome(
        Exit.REFUSED,
        f"the kill switch was thrown {_told(thrown)}, and the settings name none: it can't be put back",
        "name it in the settings ([kill_switch] bucket); then: cutover resume",
        Rule.KILL_SWITCH.value,
    )


def _told(event: Event) -> str:
    return f"{event.time:%d %b %H:%M} UTC ({event.reason})"


def _unconfirmed(begun: Event) -> Outcome:
    return Outcome(
        Exit.REFUSED,
        f"the rollback of {begun.time:%d %b %H:%M} UTC by {begun.actor} is not confirmed yet: Lambda may have traffic",
        "cutover rollback",
        Rule.ROLLED_BACK.value,
    )
