"""`cutover run`: drives the ladder, bake by bake, and goes back by itself when the gates fail."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Whole
from cutover.core.ladder import up_to
from cutover.core.zone import Drift, read_weights
from cutover.exits import Exit
from cutover.flow.driver import Aim, Driver, Goal
from cutover.flow.outcome import Outcome, Stop, no_weights
from cutover.flow.running import run
from cutover.render.screens import ladder


@click.command()
@click.option("--until", type=Whole("percent", 1, 100), default=100, show_default=True, help="The last step to take.")
@click.option("--once", is_flag=True, help="One look and at most one action, for a scheduler.")
@click.option("--dry-run", is_flag=True, help="Show the ladder and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, until: int, once: bool, dry_run: bool, yes: bool) -> int:
    """Drive the ladder: shift, wait, bake, judge, and on; back to ECS when the gates fail.

    \b
    cutover run
    cutover run --until 10 --yes --json
    cutover run --once --yes                 from a scheduler, every minute

    Killed and started again it goes on where it was. Exit 0 finished, 4 rolled back, 5 drift, 6 held too long,
    8 refused, as after a rollback, 9 without telemetry too long, 10 Route 53 out of reach, 11 not in sync in time.
    With --once: 0 also when it has to come back; --json tells the state, a document a line, at last event "end".
    """
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)
    world = session.world
    steps = up_to(world.settings.steps, until)
    if not steps:
        raise click.UsageError(f"--until {until} is below the ladder's first step, {world.settings.steps[0].weight}")
    live = read_weights(world.weights.read(), world.settings.sides)
    if isinstance(live, Drift):
        raise Stop(no_weights(world, live))
    if not once or dry_run:
        session.output.show(*ladder(steps, live, world.settings, session.output))
    report = session.report()
    if dry_run:
        return report.end(Outcome(Exit.DONE, "nothing was changed", "the same without --dry-run"))
    session.ask(f"Drive {world.settings.name} up this ladder now?", yes=yes)
    journal = session.journal(report)
    with journal.leased():
        return report.end(run(Driver(journal, Goal(Aim.LADDER, steps)), once=once))
