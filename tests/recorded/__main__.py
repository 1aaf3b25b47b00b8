"""Keeps new recordings: see the package."""

import sys
import tempfile
from pathlib import Path

from rich.console import Console

from cutover.rehearsal.faults import Injection
from cutover.rehearsal.rehearse import Rehearsal
from cutover.rehearsal.screen import PlainScreen
from cutover.rehearsal.stack.stack import Stack
from cutover.rehearsal.wish import FACTOR, Wish
from tests.recorded import boards, keeping


def rehearsed(injection: Injection) -> None:
    """Hold a quick rehearsal with that fault, and keep it if it ended as it must."""
    screen = PlainScreen(Console(stderr=True))
    with tempfile.TemporaryDirectory() as folder:
        wish = Wish(Path(folder), quick=True, injection=injection)
        stack = Stack.start(wish.folder / "logs", FACTOR, screen.say)
        try:
            outcome = Rehearsal(wish, stack, screen).run()
        finally:
            stack.stop()
    if wrong := [check.detail for check in outcome.checks if not check.passed]:
        sys.exit(f"not kept, as it did not end as it must: {'; '.join(wrong)}")
    keeping.keep_outcome(outcome, injection, "rehearsal")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["load", folder, name]:
            keeping.keep_load_run(Path(folder), name)
        case ["boards"]:
            boards.hold()
        case ["rehearsal", fault]:
            rehearsed(Injection.parse(fault))
        case _:
            sys.exit(str(sys.modules["tests.recorded"].__doc__))
