"""Follows pages on a stack of its own and shows what their commands print: for whoever writes one.

`python -m tests.runbooks alarms/lambda-errors procedures/drill`. With `--keep FOLDER` the stack stays up: each line of
the standard input names a page to follow, and `source FOLDER/page.env` lets another shell type commands.
"""

import argparse
import shlex
import sys
import tempfile
from pathlib import Path

from cutover.rehearsal.stack.process import DidNotStart
from tests.runbooks import pages
from tests.runbooks.page import BadPage, Command
from tests.runbooks.shell import Ran, Shell, WrongOutput
from tests.runbooks.site import Site


def main() -> int:
    """The number of pages whose commands did something else."""
    arguments = argparse.ArgumentParser(prog="python -m tests.runbooks", description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("pages", nargs="*", help="alarms/NAME or procedures/NAME")
    arguments.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the stack up; stdin names pages")
    asked = arguments.parse_args()
    site = Site.start(asked.keep or Path(tempfile.mkdtemp(prefix="runbooks-")))
    try:
        wrong = sum(not _followed(site, name) for name in asked.pages)
        if asked.keep:
            _stay(site, asked.keep)
    finally:
        site.stop()
    return wrong


def _followed(site: Site, name: str) -> bool:
    """Whether every command did what the page says; all are shown, also behind the first that did not."""
    where, _, page_name = name.rpartition("/")
    page = pages.page_of(pages.FOLDER / where, page_name)
    shell, right = site.follows(page), True
    for command in page.commands:
        right = _shown(shell, command, page.name) and right
    return right


def _shown(shell: Shell, command: Command, page: str) -> bool:
    try:
        ran, wrong = shell.follow(command, page), ""
    except WrongOutput as error:
        ran, wrong = Ran("", -1, 0.0), f"WRONG {error}"
    _say(wrong or f"{page}:{command.line} ok, {ran.seconds:.1f} s\n$ {command.text}\n{ran.output}")
    return not wrong


def _stay(site: Site, folder: Path) -> None:
    by_hand = folder / "by-hand"
    site.put_back(by_hand, "ecs")
    lines = [f"export {name}={shlex.quote(value)}" for name, value in site.environment(by_hand).items()]
    (folder / "page.env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _say(f"source {folder / 'page.env'}")
    for name in sys.stdin:
        try:
            _say(f"== {name.strip()}: {'right' if _followed(site, name.strip()) else 'WRONG'}")
        except (AssertionError, BadPage, DidNotStart, KeyError, OSError) as error:
            _say(f"== {name.strip()}: {type(error).__name__}: {error}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
