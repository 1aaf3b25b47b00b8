"""Promoting: a person lets a pause go, or ends a bake; the gates and the rules hold all the same."""

from dataclasses import dataclass, replace
from typing import Any

from cutover.core.ladder import next_step
from cutover.core.models import Snapshot, Step, Verdict, Weights, Why
from cutover.core.plan import Known, Refused, Rule, Wish
from cutover.core.planning import plan_shift
from cutover.core.record import Kind
from cutover.core.retired import weights_of
from cutover.core.rules import sticky
from cutover.core.state import Phase, State, unfinished_rollback
from cutover.core.zone import Drift, changed_by_others, traffic
from cutover.exits import Exit
from cutover.flow.examine import Exam, Examiner
from cutover.flow.journal import Journal
from cutover.flow.knowing import known
from cutover.flow.outcome import Outcome, Stop, drifted, refused
from cutover.flow.verbs.saying import say


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a promotion would do: the weight whose bake it ends (None: none), the step after it, the pause it lifts."""

    live: Weights
    ends_bake_of: int | None
    ahead: Step | None
    lifts: str
    exam: Exam
    is_promoted: bool = False  # its bake was ended by hand before

    @property
    def is_news(self) -> bool:
        """Whether it does anything."""
        return bool(self.lifts) or self.ends_bake_of is not None


def promotion(journal: Journal, *, skip_bake: bool) -> Promotion:
    """Look at everything, change nothing. Stops where the state, the gates or a rule refuses it."""
    state, snapshot = journal.refresh(), journal.world.weights.read()
    live = _live(state, snapshot, journal)
    exam = Examiner(journal.world).examine(state, journal.now())
    ahead, pause = next_step(journal.world.settings.steps, live), state.standing.paused
    lifts = f"the pause of {pause.time:%d %b %H:%M} UTC ({pause.reason})" if pause else ""
    is_promoted = live.serverless > 0 and state.standing.promoted == live.serverless
    found = Promotion(live, None, ahead, lifts, exam, is_promoted)
    if not skip_bake or state.finished or is_promoted:
        return found
    _must_be_baking(state, live)
    _must_pass(exam)
    _must_be_allowed(journal, snapshot, exam, ahead)
    return replace(found, ends_bake_of=live.serverless)


def promote(journal: Journal, found: Promotion, reason: str) -> Outcome:
    """Write it, if the weights are still those that were looked at. Raises LedgerMoved, LedgerUnavailable."""

    def facts(state: State) -> dict[str, Any] | None:
        if state.weights not in {None, found.live} or state.intent or state.rolled_back:
            return None
        pair, skips = (found.live.ecs, found.live.serverless), found.ends_bake_of is not None
        return {"reason": reason, "after": pair, "evidence": {"skip_bake": skips, "verdict": _verdict(found)}}

    if say(journal, Kind.PROMOTED, facts) is None:
        raise Stop(_overtaken())
    goes_on = "cutover run, unless one is at work: that goes on at its next look"
    if found.ends_bake_of is None:
        return Outcome(Exit.DONE, f"promoted at {found.live}: the pause is lifted, the bake goes on", goes_on)
    return Outcome(Exit.DONE, f"promoted: the bake of Lambda {found.ends_bake_of}% is ended by hand", goes_on)


def nothing(found: Promotion) -> Outcome:
    """The outcome where there is nothing to promote."""
    if found.ahead is None:
        return Outcome(Exit.DONE, f"nothing to promote: {found.live} is the ladder's last step", "cutover status")
    if found.is_promoted:
        text = f"promoted already: the bake of Lambda {found.live.serverless}% is ended by hand"
        return Outcome(Exit.DONE, text, "cutover run, unless one is at work")
    text = f"nothing to promote at {found.live}: no pause stands in the way, and the bake is not asked to end"
    return Outcome(Exit.DONE, text, 'cutover run; or end the bake: cutover promote --skip-bake --reason "why"')


def _live(state: State, snapshot: Snapshot, journal: Journal) -> Weights:
    if begun := unfinished_rollback(state):
        text = f"the rollback of {begun.time:%d %b %H:%M} UTC by {begun.actor} is not confirmed yet"
        raise Stop(Outcome(Exit.REFUSED, text, "cutover rollback", Rule.ROLLED_BACK.value))
    if refusal := sticky(state):
        raise Stop(refused(refusal))
    live = weights_of(state, snapshot, journal.world.settings.sides)
    if isinstance(live, Drift):
        raise Stop(drifted(live))
    if not state.intent and state.records and (drift := changed_by_others(traffic(snapshot), state.records)):
        raise Stop(drifted(drift))
    return live


def _must_be_baking(state: State, live: Weights) -> None:
    if not live.serverless:
        text = "nothing is baking: Lambda is at 0%, and the first step needs no bake before it"
        raise Stop(Outcome(Exit.REFUSED, text, "cutover run"))
    if state.phase is not Phase.STEADY:
        text = f"the change to {live} is {state.phase.value} by the ledger: its bake has not begun"
        raise Stop(Outcome(Exit.REFUSED, text, "cutover run takes it up; then the same again"))


def _must_pass(exam: Exam) -> None:
    """The verdict of this moment, with its numbers: a promotion shortens a bake, it does not overrule a gate."""
    judgement = exam.judgement
    if judgement.verdict is Verdict.PASS:
        return
    why = f"the gates say {judgement.verdict.value.upper()}: " + "; ".join(judgement.reasons)
    if judgement.verdict is Verdict.FAIL:
        raise Stop(Outcome(Exit.GATES_FAILED, why, "cutover rollback", Rule.GATES.value))
    exit_ = Exit.TELEMETRY_UNAVAILABLE if judgement.held_for(Why.BLIND) else Exit.HOLD
    raise Stop(Outcome(exit_, why, "cutover check, until it passes; then the same again", Rule.GATES.value))


def _must_be_allowed(journal: Journal, snapshot: Snapshot, exam: Exam, ahead: Step | None) -> None:
    """The rules for the step that the promotion asks for; its own pause does not count."""
    if ahead is None:
        return
    settings, state = journal.world.settings, journal.state
    standing = replace(state.standing, paused=None)
    facts: Known = known(journal, exam, replace(state, standing=standing))
    found = plan_shift(snapshot, settings.sides, Wish(ahead.weight, top=settings.steps[-1].weight), facts)
    if isinstance(found, Refused):
        raise Stop(refused(found))


def _verdict(found: Promotion) -> str:
    return found.exam.judgement.verdict.value


def _overtaken() -> Outcome:
    return Outcome(
        Exit.LOCKED,
        "the weights were changed meanwhile, so nothing was promoted",
        "cutover status; then the same again",
    )
