"""Writing the ledger's changes into the deployed dashboard; the same once more changes nothing."""

from dataclasses import dataclass

from cutover.core.boards.board import BadBoard, deployed_name
from cutover.core.boards.marks import Change, changes, count_of, marked
from cutover.core.words import plural
from cutover.exits import Exit
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import LedgerUnavailable, NotAllowed, TelemetryUnavailable, Undelivered, World

CUTOVER_BOARD = "cutover"


@dataclass(frozen=True, slots=True)
class Annotated:
    """What there is to mark, and what was marked before. `written`: whether the dashboard was replaced."""

    name: str
    found: tuple[Change, ...]
    before: int
    is_same: bool
    written: bool = False
    said: tuple[str, ...] = ()  # what CloudWatch has against the new JSON


class NoSuchBoard(Exception):
    """There is no such dashboard, or it is none that can be marked; the message says which."""


def board_name(world: World) -> str:
    """The deployed dashboard that changes are marked in: the settings' own, or the repository's."""
    return world.settings.dashboard.name or deployed_name(CUTOVER_BOARD, world.settings.stage)


def annotate(world: World, *, dry_run: bool = False) -> Annotated:
    """Mark every change that the ledger tells of.

    Raises NoSuchBoard, LedgerUnavailable, TelemetryUnavailable, NotAllowed.
    """
    name, found = board_name(world), tuple(changes(world.ledger.events()))
    body = world.boards.body(name)
    if body is None:
        raise NoSuchBoard(f"there is no dashboard {name!r} in CloudWatch")
    try:
        new, before = marked(body, found), count_of(body)
    except BadBoard as error:
        raise NoSuchBoard(f"the dashboard {name!r} can't be marked: {error}") from error
    if new == body or dry_run:
        return Annotated(name, found, before, new == body)
    return Annotated(name, found, before, is_same=False, written=True, said=tuple(world.boards.replace(name, new)))


def annotated(world: World, *, dry_run: bool = False) -> Annotated:
    """As `annotate`; stops where there is no such dashboard. Raises the rest."""
    try:
        return annotate(world, dry_run=dry_run)
    except NoSuchBoard as error:
        raise Stop(Outcome(Exit.USAGE, f"{error}; set dashboard.name", "cutover dashboard list")) from error


def ending(done: Annotated) -> Outcome:
    """How a command ends with that."""
    many = plural(len(done.found), "mark")
    if done.written:
        return Outcome(Exit.DONE, f"{many} in {done.name}", f"cutover dashboard preview {CUTOVER_BOARD} --deployed")
    if done.is_same:
        return Outcome(Exit.DONE, f"{done.name} has them all: nothing to change", "cutover status")
    return Outcome(Exit.DONE, f"{many}; nothing was changed", "the same without --dry-run")


def mark(world: World) -> None:
    """As `annotate`, beside other work. Raises Undelivered."""
    try:
        annotate(world)
    except (NoSuchBoard, LedgerUnavailable, TelemetryUnavailable, NotAllowed) as error:
        raise Undelivered(str(error)) from error
