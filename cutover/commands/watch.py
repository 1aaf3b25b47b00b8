"""`cutover watch`: a screen to leave open, which changes nothing."""

from datetime import timedelta

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Span
from cutover.exits import Exit
from cutover.flow.look.watching import watch
from cutover.render.watching import view


@click.command()
@click.option("--interval", type=Span(), default="5s", show_default=True, help="Real time between two looks.")
@click.option("--once", is_flag=True, help="One look, as long as it is, and no more.")
@global_options(hidden=True)
@with_session
def command(session: Session, interval: timedelta, once: bool) -> int:
    """Show what is true and how it goes, again and again, until Ctrl-C.

    \b
    cutover watch
    cutover watch --interval 30s
    cutover watch --json | jq .state

    As cutover status, and also: how each gate went in the last hour, alarms, what happened, and what comes next.
    Without a terminal it tells only what is new, a line each; --json is one document a look, on one line.

    It changes nothing, needs no lock, and goes on when something can't be asked: it then shows what was last known,
    and how old that is. Asked are Route 53 once a look, CloudWatch and the name servers once a minute. Exit 0.
    """
    shown = view(session.output, session.world, interval.total_seconds(), once=once)
    with shown.shown():
        watch(session.world, interval, shown.look, once=once)
    return int(Exit.DONE)
