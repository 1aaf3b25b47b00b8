"""Where the pages are, and how one is followed from its first command to its last."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cutover.rehearsal.stack.process import CHECKOUT
from tests.runbooks.page import Command, Page, read
from tests.runbooks.shell import Ran, Shell

FOLDER = CHECKOUT / "runbooks"
ALARMS, PROCEDURES = FOLDER / "alarms", FOLDER / "procedures"


def names_of(folder: Path) -> Sequence[str]:
    """The pages in it, without their ending."""
    return sorted(path.stem for path in folder.glob("*.md"))


def follow(shell: Shell, page: Page, commands: Sequence[Command], seen: Callable[[Command, Ran], None]) -> None:
    """Type these, one after another; `seen` hears how each ended. Raises WrongOutput."""
    for command in commands:
        seen(command, shell.follow(command, page.name))


def page_of(folder: Path, name: str) -> Page:
    """The page of that name. Raises BadPage."""
    return read(folder / f"{name}.md")
