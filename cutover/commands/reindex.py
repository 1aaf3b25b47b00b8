"""`cutover reindex`: the search indices made anew from PostgreSQL, proved equal, swapped, and swapped back."""

from collections.abc import Callable, Sequence
from typing import Any, Unpack

import click

from cutover.commands._reindexing import Allowed, RunFlags, Work, must_be_set_up, wish
from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason, Whole
from cutover.core.reindex.models import ALIASES
from cutover.flow.reindexing import looked, unchanged
from cutover.render import reindexing as screens

ALL = "all"
_indices = click.argument("indices", nargs=-1, type=click.Choice([*ALIASES, ALL]), metavar="[INDEX]...")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show what it would do and stop.")
_reason = click.option("--reason", type=Reason(), default="by hand", help="Why, for the ledger.")
_SWAPS: Sequence[Callable[[Any], Any]] = (
    click.option("--accept-dead", type=Whole("number", 0, 999_999), default=0, show_default=True,
                 help="Swap although so many rows can't be indexed."),
    click.option("--allow-empty", is_flag=True, help="Swap although the table is empty."),
    click.option("--replace-index", is_flag=True,
                 help="Delete the index that has the alias's very name, in the swap's own step."),
)  # fmt: skip


class SwapFlags(Allowed):
    """What can be said of a swap."""

    reason: str
    dry_run: bool
    yes: bool


def swap_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options of whatever swaps."""
    for option in reversed(_SWAPS):
        command = option(command)
    return command


@click.group()
@global_options(hidden=True)
def command() -> None:
    """Make the search indices anew from PostgreSQL, and swap them when they are proved equal.

    \b
    cutover reindex plan        what stands there, and what a run would do
    cutover reindex run         load, catch up, compare, mend, verify; the alias stays where it is
    cutover reindex swap        point the alias to the verified index, in one step
    cutover reindex rollback    and back, with what was written meanwhile
    cutover reindex prune       delete our own old indices

    An INDEX is moc_instructions, gallery_images, wishlist_items, or all, which is the default. Both backends may
    write all the while. Cut off at any point, the same command goes on.
    """


@command.command()
@_indices
@global_options(hidden=True)
@with_session
def plan(session: Session, indices: Sequence[str]) -> int:
    """Show what stands under each alias, what a run would do, and what stands in its way.

    \b
    cutover reindex plan
    cutover reindex plan moc_instructions --json

    Changes nothing. Exit 0 also where something stands in the way; 10 where a server is out of reach.
    """
    work = Work(session, "plan", _named(indices))
    return work.each(lambda alias: work.seen(alias, screens.planned, lambda _: unchanged(alias)))


@command.command()
@_indices
@global_options(hidden=True)
@with_session
def status(session: Session, indices: Sequence[str]) -> int:
    """Show how far each reindex is: the serving index, the newest verification, dead letters, who is at work.

    \b
    cutover reindex status
    cutover reindex status all --json

    Changes nothing.
    """
    work = Work(session, "status", _named(indices))
    return work.each(lambda alias: work.seen(alias, screens.screen, looked))


@command.command()
@_indices
@click.option("--swap", is_flag=True, help="Go on with the swap when all is equal.")
@click.option("--fresh", is_flag=True, help="Begin a new index, whatever was begun before.")
@click.option("--loaded", metavar="NAME", default="", help="Go on behind a load that others have done into this index.")
@swap_options
@_reason
@_dry_run
@_yes
@global_options(hidden=True)
@with_session
def run(session: Session, indices: Sequence[str], **flags: Unpack[RunFlags]) -> int:
    """Load a new index, catch up, compare every document, mend and verify; then say how to swap.

    \b
    cutover reindex run moc_instructions
    cutover reindex run all --swap --yes

    The alias stays where it is, without --swap. Ctrl-C, kill -9 and lost servers leave what was done: the same
    command goes on. Exit 12 not equal, or rows that can't be indexed; 7 another one is at work; 8 refused; 10 a
    server is out of reach.
    """
    work = Work(session, "run", _named(indices), flags["reason"])
    if flags["loaded"] and len(work.aliases) != 1:
        raise click.UsageError("--loaded names the index of one alias: say which, such as moc_instructions")
    if flags["loaded"] and flags["fresh"]:
        raise click.UsageError("--fresh begins a new index, --loaded goes on with one: say one of them")
    if (ended := work.asked("Reindex this now?", screens.planned, flags["dry_run"], flags["yes"])) is not None:
        return ended
    return work.each(lambda alias: work.run(alias, flags))


@command.command()
@_indices
@global_options(hidden=True)
@with_session
def verify(session: Session, indices: Sequence[str]) -> int:
    """Compare the newest index of each alias with its table, document by document.

    \b
    cutover reindex verify moc_instructions

    Of the index that serves nothing is changed. One that does not serve falls behind, as nobody else writes to it: it
    is brought up to date and mended first. Exit 0 equal, 12 not equal. What it finds is kept beside the checkpoint,
    for the swap.
    """
    work = Work(session, "verify", _named(indices))
    return work.each(work.verify)


@command.command()
@_indices
@swap_options
@_reason
@_dry_run
@_yes
@global_options(hidden=True)
@with_session
def swap(session: Session, indices: Sequence[str], **flags: Unpack[SwapFlags]) -> int:
    """Point each alias to its verified index in one step, then bring over what was written meanwhile.

    \b
    cutover reindex swap moc_instructions
    cutover reindex swap moc_instructions --replace-index     # the old service's own index had the name

    Refused (exit 8) unless the last verification is equal and younger than 30 minutes. The former index stays for
    reindex.keep (7d): cutover reindex rollback goes back to it.
    """
    work = Work(session, "swap", _named(indices), flags["reason"])
    allowed = wish(flags)
    ended = work.asked(
        "Swap now?", screens.screen, flags["dry_run"], flags["yes"], lambda seen: work.foresee_swap(seen, allowed)
    )
    if ended is not None:
        return ended
    return work.each(lambda alias: work.swap(alias, allowed))


@command.command()
@click.argument("indices", nargs=-1, required=True, type=click.Choice([*ALIASES, ALL]), metavar="INDEX...")
@_reason
@_dry_run
@_yes
@global_options(hidden=True)
@with_session
def rollback(session: Session, indices: Sequence[str], reason: str, dry_run: bool, yes: bool) -> int:
    """Point each alias back to the index that served before, brought up to date first and after.

    \b
    cutover reindex rollback moc_instructions --reason "searches miss tags"

    Refused (exit 8) where the former index is gone: then a run makes a new one from PostgreSQL.
    """
    work = Work(session, "rollback", _named(indices), reason)
    ended = work.asked("Go back to the former index?", screens.screen, dry_run, yes, work.foresee_rollback)
    if ended is not None:
        return ended
    return work.each(work.roll_back)


@command.command()
@_indices
@click.option("--all", "everything", is_flag=True, help="The newest former index, too: then there is no way back.")
@_dry_run
@_yes
@global_options(hidden=True)
@with_session
def prune(session: Session, indices: Sequence[str], everything: bool, dry_run: bool, yes: bool) -> int:
    """Delete our own indices that serve no more and are older than reindex.keep.

    \b
    cutover reindex prune --dry-run
    cutover reindex prune moc_instructions --all

    Never the one that serves, never one that others have made.
    """
    work = Work(session, "prune", _named(indices))
    must_be_set_up(session)
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)
        for alias in work.aliases if not yes else ():
            would = work.reindexing.prune(alias, everything=everything, dry_run=True)
            session.output.show(*screens.pruned(would, dry_run=True))
        session.ask("Delete these?", yes=yes)
    return work.each(lambda alias: work.prune(alias, everything, dry_run))


def _named(indices: Sequence[str]) -> tuple[str, ...]:
    """The aliases that the words mean, each once, in the order in which all are done."""
    return tuple(alias for alias in ALIASES if not indices or ALL in indices or alias in indices)
