"""`cutover promote`: a person lets a pause go, or ends a bake."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason
from cutover.exits import Exit
from cutover.flow.outcome import Outcome
from cutover.flow.verbs.promoting import nothing, promote, promotion
from cutover.render import documents, verbs
from cutover.render.running import TextReport


@click.command()
@click.option("--skip-bake", is_flag=True, help="End the bake of the live weight now.")
@click.option("--reason", type=Reason(), required=True, help="Why, for the ledger.")
@click.option("--dry-run", is_flag=True, help="Show what it would do and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, skip_bake: bool, reason: str, dry_run: bool, yes: bool) -> int:
    """Let a pause go, or end the bake of the live weight.

    \b
    cutover promote --reason "looks good"
    cutover promote --skip-bake --reason "two days at 10% were enough"

    Changes no weights: a run at work, or the next one, goes on. To end a bake the gates must pass now, and every
    safety rule must allow the next step. Exit 3 the gates fail, 6 they hold, 9 no telemetry, 8 and 14 a rule refuses.
    """
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)
    journal = session.journal(TextReport(session.output))
    found = promotion(journal, skip_bake=skip_bake)
    body = {
        "weights": documents.weights(found.live),
        "ends_bake_of": found.ends_bake_of,
        "lifts": found.lifts or None,
        "next_step": documents.step(found.ahead),
        "dry_run": dry_run,
    } | documents.judgement(found.exam.judgement)
    if not found.is_news:
        return session.output.finish("promote", nothing(found), body)
    session.output.show(*verbs.promotion(found))
    if dry_run:
        outcome = Outcome(Exit.DONE, "nothing was changed", "the same without --dry-run")
    else:
        session.ask("Promote?", yes=yes)
        outcome = promote(journal, found, reason)
    return session.output.finish("promote", outcome, body)
