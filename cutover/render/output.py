"""Where a command's words go: a terminal, a pipe, or one JSON document; a closed pipe never stops the work."""

import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.text import Text

from cutover.core.words import printable
from cutover.exits import Exit
from cutover.flow.outcome import Outcome
from cutover.render.parts import unbroken
from cutover.render.way_on import NAMES, hints

STYLES = {Exit.DONE: "bold green", Exit.ROLLED_BACK: "bold yellow", Exit.INTERRUPTED: "bold yellow"}

# Commands in sentences, which need the global options of the command that says them.
_COMMAND = re.compile(rf"\bcutover ({NAMES})\b")
NARROWEST, WIDEST, ENDLESS = 80, 120, 10_000


class PatientConsole(Console):
    """Rich ends the process when nobody reads any more; a run that guards traffic must not end for that."""

    def on_broken_pipe(self) -> None:
        """Go on without words."""
        _mute(self)


class Output:
    """Prose goes to stdout, or to stderr beside a JSON document; `quiet` leaves results and errors.

    `again` is how a next command has to begin so that it means the same world: "cutover --config prod.toml".
    """

    def __init__(
        self, *, as_json: bool = False, quiet: bool = False, color: bool = True, again: str = "cutover"
    ) -> None:
        self.as_json, self.quiet, self.again = as_json, quiet, again
        self._out, self._err = _console(sys.stdout, color), _console(sys.stderr, color)
        self._lost: OSError | None = None  # why a document could not be written

    @property
    def is_live(self) -> bool:
        """Whether lines can be overwritten: prose on a terminal."""
        return self._prose.is_interactive

    @property
    def console(self) -> Console:
        """Where prose goes, for what draws by itself."""
        return self._prose

    @property
    def width(self) -> int:
        """The columns for a screen."""
        return min(self._prose.width, WIDEST) if self._prose.is_terminal or "COLUMNS" in os.environ else NARROWEST

    def show(self, *parts: RenderableType) -> None:
        """A result for people; not in JSON's quiet company."""
        if not (self.as_json and self.quiet):
            self._print(self._prose, Group(*parts))

    def progress(self, *parts: RenderableType) -> None:
        """What is nice to know on the way."""
        if not self.quiet:
            self._print(self._prose, Group(*parts))

    def overwrite(self, line: Text) -> None:
        """Replace the last line of a terminal by this one."""
        line.truncate(self.width - 1, overflow="ellipsis")
        self._raw(self._prose, "\r\x1b[2K")
        self._print(self._prose, line, end="")

    def warn(self, text: str) -> None:
        """Something that went wrong and did not stop the work."""
        self._print(self._err, Text(f"! {printable(text)}", style="yellow"))

    def document(self, schema: str, body: Mapping[str, Any], *, compact: bool = False) -> None:
        """One JSON document on stdout."""
        spelled = json.dumps({"schema": schema, **body}, indent=None if compact else 2, ensure_ascii=False)
        trouble = self._raw(self._out, spelled + "\n")
        if trouble and not isinstance(trouble, BrokenPipeError):  # who reads no more has wanted no more
            self._lost = trouble

    def plain(self, text: str) -> None:
        """A document of another form than ours on stdout, as it is."""
        trouble = self._raw(self._out, text)
        if trouble and not isinstance(trouble, BrokenPipeError):
            self._lost = trouble

    def arrived(self, code: int) -> int:
        """The exit code of a command that is there for its document: one that was lost is no success."""
        if self._lost is None:
            return code
        self.warn(f"the document could not be written: {self._lost.strerror or self._lost}")
        return code or int(Exit.INTERNAL)

    def finish(self, command: str, outcome: Outcome, body: Mapping[str, Any] | None = None) -> int:
        """The end of a command in the form that was asked for; returns the exit code."""
        if self.as_json:
            self.document(f"cutover.{command}/1", {**(body or {}), **self.ending(outcome)})
        else:
            self.tell(outcome)
        return int(outcome.exit)

    def fail(self, outcome: Outcome) -> int:
        """The end of a command before it could say anything; one line, so that it also ends a stream of documents."""
        if not self.as_json:
            self.tell(outcome)
        else:
            ended = {"event": "end", "reason": outcome.text, **self.ending(outcome)}
            self.document("cutover.error/1", ended, compact=True)
        return int(outcome.exit)

    def tell(self, outcome: Outcome) -> None:
        """The outcome in words: on stdout if it is done, on stderr if not."""
        console = self._out if outcome.exit in STYLES and not self.as_json else self._err
        style = STYLES.get(outcome.exit, "bold red")
        self._print(console, Text(printable(outcome.text), style=style))
        if outcome.rule:
            self._print(console, Text(f"rule: {outcome.rule} (exit {int(outcome.exit)})", style="dim"))
        for number, hint in enumerate(hints(outcome.way_on)):
            said = printable(self.spelled(str(hint)))
            self._print(console, unbroken(Text.assemble(("      " if number else "next: ", "dim"), said)))

    def ending(self, outcome: Outcome) -> dict[str, Any]:
        """An outcome as plain JSON values."""
        named = {"exit": int(outcome.exit), "result": outcome.exit.name.lower(), "message": outcome.text}
        named["next"] = self.spelled(outcome.way_on)
        return named | ({"rule": outcome.rule} if outcome.rule else {})

    def spelled(self, text: str) -> str:
        """The text with its commands as they must be typed here."""
        return _COMMAND.sub(lambda match: f"{self.again} {match[1]}", text)

    def new_line(self) -> None:
        """Leave a line that was overwritten."""
        self._raw(self._prose, "\n")

    @property
    def _prose(self) -> Console:
        return self._err if self.as_json else self._out

    def _print(self, console: Console, what: RenderableType, end: str = "\n") -> None:
        try:
            console.print(what, end=end, crop=False)
            console.file.flush()
        except OSError:
            _mute(console)

    def _raw(self, console: Console, text: str) -> OSError | None:
        """Write it; what was in the way, if anything."""
        try:
            console.file.write(text)
            console.file.flush()
        except OSError as error:
            _mute(console)
            return error
        return None


def _console(file: TextIO, color: bool) -> Console:
    """A console whose lines are broken on a terminal only: what goes to a file is searched, not looked at."""
    system: Any = "auto" if color else None
    console = PatientConsole(file=file, color_system=system, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width, console.height = ENDLESS, 25  # both, or Rich takes neither
    return console


def _mute(console: Console) -> None:
    """Nobody reads any more, or the disk is full: go on without words, and let the exit code speak."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, console.file.fileno())
        os.close(nowhere)
