"""`cutover rollback`: everything back to ECS, at once."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason
from cutover.exits import Exit
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import Outcome
from cutover.flow.retreat.by_hand import ready_made
from cutover.flow.retreat.in_time import in_time
from cutover.flow.retreat.rollback import HOME, Path, Retreat
from cutover.render import documents
from cutover.render.ready_made import batch_and_line
from cutover.render.running import TextReport


@click.command()
@click.option("--reason", type=Reason(), default="by hand", help="Why, for the ledger.")
@click.option("--path", type=click.Choice([path.value for path in Path]), default=Path.AUTO.value, show_default=True,
              help="By the weights, by the kill switch alone, or by the one and then the other.")  # fmt: skip
@click.option("--print", "only_print", is_flag=True, help="Print the batch and the plain aws line; do nothing.")
@click.option("--yes", is_flag=True, hidden=True, expose_value=False)  # a habit from `shift`; nothing is asked anyway
@global_options(hidden=True)
@with_session
def command(session: Session, reason: str, path: str, only_print: bool) -> int:
    """Give ECS all traffic at once, and wait until every name server has it.

    \b
    cutover rollback
    cutover rollback --reason "checkout fails on Lambda"
    cutover rollback --path kill         by Lambda's health check alone, when Route 53's API is gone
    cutover rollback --print             what to type when this tool is gone

    Asks nothing, needs no lock, no metrics and no ledger, and may be repeated. Where Route 53 has not taken it after
    12 s, or says no, the kill switch is thrown as well. Afterwards Lambda stays at 0 until cutover resume. Exit 0 in
    sync, 10 Route 53 can't be told, 11 not in sync in time.
    """
    journal = BestEffortJournal(session.world, session.command, TextReport(session.output))
    if only_print:
        return _print(session, journal)
    retreat = Retreat(journal, reason, Path(path))
    outcome = in_time(retreat)
    told = journal.state.weights if journal.state.weights == HOME else None  # any other is what it was before
    body = {
        "weights": documents.weights(told),
        "recorded": not journal.lost,
        "path": path,
        "kill_switch": retreat.kill_switch,
        "warnings": list(retreat.warnings),
    }
    return session.output.finish("rollback", outcome, body)


def _print(session: Session, journal: BestEffortJournal) -> int:
    ready = ready_made(journal)
    session.output.show(*batch_and_line(ready))
    outcome = Outcome(Exit.DONE, f"made of {ready.source}; nothing was changed", "cutover rollback")
    return session.output.finish("rollback", outcome, {"batch": ready.batch, "line": ready.line})
