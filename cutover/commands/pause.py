"""`cutover pause`: nothing is raised until somebody resumes."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason
from cutover.exits import Exit
from cutover.flow.outcome import Outcome
from cutover.flow.verbs.pausing import already, goes_on, pause
from cutover.render import documents, verbs
from cutover.render.running import TextReport


@click.command()
@click.option("--reason", type=Reason(), required=True, help="Why, for the ledger and whoever comes next.")
@click.option("--dry-run", is_flag=True, help="Show what it would hold and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, reason: str, dry_run: bool, yes: bool) -> int:
    """Hold the migration: nothing is raised until somebody resumes or promotes.

    \b
    cutover pause --reason "the database is being moved"

    Needs no lease and not Route 53: a run at work in another process holds at its next look. The weights stay, the
    gates are judged all the same, FAIL still goes back to ECS, and lowering is still allowed.
    """
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)
    journal = session.journal(TextReport(session.output))
    state = journal.refresh()
    body = {"state": state.label, "weights": documents.weights(state.weights), "dry_run": dry_run}
    if event := state.standing.paused:
        return session.output.finish("pause", already(event), body)
    session.output.show(*verbs.holding(state, goes_on(state)))
    if dry_run:
        outcome = Outcome(Exit.DONE, "nothing was changed", "the same without --dry-run")
    else:
        session.ask("Pause?", yes=yes)
        outcome = pause(journal, reason)
    return session.output.finish("pause", outcome, body)
