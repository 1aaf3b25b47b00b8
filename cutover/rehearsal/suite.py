"""`cutover rehearse --all`: every scenario, one after another, each a process with a stack and a folder of its own."""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.text import Text

from cutover.rehearsal import index_page
from cutover.rehearsal.library import every
from cutover.rehearsal.rows import Row, document, exit_of, not_held, row_of, table
from cutover.rehearsal.scenario import Scenario
from cutover.rehearsal.stack.process import Child, Program
from cutover.rehearsal.suite_screen import LiveList, PlainList

LOOK_SECONDS = 0.2
STOP_SECONDS = 60.0  # a stack takes a moment to stop
LOG = "rehearsal.log"


class Rehearsing(Protocol):
    """A rehearsal that is under way."""

    @property
    def exit_code(self) -> int | None:
        """None while it is."""
        ...

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """End it."""
        ...


class ListScreen(Protocol):
    """Where the suite's progress is shown."""

    def begins(self, scenario: Scenario) -> None:
        """The next one."""
        ...

    def look(self, doing: str) -> None:
        """What it does now."""
        ...

    def ended(self, row: Row) -> None:
        """What it came to."""
        ...


Start = Callable[[Scenario, Path], Rehearsing]


class Suite:
    """Holds the rehearsals; `rows` has those that are over. One that can't be held does not stop the others."""

    def __init__(self, folder: Path, start: Start, screen: ListScreen) -> None:
        self._folder, self._start, self._screen = folder, start, screen
        self.rows: list[Row] = []

    def hold(self, scenarios: Sequence[Scenario]) -> bool:
        """All of them: whether somebody interrupted it."""
        for scenario in scenarios:
            self._screen.begins(scenario)
            began = time.monotonic()
            try:
                code = self._hold_one(scenario)
            except KeyboardInterrupt:
                self._note(not_held(scenario, time.monotonic() - began, "Ctrl-C", "interrupted"))
                return True
            self._note(self._row(scenario, code, time.monotonic() - began))
        return False

    def _hold_one(self, scenario: Scenario) -> int | None:
        """Its exit code."""
        folder = self._folder / scenario.name
        folder.mkdir(parents=True, exist_ok=True)
        rehearsing = self._start(scenario, folder)
        try:
            while (code := rehearsing.exit_code) is None:
                time.sleep(LOOK_SECONDS)
                self._screen.look(last_line(folder / LOG))
        finally:
            rehearsing.stop(STOP_SECONDS)
        return code

    def _row(self, scenario: Scenario, code: int | None, seconds: float) -> Row:
        """By its summary, if that is its own: one that ended otherwise was left there, or ended badly after it."""
        place = self._folder / scenario.name / "summary.json"
        summary = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
        if not summary or summary["exit"] != code:
            return not_held(scenario, seconds, last_line(self._folder / scenario.name / LOG))
        return row_of(scenario, summary, seconds)

    def _note(self, row: Row) -> None:
        self.rows.append(row)
        self._screen.ended(row)


def hold_all(folder: Path, *, quick: bool, as_json: bool, quiet: bool) -> int:
    """Hold every scenario and leave a page, a document, a table: the exit code."""
    console = Console(stderr=as_json, quiet=quiet, highlight=False)
    scenarios = every()
    with _screen(console, scenarios) as screen:
        suite = Suite(folder, starting(quick=quick), screen)
        interrupted = suite.hold(scenarios)
    told = document(suite.rows, quick=quick, interrupted=interrupted)
    _write_papers(folder, told)
    if as_json:
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    _show(console, suite.rows, folder)
    return exit_of(suite.rows, interrupted=interrupted)


def starting(*, quick: bool) -> Start:
    """Starts a rehearsal as a person would, its words in a log; it ends with this process, however that ends."""

    def start(scenario: Scenario, folder: Path) -> Rehearsing:
        form = ["--quick"] if quick else []
        words = ["-m", "cutover", "rehearse", "--scenario", scenario.name, *form, "--out", str(folder)]
        return Child(Program(f"rehearsal {scenario.name}", [sys.executable, *words], {}, folder / LOG))

    return start


def last_line(log: Path) -> str:
    """The newest of what it has said; nothing before it has said anything."""
    if not log.exists():
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _write_papers(folder: Path, told: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    (folder / "index.html").write_text(index_page.render(told["scenarios"]), encoding="utf-8")


def _show(console: Console, rows: Sequence[Row], folder: Path) -> None:
    console.print(table(rows))
    for row in rows:
        if not row.passed:
            console.print(Text(f"FAIL  {row.name}: {row.reason}", "bold red"), soft_wrap=True)
    console.print(Text(f"reports: {folder / 'index.html'}"), soft_wrap=True)


def _screen(console: Console, scenarios: Sequence[Scenario]) -> LiveList | PlainList:
    live = console.is_terminal and not console.quiet
    return LiveList(console, scenarios) if live else PlainList(console, len(scenarios))
