"""`cutover lock`: who may raise weights now, and taking that right away."""

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason
from cutover.exits import Exit
from cutover.flow.outcome import Outcome
from cutover.flow.verbs.unlocking import break_lease, free, holder_named
from cutover.ports import Holder
from cutover.render.lock import document, held


@click.group()
@global_options(hidden=True)
def command() -> None:
    """Show who holds the lease, or break it.

    \b
    cutover lock show
    cutover lock break --reason "the laptop is asleep"

    Only one process at a time may raise Lambda's share: the one that holds the lease. Going back never needs it.
    """


@command.command("show")
@global_options(hidden=True)
@with_session
def show(session: Session) -> int:
    """Show who holds the lease: its process, machine and times.

    \b
    cutover lock show --json
    """
    holder = session.world.ledger.holder()
    if session.output.as_json:
        session.output.document("cutover.lock/1", {"holder": document(holder)})
    session.output.show(*held(holder, session.world.clock.now()))
    return int(Exit.DONE)


@command.command("break")
@click.option("--reason", type=Reason(), required=True, help="Why, for the ledger.")
@click.option("--holder", "name", metavar="NAME", help="Whose lease it is, as lock show names it; --yes needs it.")
@click.option("--dry-run", is_flag=True, help="Show whose lease it is and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def break_(session: Session, reason: str, name: str | None, dry_run: bool, yes: bool) -> int:
    """Take the lease from a process that is stopped, lost, or not to be waited for.

    \b
    cutover lock break --reason "the laptop is asleep"

    It asks for the holder's name, typed. The other process finds out before it next raises Lambda's share, and stops.
    A process that is gone needs no breaking: its lease ends with it, or in a table some minutes later.
    """
    session.command = "lock break"  # in the ledger; a group's command is named by its last word only
    _must_be_named(session, name, dry_run=dry_run, yes=yes)
    holder = session.world.ledger.holder()
    outcome = free() if holder is None else _taken(session, holder, name, reason, dry_run=dry_run, yes=yes)
    return session.output.finish("lock", outcome, {"holder": document(holder), "dry_run": dry_run})


def _must_be_named(session: Session, name: str | None, *, dry_run: bool, yes: bool) -> None:
    if dry_run:
        return
    session.must_be_able_to_ask(yes=yes)
    if yes and name is None:
        raise click.UsageError("--yes needs --holder NAME, so that nobody else's lease is broken; lock show names it")


def _taken(session: Session, holder: Holder, name: str | None, reason: str, *, dry_run: bool, yes: bool) -> Outcome:
    session.output.show(*held(holder, session.world.clock.now()))
    if name is not None:
        holder_named(holder, name)
    if dry_run:
        return Outcome(Exit.DONE, "nothing was broken", "the same without --dry-run")
    if not yes:
        holder_named(holder, click.prompt("To break this lease, type the holder's name", err=True))
    return break_lease(session.journal(), holder, reason)
