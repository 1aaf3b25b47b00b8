"""`cutover status`: one screen of what is true now."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.core.models import Verdict, Why
from cutover.core.state import unfinished_rollback
from cutover.exits import Exit
from cutover.flow.look.looking import take
from cutover.flow.look.picture import Picture
from cutover.render import documents
from cutover.render.status import screen


@click.command()
@click.option("--exit-code", is_flag=True, help="Let the exit code tell what is true; see above.")
@global_options(hidden=True)
@with_session
def command(session: Session, exit_code: bool) -> int:
    """Show what is true now, in under a second.

    \b
    cutover status
    cutover status --json --exit-code

    Weights as asked, as answered and as observed; the gates; the bake; what comes next; and the line that goes back.
    What can't be asked in time is shown from the ledger, with its age.

    With --exit-code: 0 the gates pass, 3 they fail, 4 rolled back, or the kill switch is thrown, 5 drift, 6 the gates
    hold, 8 the ledger can't be read, 9 no telemetry, 10 Route 53 can't be asked, or a rollback was begun and nobody
    knows whether it arrived.
    """
    picture = take(session.world)
    if session.output.as_json:
        session.output.document("cutover.status/1", documents.picture(picture) | {"exit": int(truth(picture))})
    else:
        session.output.show(*screen(picture, session.world.settings, session.output))
    return int(truth(picture)) if exit_code else int(Exit.DONE)


def truth(picture: Picture) -> Exit:
    """The state as an exit code: of several that apply, the first."""
    applies = {
        Exit.CONTROL_PLANE_UNAVAILABLE: unfinished_rollback(picture.state),
        Exit.DRIFT: picture.drift,
        Exit.REFUSED: picture.ledger_lost,
        Exit.ROLLED_BACK: picture.state.rolled_back or picture.state.standing.switched,
    }
    if first := next((exit_ for exit_, is_so in applies.items() if is_so), None):
        return first
    if picture.live is None:
        return Exit.CONTROL_PLANE_UNAVAILABLE
    if picture.exam is None or picture.exam.judgement.held_for(Why.BLIND):
        return Exit.TELEMETRY_UNAVAILABLE
    by_verdict = {Verdict.PASS: Exit.DONE, Verdict.HOLD: Exit.HOLD, Verdict.FAIL: Exit.GATES_FAILED}
    return by_verdict[picture.exam.judgement.verdict]
