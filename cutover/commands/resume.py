"""`cutover resume`: take up again after a rollback, a pause, a drift, or by the kill switch."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason
from cutover.exits import Exit
from cutover.flow.outcome import Outcome
from cutover.flow.verbs.resuming import nothing, resume, resumption
from cutover.render import documents, screens
from cutover.render.running import TextReport


@click.command()
@click.option("--reason", type=Reason(), required=True, help="What was mended, for the ledger.")
@click.option("--dry-run", is_flag=True, help="Show what it would lift and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, reason: str, dry_run: bool, yes: bool) -> int:
    """Allow Lambda traffic again after a rollback, a pause or a drift, and put back the kill switch.

    \b
    cutover resume --reason "connection pool fixed in 1.4.2"

    Live records changed by others are taken as they are. Changes no weights: cutover run goes on from what is live; a
    run at work goes on by itself when a pause is lifted. The kill switch is put back at Lambda 0 only.
    """
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)
    journal = session.journal(TextReport(session.output))
    what = resumption(journal)
    body = {"weights": documents.weights(what.live), "lifts": list(what.lifts), "dry_run": dry_run}
    if not what.lifts:
        return session.output.finish("resume", nothing(), body)
    session.output.show(*screens.resumption(what))
    if dry_run:
        outcome = Outcome(Exit.DONE, "nothing was changed", "the same without --dry-run")
    else:
        session.ask("Resume?", yes=yes)
        outcome = resume(journal, reason)
    return session.output.finish("resume", outcome, body)
