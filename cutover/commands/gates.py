"""`cutover gates`: what the gates decide from, and how this policy would have done on real traffic."""

from datetime import timedelta

import click
from rich.text import Text

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Span, Whole
from cutover.core.models import Why
from cutover.exits import Exit
from cutover.flow.backtesting import MOST_DAYS, replay
from cutover.flow.explaining import explained
from cutover.flow.outcome import Outcome
from cutover.render import gates as screens


@click.group()
@global_options(hidden=True)
def command() -> None:
    """Show what the gates decide from, and try the policy on real traffic; change nothing.

    \b
    cutover gates explain                what each gate sees, and how long it would take to decide
    cutover gates backtest --days 14     how often it would have rolled back a healthy fortnight
    """


@command.command()
@click.option("--window", type=Span(), help="How much of the newest traffic.  [default: since the weights settled]")
@global_options(hidden=True)
@with_session
def explain(session: Session, window: timedelta | None) -> int:
    """Show what each gate sees: counts, bounds, the sequential test, bursts, the time to decide.

    \b
    cutover gates explain
    cutover gates explain --window 2h --json

    The error gate weighs every minute's requests and errors: the evidence for four times the pass limit rises with each
    error and falls with each good answer. It fails when the evidence reaches 9 times the burst, which is how ECS's own
    errors come: one by one (1), or several at once. Exit 0, or 9 without telemetry.
    """
    what = explained(session.journal(), window)
    session.output.show(*screens.explained(what))
    outcome = Outcome(Exit.DONE, "read, and nothing changed", "cutover check")
    if what.judgement.held_for(Why.BLIND):
        outcome = Outcome(Exit.TELEMETRY_UNAVAILABLE, "; ".join(what.judgement.reasons), "cutover check")
    if not session.output.as_json:
        return int(outcome.exit)
    return session.output.finish("gates.explain", outcome, screens.explanation_document(what))


@command.command()
@click.option("--days", type=Whole("number", 1, MOST_DAYS), default=14, show_default=True,
              help="How many of the newest days; CloudWatch keeps minutes for 15.")  # fmt: skip
@global_options(hidden=True)
@with_session
def backtest(session: Session, days: int) -> int:
    """Replay the policy on ECS's real minutes: how often would it have rolled back what was healthy?

    \b
    cutover gates backtest
    cutover gates backtest --days 7 --json

    Each step's share is drawn from the real requests and errors, ten times, with bursts left whole; then trouble is put
    in, to see how soon it is found. Beside it stand plain rules. Days that can't be read are told and left out. The
    figures repeat: the drawing is seeded. Exit 0, or 9 without any data.
    """
    what = replay(session.world, days, lambda text: session.output.progress(Text(text, style="dim")))
    session.output.show(*screens.replayed(what, session.world.settings.limits))
    if not session.output.as_json:
        return int(Exit.DONE)
    outcome = Outcome(Exit.DONE, "replayed, and nothing changed", "cutover gates explain")
    return session.output.finish("gates.backtest", outcome, screens.replay_document(what))
