"""What comes next, when at the earliest, and what somebody has to do first."""

from rich.console import RenderableType

from cutover.core.ahead import Due
from cutover.core.freezes import opening
from cutover.core.models import Verdict
from cutover.core.state import unfinished_rollback
from cutover.core.words import plural, printable, roughly
from cutover.flow.look.picture import Picture
from cutover.render.output import Output
from cutover.render.parts import hung, row, unbroken
from cutover.render.way_on import hints

_WHEN = {
    Due.BAKE: "when the bake ends",
    Due.DEPLOY: "when the quiet time after the deploy ends",
    Due.FREEZE: "when the freeze ends",
}


def coming(picture: Picture, output: Output) -> list[RenderableType]:
    """The next decision, and below it the first rule that waiting alone does not satisfy, with the way on."""
    lines: list[RenderableType] = [hung("next", output.spelled(_next(picture)))]
    if _is_calm(picture) and picture.ahead and picture.ahead.due and picture.ahead.due > picture.now:
        lines.append(row("", (f"in {roughly(picture.ahead.due - picture.now)}, {_WHEN[picture.ahead.by]}", "dim")))
    if _is_calm(picture) and picture.next_step and not picture.is_thorough:
        lines.append(row("", ("rules not asked here: cutover watch, cutover plan", "dim")))
    if _is_calm(picture) and picture.ahead and (stands := picture.ahead.stands):
        more = f" (and {plural(len(stands) - 1, 'more rule')})" if len(stands) > 1 else ""
        lines.append(hung("but first", f"{stands[0].rule.value}: {stands[0].text}{more}", "yellow"))
        lines += [unbroken(row("", printable(output.spelled(str(hint))))) for hint in hints(stands[0].way_on)]
    return lines


def _is_calm(picture: Picture) -> bool:
    """Whether the next decision is a step up the ladder."""
    state = picture.state
    stopped = state.rolled_back or state.standing.switched or picture.retired
    return not (picture.drift or picture.ledger_lost or stopped or is_failing(picture))


def is_failing(picture: Picture) -> bool:
    """Whether the gates say that the live share of Lambda has to go."""
    failing = picture.exam is not None and picture.exam.judgement.verdict is Verdict.FAIL
    return failing and picture.live is not None and picture.live.serverless > 0


def _next(picture: Picture) -> str:
    if unfinished_rollback(picture.state) or is_failing(picture):
        return "cutover rollback"
    if picture.drift:
        return picture.drift.way_on
    if picture.state.rolled_back:
        return 'cutover resume --reason "what was mended"'
    if picture.state.standing.switched:
        return _put_back(picture)
    if picture.ledger_lost:
        return "nothing, until the ledger can be read"
    return _step_ahead(picture)


def _put_back(picture: Picture) -> str:
    """Lambda's weight has to be 0 first: putting the switch back would give it that at once."""
    resume = 'cutover resume --reason "what was mended" puts it back'
    return f"cutover rollback; then {resume}" if not picture.weights or picture.weights.serverless else resume


def _step_ahead(picture: Picture) -> str:
    step, weights = picture.next_step, picture.weights
    if weights is None:
        return "cutover status, when Route 53 answers"
    if picture.retired:
        return "nothing: decommissioned; cutover decommission plan shows what is left"
    if step is None:
        return "nothing: finished" if picture.state.finished else "cutover run, until the last bake is complete"
    by = f"by the {picture.holder.name.split(' by ')[0]} at work" if picture.holder else "by cutover run"
    return f"Lambda {step.weight}% {by}{_when(picture)}"


def _when(picture: Picture) -> str:
    ahead, judgement = picture.ahead, picture.exam.judgement if picture.exam else None
    if ahead is None or ahead.by is Due.NEVER or ahead.due is None:
        return ", when the bake is complete"
    if ahead.due > picture.now:
        return f", at the earliest {opening(picture.now, ahead.due)}"
    if judgement and judgement.verdict is Verdict.HOLD:
        return ", when the gates pass"
    if picture.weights and picture.weights.serverless == 0:
        return "" if picture.holder else ", which asks first"
    promoted = picture.state.standing.promoted is not None
    return ": its bake was ended by hand" if promoted else ": the bake is complete"
