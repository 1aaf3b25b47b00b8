"""`cutover verify`: ask the zone's name servers and both sides directly."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Whole
from cutover.flow.verifying import outcome, verify
from cutover.render.verifying import Notes, document, screen


@click.command()
@click.option(
    "--questions", type=Whole("number", 20, 10_000), default=400, show_default=True,
    help="Questions for each type of the name, shared out among the name servers.",
)  # fmt: skip
@global_options(hidden=True)
@with_session
def command(session: Session, questions: int) -> int:
    """Ask the zone's name servers and both sides directly, past every cache, and change nothing.

    \b
    cutover verify
    cutover verify --questions 2000 --json

    Name servers: each answers, with authority, only what points at one of the sides, with the right TTL, in the asked
    shares. Sides: each answers GET /health as itself, with a good certificate for the public name (5 probes; a cold
    start is no failure). The result goes to the ledger: after a failed one nothing is raised. Exit 0, or 12.
    """
    found = verify(session.journal(Notes(session.output)), questions)
    session.output.show(*screen(found))
    return session.output.finish("verify", outcome(found), document(found))
