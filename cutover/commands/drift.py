"""`cutover drift`: who changed the records beside this tool, and what to do about it."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason
from cutover.core.retired import decommissioned
from cutover.exits import Exit
from cutover.flow.drifting import Sight, ending, look, prepare, restore, take
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, drifted
from cutover.render.drift import document, planned, screen
from cutover.render.running import TextReport


@click.command()
@click.option("--fix", type=click.Choice(["adopt", "restore"]),
              help="Take the live records as known, or put the known ones back.")  # fmt: skip
@click.option("--reason", type=Reason(), help="Why, for the ledger; needed with --fix.")
@click.option("--dry-run", is_flag=True, help="Show what a fix would do and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, fix: str | None, reason: str | None, dry_run: bool, yes: bool) -> int:
    """Compare the live records with what the ledger last knew, field by field, and say who changed them.

    \b
    cutover drift
    cutover drift --fix adopt --reason "the TTL was lowered on purpose"
    cutover drift --fix restore --reason "hand edit of 14:02 undone"

    Adopting changes nothing in Route 53. Restoring is one exact batch; if it gives Lambda more than now, it needs the
    gates and safety rules of a shift. Who it was is told by CloudTrail, up to 15 minutes late.

    Exit 5 while there is a drift, 0 without.
    """
    if fix and not reason and not dry_run:
        raise click.UsageError(f'say why: --fix {fix} --reason "…"')
    if fix and not dry_run:
        session.must_be_able_to_ask(yes=yes)
    journal = session.journal(TextReport(session.output))
    sight = look(journal)
    session.output.show(*screen(sight, session.world.settings, session.output))
    if fix and sight.retired:
        outcome = drifted(decommissioned(sight.retired))
    elif sight.is_drift and fix:
        outcome = _fixed(session, journal, sight, fix, "" if dry_run else reason or "", yes=yes)
    else:
        outcome = ending(sight, session.world.settings.name)
    return session.output.finish("drift", outcome, document(sight) | {"fix": fix, "dry_run": dry_run})


def _fixed(session: Session, journal: Journal, sight: Sight, fix: str, reason: str, *, yes: bool) -> Outcome:
    """The fix, or with no reason the look at it."""
    name = session.world.settings.name
    plan = prepare(journal).plan if fix == "restore" else None
    if plan:
        session.output.show(*planned(plan))
    if not reason:
        return Outcome(Exit.DRIFT, f"{ending(sight, name).text}; nothing was changed", "the same without --dry-run")
    if plan is None:
        session.ask(f"Take the live records of {name} as known?", yes=yes)
        return take(journal, reason)
    session.ask(f"Put the records of {name} back now?", yes=yes)
    return restore(journal, plan, reason)
