"""`cutover drill`: a rehearsed rollback, measured."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason, Whole
from cutover.exits import Exit
from cutover.flow.drill.before_drill import DrillWish, prepare
from cutover.flow.drill.drilling import Drill
from cutover.flow.drill.stopwatch import Stopwatch
from cutover.flow.outcome import Outcome
from cutover.render import documents, drilling
from cutover.render.parts import plan_title
from cutover.render.running import TextReport


@click.command()
@click.option("--weight", type=Whole("percent", 1, 10), default=1, show_default=True, help="Lambda's share meanwhile.")
@click.option("--kill-switch", "with_switch", is_flag=True, help="Throw the kill switch too, and put it back.")
@click.option("--reason", type=Reason(), default="by hand", help="Why, for the ledger.")
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, weight: int, with_switch: bool, reason: str, dry_run: bool, yes: bool) -> int:
    """Rehearse a rollback: a little traffic to Lambda, seen in the answers, and back; the receipt unlocks larger steps.

    \b
    cutover drill
    cutover drill --kill-switch --reason "before the 50% step"

    Begins at Lambda 0, under the rules of a raise. Goes back by the same code as cutover rollback, and measures the
    seconds until Route 53 has taken it, until INSYNC, and until every authoritative answer is ECS's. Exit 0 it went
    well; 12 the answers were not as they should be, 4 the gates failed meanwhile, 10 and 11 as cutover rollback.
    """
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)
    wish, watch = DrillWish(weight, with_switch), Stopwatch(TextReport(session.output, ticks=False))
    journal = session.journal(watch)
    prepared = prepare(journal, wish)
    session.output.show(*drilling.planned(prepared, wish, session.world.settings, session.output))
    body = {"dry_run": dry_run, "plan": documents.plan(prepared.plan), "receipt": None}
    if dry_run:
        outcome = Outcome(Exit.DONE, f"{plan_title(prepared.plan)}; nothing was changed", "cutover drill")
        return session.output.finish("drill", outcome, body)
    session.ask(f"Drill {session.world.settings.name} now?", yes=yes)
    drilled = Drill(journal, watch, wish, reason).carry_out(prepared.plan)
    if drilled.receipt:
        body["receipt"] = dict(drilled.receipt.plain())
        session.output.show(*drilling.receipt(drilled.receipt))
    return session.output.finish("drill", drilled.outcome, body)
