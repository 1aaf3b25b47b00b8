"""Everything that is written down of one run: its papers, and the newest seconds, by which it may be broken off."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from cutover.core.load.lines import Line, Note, Second
from cutover.core.load.run import EndedBy, LoadRun, Target
from cutover.load.papers import BadFolder, RunFolder, exit_of, read, told
from loadtests._plan import Plan
from loadtests._settings import Traffic
from loadtests._table import BadSettings

WINDOW_SECONDS = 10  # of which too many errors break a run off
KEPT_SECONDS = 20  # workers tell of a second some seconds later
NOT_DELIVERED, LIMITS_BROKEN = 13, 3  # cutover's exit codes, where no papers are judged


class Book:
    """Takes lines until the run has ended."""

    def __init__(self, run: LoadRun, folder: Path | None, *, judged: bool) -> None:
        """Begin the papers. Raises BadSettings."""
        self._run, self._judged, self._place = run, judged, folder
        try:
            self._papers = RunFolder.begin(folder, run) if folder else None
        except BadFolder as error:
            raise BadSettings(str(error)) from error
        self._newest: dict[int, tuple[int, int]] = {}  # requests and bad ones by second
        self._open = True

    def take(self, line: Line) -> None:
        """Write down one line; after the end there is nothing to add to."""
        if not self._open:
            return
        if isinstance(line, Second):
            self._note(line)
        if self._papers:
            self._papers.write(line)

    def failing(self) -> bool:
        """Whether the last ten seconds that are known were so bad that going on would do harm."""
        if not self._judged or not self._newest:
            return False
        latest = max(self._newest)
        window = [counts for second, counts in self._newest.items() if second > latest - WINDOW_SECONDS]
        requests, bad = sum(one for one, _ in window), sum(one for _, one in window)
        limits = self._run.limits
        return requests >= max(1, limits.p95_min_samples) and bad / requests > limits.abort_error_rate

    def finish(self, ended: float, by: EndedBy, notes: Sequence[Note]) -> tuple[int | None, Sequence[str]]:
        """Write the other papers: the exit code (None: as Locust will), and the lines for the terminal."""
        for note in notes:
            self.take(note)
        self._open = False
        if self._papers and not self._judged:
            self._papers.close()
        if not self._judged:
            return 0, ()
        if self._papers is None or self._place is None:
            lost = [note.text for note in notes if note.lost]
            code = {EndedBy.LOST: NOT_DELIVERED, EndedBy.ABORT: LIMITS_BROKEN}.get(by)
            return code, [f"NOT DELIVERED: {text}" for text in lost]
        verdict = self._papers.finish(ended, by)
        run = read(self._place)
        return exit_of(verdict, run), told(verdict, run, self._place / "report.html")

    def _note(self, second: Second) -> None:
        requests, bad = self._newest.get(second.second, (0, 0))
        for cell in second.cells.values():
            requests, bad = requests + cell.requests, bad + cell.errors + cell.wrong
        self._newest[second.second] = requests, bad
        for old in sorted(self._newest)[:-KEPT_SECONDS]:
            del self._newest[old]


def run_of(plan: Plan, asked: Traffic) -> LoadRun:
    """The run as its papers have it."""
    return LoadRun(
        id=plan.id,
        profile=plan.profile,
        target=Target(asked.target or plan.host, plan.host),
        started=plan.started,
        limits=asked.limits,
        seed=plan.seed,
        in_flight_cap=plan.own_in_flight * plan.of,
        workers=plan.of,
        reason=asked.reason,
        about={
            "locust": version("locust"),
            "python": platform.python_version(),
            "cores": str(os.cpu_count() or 1),
            "persons": str(max(plan.persons, plan.of)),
            "accounts": str(len(asked.tokens)) if asked.tokens else "",
        },
    )
