"""`cutover check`: judge the gates, change nothing."""

from datetime import timedelta

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Span
from cutover.core.models import Judgement, Verdict, Why
from cutover.exits import Exit
from cutover.flow.checking import check
from cutover.flow.outcome import Outcome
from cutover.render import documents
from cutover.render.screens import judged


@click.command()
@click.option(
    "--window", type=Span(), default="15m", show_default=True, help="How much of the newest traffic to judge."
)
@global_options(hidden=True)
@with_session
def command(session: Session, window: timedelta) -> int:
    """Judge the gates over the newest traffic, and change nothing.

    \b
    cutover check
    cutover check --window 1h --json

    Exit 0 pass, 3 fail, 6 hold, 9 no telemetry. A window never reaches back beyond the newest change of weights.
    """
    checked = check(session.journal(), window)
    if not session.output.as_json:
        session.output.show(*judged(checked.judgement, checked.weights, checked.span))
        return int(outcome(checked.judgement).exit)
    body = {"weights": documents.weights(checked.weights), "interval": checked.span}
    return session.output.finish("check", outcome(checked.judgement), body | documents.judgement(checked.judgement))


def outcome(judgement: Judgement) -> Outcome:
    """What a verdict means as the end of a command."""
    why = "; ".join(judgement.reasons)
    if judgement.verdict is Verdict.FAIL:
        return Outcome(Exit.GATES_FAILED, why, "cutover rollback")
    if judgement.held_for(Why.BLIND):
        return Outcome(Exit.TELEMETRY_UNAVAILABLE, why, "cutover check, until it is back")
    if judgement.verdict is Verdict.HOLD:
        return Outcome(Exit.HOLD, why, "cutover check, with a longer --window or later")
    return Outcome(Exit.DONE, "the gates pass", "cutover run goes on")
