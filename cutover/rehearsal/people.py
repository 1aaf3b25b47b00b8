"""People at other keyboards: commands that they type beside `cutover run`, or after it."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from cutover.rehearsal.controller import ENV
from cutover.rehearsal.recording import Typed
from cutover.rehearsal.scenario import Typing
from cutover.rehearsal.stack.process import Child, Program

MOST_SAID = 6000  # characters of a command's output that are kept; its log has all
COLUMNS = "110"


class Keyboard:
    """Starts commands, and tells of each how it ended. `settings` is the `cutover.toml`; a log for each command."""

    def __init__(self, settings: Path, logs: Path) -> None:
        self._settings, self._logs = settings, logs
        self._under_way: list[tuple[Typing, float, Child]] = []
        self._typed = 0

    @property
    def busy(self) -> bool:
        """Whether a command has not ended yet."""
        return bool(self._under_way)

    def types(self, typing: Typing, now: float) -> None:
        """Start it."""
        self._typed += 1
        log = self._logs / f"typed-{self._typed}.log"
        log.write_text(f"$ cutover {typing.command}\n", encoding="utf-8")
        command = [sys.executable, "-m", "cutover", "--config", str(self._settings), "--no-color"]
        program = Program(
            f"cutover {typing.command}", [*command, *shlex.split(typing.command)], {**ENV, "COLUMNS": COLUMNS}, log
        )
        self._under_way.append((typing, now, Child(program)))

    def ended(self, now: float) -> Sequence[Typed]:
        """Those that have ended since the last call."""
        over = [one for one in self._under_way if one[2].exit_code is not None]
        self._under_way = [one for one in self._under_way if one not in over]
        return [_told(typing, began, now, child) for typing, began, child in over]

    def stop(self) -> None:
        """Let nobody go on typing."""
        for _, _, child in self._under_way:
            child.stop()
        self._under_way.clear()


def _told(typing: Typing, began: float, now: float, child: Child) -> Typed:
    said = child.program.log.read_text(encoding="utf-8", errors="replace").partition("\n")[2]
    return Typed(began, now, f"cutover {typing.command}", child.exit_code, int(typing.exit), said[-MOST_SAID:])
