"""`cutover history`: what happened, from the ledger."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Whole
from cutover.exits import Exit
from cutover.flow.folding import state_of
from cutover.flow.outcome import Outcome
from cutover.render import documents, screens


@click.command()
@click.option("-n", "--lines", type=Whole("lines", 1, 999_999), default=20, show_default=True, help="How many at most.")
@global_options(hidden=True)
@with_session
def command(session: Session, lines: int) -> int:
    """Show the newest ledger lines, oldest first.

    \b
    cutover history
    cutover history -n 200 --json
    """
    everything = session.world.ledger.events()
    state_of(everything)  # a line that makes no sense is told of, and not shown as if it did
    events = everything[-lines:]
    if session.output.as_json:
        session.output.document("cutover.history/1", {"events": [documents.event(event) for event in events]})
    elif events:
        session.output.show(*screens.history(events))
    else:
        session.output.tell(Outcome(Exit.DONE, "nothing has happened yet", "cutover status"))
    return int(Exit.DONE)
