"""`cutover decommission`: the end of the migration, rung by rung, each with its way back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.text import Text

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason, Whole
from cutover.core.decommission import Rung
from cutover.core.parts import Part
from cutover.core.words import plural, printable
from cutover.exits import Exit
from cutover.flow.decommission import archiving, deleting, scaling
from cutover.flow.decommission.ladder import stopped
from cutover.flow.decommission.overview import overview
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop
from cutover.render import decommission as screens
from cutover.render.running import TextReport

NAME = "decommission"
_reason = click.option("--reason", type=Reason(), default="by hand", help="Why, for the ledger.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show what it would do and stop.")
_undo = click.option("--undo", is_flag=True, help="Bring ECS back to the size before this rung.")


@click.group()
@global_options(hidden=True)
def command() -> None:
    """Take ECS down, rung by rung, each with its way back and how long that takes.

    \b
    cutover decommission plan       the ladder: what is done, what is next, what stands in the way
    cutover decommission hold       ECS to its warm floor, for 48 h: a rollback still finds it
    cutover decommission drain      everything exported, then ECS to 0 tasks
    cutover decommission archive    ECR images to S3 by digest, checked
    cutover decommission delete     DNS, service, load balancer, images; each name is typed

    Nothing is taken down before Lambda's last bake is complete and while the gates do not pass.
    """


@command.command()
@global_options(hidden=True)
@with_session
def plan(session: Session) -> int:
    """Show the ladder: what is done, what is next, what stands in the way, and the ways back.

    \b
    cutover decommission plan
    cutover decommission plan --json

    Changes nothing. Exit 0 also where something stands in the way.
    """
    seen = overview(_journal(session))
    session.output.show(*screens.screen(seen, session.world.settings, session.output))
    if not session.output.as_json:
        return int(Exit.DONE)
    return session.output.finish(NAME, Outcome(Exit.DONE, "nothing was changed"), screens.document(seen))


@command.command()
@click.option("--tasks", type=Whole("tasks", 1, 1000), help="How many stay.  [default: safety.warm_floor]")
@_undo
@_reason
@_dry_run
@_yes
@global_options(hidden=True)
@with_session
def hold(session: Session, tasks: int | None, undo: bool, reason: str, dry_run: bool, yes: bool) -> int:
    """Bring ECS down to its warm floor and start the hold, in which a rollback still finds it.

    \b
    cutover decommission hold
    cutover decommission hold --undo

    The hold lasts for archive.hold (48h), counted from here. Exit 8 refused, 3 or 6 by the gates, 5 drift, 7 locked,
    11 not reached in 15 minutes.
    """
    wanted = tasks or session.world.settings.safety.warm_floor
    what = f"ECS to {plural(wanted, 'task')}, autoscaling's minimum too"
    return _lower(session, Rung.HOLD, what, (undo, reason, dry_run, yes), wanted)


@command.command()
@_undo
@_reason
@_dry_run
@_yes
@global_options(hidden=True)
@with_session
def drain(session: Session, undo: bool, reason: str, dry_run: bool, yes: bool) -> int:
    """Export zone, service, task definition and load balancer, then bring ECS to 0 tasks.

    \b
    cutover decommission drain
    cutover decommission drain --undo

    After this a rollback finds no task: it would have to wait for --undo. Exit 8 while the hold lasts, otherwise as
    `hold`.
    """
    return _lower(session, Rung.DRAIN, "export everything, then ECS to 0 tasks", (undo, reason, dry_run, yes), 0)


@command.command()
@_reason
@_dry_run
@_yes
@global_options(hidden=True)
@with_session
def archive(session: Session, reason: str, dry_run: bool, yes: bool) -> int:
    """Copy every image of archive.repositories to S3 by digest, and check the copies.

    \b
    cutover decommission archive

    May be taken at any time, and again: it only adds copies. Cut off, it goes on where it was. Each repository becomes
    an OCI image layout, from which skopeo and oras push it back. Exit 12 where a copy is not what its digest says.
    """
    archiving.must_have_archive(session.world)
    _must_be_able_to_ask(session, yes, dry_run)
    settings, output = session.world.settings.archive, session.output
    names = ", ".join(settings.repositories)
    output.show(*screens.lowering(f"{names} to s3://{settings.bucket}/{settings.prefix}", Rung.ARCHIVE, output))
    if dry_run:
        return _unchanged(session, Rung.ARCHIVE)
    session.ask("Copy these repositories now?", yes=yes)
    with _telling(session) as told:
        outcome = archiving.archive(_journal(session), reason, told)
    return output.finish(NAME, outcome, {"rung": Rung.ARCHIVE.value})


@command.command()
@click.option("--confirm", "confirmed", multiple=True, metavar="NAME",
              help="The exact name of a resource to delete, in place of typing it; may be repeated.")  # fmt: skip
@_reason
@_dry_run
@global_options(hidden=True)
@with_session
def delete(session: Session, confirmed: Sequence[str], reason: str, dry_run: bool) -> int:
    """Delete what is left of ECS, one resource after the other, each when its name was typed.

    \b
    cutover decommission delete
    cutover decommission delete --confirm api.example.com --confirm prod/api

    The order is that of `plan`: DNS, service, load balancer, target groups, task definition, ECR repositories. What is
    not confirmed ends it. Exit 8 refused; what can't be brought back needs somebody else's approval.
    """
    journal = _journal(session)
    every, parts = deleting.resources(journal)
    names = [part.name for part in parts]
    if unknown := [name for name in confirmed if name not in {part.name for part in every}]:
        raise click.UsageError(f"--confirm {unknown[0]!r} is no resource; left are: {', '.join(names) or 'none'}")
    if dry_run:
        session.output.show(screens.resources(parts, parts))
        return _unchanged(session, Rung.DELETE)
    if parts and not confirmed and not session.interactive:
        raise click.UsageError(f"there is no terminal to type names on: add --confirm {names[0]}, or --dry-run")
    deleting.settle(journal, every)
    done: list[str] = []
    for part in parts:
        if not _is_confirmed(session, journal, part, confirmed):
            break
        session.output.progress(Text(printable(deleting.delete(journal, part, reason))))
        done.append(part.name)
    outcome = _ended(done, names, [name for name in confirmed if name in names])
    return session.output.finish(NAME, outcome, {"rung": Rung.DELETE.value, "deleted": done})


@command.command()
@click.option("--reason", type=Reason(), required=True, help="Why it may go, for the ledger.")
@_dry_run
@_yes
@global_options(hidden=True)
@with_session
def approve(session: Session, reason: str, dry_run: bool, yes: bool) -> int:
    """Let another person delete what can't be brought back, within a day.

    \b
    cutover decommission approve --reason "images archived, nobody calls the old name"

    By another AWS identity than the one that deletes. Without archive.two_people nobody asks for it.
    """
    _must_be_able_to_ask(session, yes, dry_run)
    journal = _journal(session)
    finals = [part for part in deleting.resources(journal)[1] if part.is_final]
    session.output.show(screens.resources(finals, finals))
    if dry_run:
        return _unchanged(session, Rung.DELETE)
    session.ask("Approve the deletion of these?", yes=yes)
    return session.output.finish(NAME, deleting.approve(journal, reason), {"approved": [part.name for part in finals]})


def _journal(session: Session) -> Journal:
    session.command = f"{NAME} {session.command}" if not session.command.startswith(NAME) else session.command
    return session.journal(TextReport(session.output))


def _lower(session: Session, rung: Rung, what: str, flags: tuple[bool, str, bool, bool], tasks: int) -> int:
    """A rung of fewer tasks, or its undo. `flags`: undo, reason, dry run, yes."""
    undo, reason, dry_run, yes = flags
    _must_be_able_to_ask(session, yes, dry_run)
    output = session.output
    output.show(*screens.lowering("back to the size before" if undo else what, rung, output))
    if dry_run:
        return _unchanged(session, rung)
    session.ask("Bring ECS back up?" if undo else "Do this now?", yes=yes)
    journal = _journal(session)
    with _telling(session) as told:
        if undo:
            outcome = scaling.undo(journal, rung, reason, told)
        else:
            outcome = scaling.hold(journal, tasks, reason, told) if tasks else scaling.drain(journal, reason, told)
    return output.finish(NAME, outcome, {"rung": rung.value, "undone": undo})


def _must_be_able_to_ask(session: Session, yes: bool, dry_run: bool) -> None:
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)


@contextmanager
def _telling(session: Session) -> Iterator[Callable[[str], None]]:
    """Progress: one line that is overwritten where that can be done."""
    output, told = session.output, list[str]()

    def tell(text: str) -> None:
        told.append(text)
        if output.is_live and not output.quiet:
            output.overwrite(Text(printable(f"  {text}")))
        else:
            output.progress(Text(printable(f"  {text}"), style="dim"))

    try:
        yield tell
    finally:
        if told and output.is_live and not output.quiet:
            output.new_line()


def _unchanged(session: Session, rung: Rung) -> int:
    outcome = Outcome(Exit.DONE, "nothing was changed", "the same without --dry-run")
    return session.output.finish(NAME, outcome, {"rung": rung.value, "dry_run": True})


def _is_confirmed(session: Session, journal: Journal, part: Part, confirmed: Sequence[str]) -> bool:
    """Whether its name was given or is typed; what stands against it is told before anybody types."""
    if confirmed and part.name not in confirmed:
        return False
    if against := deleting.against(journal, part):
        raise Stop(stopped(against[0]))
    session.output.show(*screens.about(part))
    if confirmed:
        return True
    typed = click.prompt(f"Type {part.name} to delete it, nothing to stop", default="", show_default=False, err=True)
    if typed and typed != part.name:
        raise Stop(Outcome(Exit.USAGE, f"{typed!r} is not {part.name!r}: it stays", "cutover decommission delete"))
    return bool(typed)


def _ended(done: Sequence[str], names: Sequence[str], asked: Sequence[str]) -> Outcome:
    left = names[len(done) :]
    if early := [name for name in asked if name not in done]:
        text = f"{early[0]} comes after {left[0]}, which is not confirmed; deleted: {', '.join(done) or 'nothing'}"
        return Outcome(Exit.USAGE, text, "cutover decommission plan shows the order")
    if not left:
        return Outcome(Exit.DONE, "nothing of ECS is left", "cutover cost shows what that saves")
    text = f"deleted: {', '.join(done) or 'nothing'}; left: {', '.join(left)}"
    return Outcome(Exit.DONE, text, "cutover decommission delete")
