"""`cutover cost`: what both sides cost, and whether the plan's budgets are kept."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.core.budgets import exceeded
from cutover.exits import Exit
from cutover.flow.costing import reckon
from cutover.flow.outcome import Outcome
from cutover.render import cost


@click.command()
@click.option("--project", "period", type=click.Choice(list(cost.PERIODS)), default="month", show_default=True,
              help="Over which time to project the run-rate.")  # fmt: skip
@click.option("--exit-code", is_flag=True, help="Exit 8 when a budget is exceeded.")
@global_options(hidden=True)
@with_session
def command(session: Session, period: str, exit_code: bool) -> int:
    """Show what both sides cost at the rate of their newest usage, and hold it against the plan's budgets.

    \b
    cutover cost
    cutover cost --project month --json --exit-code

    From usage metrics and list prices, not from Cost Explorer, which is a day late. Budgets are judged for a month with
    everything on Lambda. What can't be asked is not known, and never 0. Figures: [cost] in the settings.
    """
    reckoning = reckon(session.world)
    over = exceeded(reckoning.budgets)
    told = f"over budget: {'; '.join(budget.text for budget in over)}" if over else "no budget is known to be exceeded"
    exit_ = Exit.REFUSED if over and exit_code else Exit.DONE
    session.output.show(*cost.screen(reckoning, period, session.world.settings, session.output))
    outcome = Outcome(exit_, told, "cutover decommission plan" if not over else "")
    if not session.output.as_json:
        session.output.tell(outcome)
        return int(exit_)
    return session.output.finish("cost", outcome, cost.document(reckoning, period))
