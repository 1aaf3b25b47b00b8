"""`cutover rollback`: everything back to ECS, at once."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason
from cutover.exits import Exit
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import KNOWN_ERRORS, Outcome, Stop, outcome_of
from cutover.flow.rollback import HOME, by_hand, roll_back
from cutover.render import documents
from cutover.render.running import TextReport


@click.command()
@click.option("--reason", type=Reason(), default="by hand", help="Why, for the ledger.")
@click.option("--yes", is_flag=True, hidden=True, expose_value=False)  # a habit from `shift`; nothing is asked anyway
@global_options(hidden=True)
@with_session
def command(session: Session, reason: str) -> int:
    """Give ECS all traffic at once, and wait until every name server has it.

    \b
    cutover rollback
    cutover rollback --reason "checkout fails on Lambda"

    Asks nothing, needs no lock, no metrics and no ledger, and may be repeated. Afterwards Lambda stays at 0 until
    cutover resume. Exit 0 in sync, 10 Route 53 can't be told, 11 not in sync in time.
    """
    journal = BestEffortJournal(session.world, session.command, TextReport(session.output))
    try:
        outcome = roll_back(journal, reason)
    except Stop as stop:
        outcome = stop.outcome
    except KeyboardInterrupt:
        outcome = Outcome(Exit.INTERRUPTED, "interrupted: whether it all went back is open", "cutover rollback")
    except KNOWN_ERRORS as error:
        failed = outcome_of(error)
        outcome = Outcome(failed.exit, failed.text, by_hand(journal))
    told = journal.state.weights if journal.state.weights == HOME else None  # any other is what it was before
    body = {"weights": documents.weights(told), "recorded": not journal.lost}
    return session.output.finish("rollback", outcome, body)
