"""`cutover shift`: one change of weights, planned, judged, shown, asked about, made."""

from textwrap import fill
from typing import TypedDict, Unpack

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Override, PlanHash, Reason, Whole
from cutover.core.plan import OVERRIDABLE, Plan, Refused, Rule, Wish
from cutover.exits import Exit
from cutover.flow.driver import Aim
from cutover.flow.lowering import lower
from cutover.flow.outcome import Outcome, Stop, refused
from cutover.flow.shifting import Prepared, already, carry_out, prepare
from cutover.render import documents
from cutover.render.parts import plan_title, way_back
from cutover.render.running import TextReport
from cutover.render.screens import planned, unplanned


class Flags(TypedDict):
    """What can be said on the command line."""

    lambda_weight: int
    plan_hash: str | None
    reason: str
    wait: str
    watch: bool
    overrides: tuple[tuple[Rule, str], ...]
    dry_run: bool
    yes: bool


# Names are what one types: none is broken at its dash.
RULES = fill(f"Rules: {', '.join(OVERRIDABLE)}.", 76, break_on_hyphens=False)


@click.command(epilog=f"\b\n{RULES}")
@click.option("--lambda-weight", type=Whole("percent", 0, 100), required=True, help="Lambda's share, in percent.")
@click.option("--plan", "plan_hash", type=PlanHash(), help="Refuse if the plan is another than this one.")
@click.option("--reason", type=Reason(), default="by hand", help="Why, for the ledger.")
@click.option("--wait", type=click.Choice(["insync", "settled", "bake"]), default="insync", show_default=True,
              help="Until every name server has it, until caches have it, or until its bake is complete.")  # fmt: skip
@click.option("--watch", is_flag=True, help="Show every look at the world while waiting.")
@click.option("--override", "overrides", type=Override(), multiple=True, help="Set a safety rule aside, and say why.")
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, **flags: Unpack[Flags]) -> int:
    """Give Lambda this share of the traffic, if the safety rules and the gates allow it.

    \b
    cutover shift --lambda-weight 10 --dry-run
    cutover shift --lambda-weight 10 --reason "first step"
    cutover shift --lambda-weight 50 --plan 3fa9c1d2e4b7 --wait bake --yes

    A larger share needs passing gates and every safety rule; a smaller one is never refused.
    """
    if not flags["dry_run"]:
        session.must_be_able_to_ask(yes=flags["yes"])
    wish = Wish(flags["lambda_weight"], flags["plan_hash"] or "", dict(flags["overrides"]))
    prepared = prepare(session.journal(TextReport(session.output, ticks=flags["watch"])), wish)
    plan, judgement = prepared.plan, prepared.exam.judgement
    if isinstance(plan, Refused):
        session.output.show(*unplanned(judgement))
        raise Stop(refused(plan))
    session.output.show(*planned(plan, judgement, session.world.settings, session.output))
    if not plan.changes:
        outcome = already(plan)
    elif flags["dry_run"]:
        way_on = f"cutover shift --lambda-weight {wish.target} --plan {plan.hash[:12]}"
        outcome = Outcome(Exit.DONE, f"{plan_title(plan)}; nothing was changed", way_on)
    else:
        session.ask(f"Shift {session.world.settings.name} to {plan.after} now?", yes=flags["yes"])
        outcome = _carried_out(prepared, plan, wish, flags)
        session.output.progress(*way_back(session.output.again, prepared.journal.state.undo))
    body = {"dry_run": flags["dry_run"], "plan": documents.plan(plan)} | documents.judgement(judgement)
    return session.output.finish("shift", outcome, body)


def _carried_out(prepared: Prepared, plan: Plan, wish: Wish, flags: Flags) -> Outcome:
    aim, reason = Aim[flags["wait"].upper()], flags["reason"]
    if plan.raises:
        return carry_out(prepared.journal, wish, plan, aim, reason)
    return lower(prepared.journal, wish.target, prepared.exam.judgement, aim, reason)
