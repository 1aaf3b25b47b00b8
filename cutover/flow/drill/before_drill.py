"""Whether a drill may begin: from Lambda 0, by every rule of a raise, with a healthy ECS to go back to."""

from dataclasses import dataclass, replace

from cutover.core.models import Snapshot, Verdict, Why
from cutover.core.plan import Plan, Refused, Rule, Wish
from cutover.core.planning import plan_shift
from cutover.core.zone import Drift, read_weights
from cutover.exits import Exit
from cutover.flow.examine import Exam, examine_live
from cutover.flow.journal import Journal
from cutover.flow.knowing import known
from cutover.flow.outcome import Outcome, Stop, refused

RESCUE = 'cutover rollback; then cutover resume --reason "the drill was cut off"; then cutover drill'


@dataclass(frozen=True, slots=True)
class DrillWish:
    """Lambda's percent for the drill, and whether the kill switch is tested too."""

    weight: int = 1
    with_switch: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """The way out as it would be now, what it was judged by, and the records that it was made from."""

    plan: Plan
    exam: Exam
    snapshot: Snapshot


def prepare(journal: Journal, wish: DrillWish, plan_hash: str = "") -> Prepared:
    """Look at everything and plan; changes nothing. Stops where a drill may not begin.

    `plan_hash`: the plan that it has to be.
    """
    journal.refresh()
    _must_have_switch(journal, wish)
    snapshot = journal.world.weights.read()
    _must_be_home(journal, snapshot)
    exam = examine_live(journal.world, journal.state, snapshot, journal.now())
    state = replace(journal.state, records=()) if journal.state.intent else journal.state
    facts = known(journal, exam, state)
    facts = replace(facts, policy=replace(facts.policy, drill_above=100))  # its own receipt is what it is to earn
    plan = plan_shift(snapshot, journal.world.settings.sides, Wish(wish.weight, plan_hash), facts)
    if isinstance(plan, Refused):
        raise Stop(_not_set_aside(refused(plan)))
    _must_be_healthy(exam)
    return Prepared(plan, exam, snapshot)


def _not_set_aside(outcome: Outcome) -> Outcome:
    """A drill sets no rule aside, so that part of the way on is none."""
    ways = [way for way in outcome.way_on.split("; ") if "--override" not in way]
    return replace(outcome, way_on="; ".join(ways))


def _must_have_switch(journal: Journal, wish: DrillWish) -> None:
    switch = journal.world.switch
    if not wish.with_switch:
        return
    if not switch.is_set_up:
        text = "the settings name no kill switch, so there is none to test"
        raise Stop(Outcome(Exit.REFUSED, text, "name it ([kill_switch] bucket), or drill without --kill-switch"))
    if not switch.serving():
        text = "the kill switch is thrown already: Lambda would not answer at all"
        way_on = 'cutover resume --reason "what was mended" puts it back'
        raise Stop(Outcome(Exit.REFUSED, text, way_on, Rule.KILL_SWITCH.value))


def _must_be_home(journal: Journal, snapshot: Snapshot) -> None:
    live = read_weights(snapshot, journal.world.settings.sides)
    if isinstance(live, Drift) or not live.serverless:
        return
    text = f"a drill begins at Lambda 0%, and the weights are {live}"
    if drill := journal.state.standing.drilling:
        text += f": the drill of {drill.time:%d %b %H:%M} UTC was cut off"
        raise Stop(Outcome(Exit.REFUSED, text, RESCUE))
    raise Stop(Outcome(Exit.REFUSED, text, "cutover drill, when Lambda is at 0 again"))


def _must_be_healthy(exam: Exam) -> None:
    """ECS takes everything back: it must not be failing, nor held for more than a quiet hour."""
    judgement = exam.judgement
    held = {finding.why for finding in judgement.findings if finding.verdict is Verdict.HOLD}
    if judgement.verdict is Verdict.PASS or (judgement.verdict is Verdict.HOLD and held == {Why.SAMPLES}):
        return
    exit_ = Exit.GATES_FAILED if judgement.verdict is Verdict.FAIL else Exit.HOLD
    text = f"the gates say {judgement.verdict.value.upper()} of ECS: " + "; ".join(judgement.reasons)
    raise Stop(Outcome(exit_, text, "cutover check, until it passes; then cutover drill", Rule.GATES.value))
