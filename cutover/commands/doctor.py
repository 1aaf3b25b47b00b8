"""`cutover doctor`: look at everything that a migration rests on, and change nothing."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.flow.doctor.gathering import gather
from cutover.flow.doctor.judging import diagnose, ending
from cutover.render.doctor import document, screen


@click.command()
@global_options(hidden=True)
@with_session
def command(session: Session) -> int:
    """Look at everything that a migration rests on, and say how to mend what is wrong.

    \b
    cutover doctor
    cutover doctor --json

    Settings, credentials and how long they last, the permission to write records, the clock, the zone, the records,
    name servers, metrics, alarms, capacity, concurrency, sizes of requests, the ledger, the way back. It takes about
    ten seconds and changes nothing; the lease is taken for a moment where nobody holds it.

    Exit 0 if nothing must be mended, 8 if something must.
    """
    found = diagnose(session.world, gather(session.world))
    session.output.show(*screen(found, session.world.settings, session.output))
    return session.output.finish("doctor", ending(found), document(found))
