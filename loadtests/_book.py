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
MOST_WINDOW_SECONDS = 60  # ... or as many as hold enough requests to tell
KEPT_SECONDS = MOST_WINDOW_SECONDS + 10  # workers tell of a second some seconds later
NOT_DELIVERED, LIMITS_BROKEN, INTERNAL = 13, 3, 1  # cutover's exit codes, where no papers are judged


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
        self.broken = ""  # why nothing more can be written, in words

    def take(self, line: Line) -> None:
        """Write down one line; after the end there is nothing to add to."""
        if not self._open or self.broken:
            return
        if isinstance(line, Second):
            self._note(line)
        try:
            if self._papers:
                self._papers.write(line)
        except OSError as error:
            self.broken = f"the papers can't be written: {error.strerror or error}"

    def failing(self) -> bool:
        """Whether the last seconds, ten or as many as hold enough requests, were so bad that going on does harm."""
        if not self._judged or not self._newest:
            return False
        latest = max(self._newest)
        limits, requests, bad = self._run.limits, 0, 0
        enough = max(1, limits.p95_min_samples)
        for second in range(latest, latest - MOST_WINDOW_SECONDS, -1):
            if second <= latest - WINDOW_SECONDS and requests >= enough:
                break
            more, worse = self._newest.get(second, (0, 0))
            requests, bad = requests + more, bad + worse
        return requests >= enough and bad / requests > limits.abort_error_rate

    def finish(self, ended: float, by: EndedBy, notes: Sequence[Note]) -> tuple[int | None, Sequence[str]]:
        """Write the other papers: the exit code (None: as Locust will), and the lines for the terminal."""
        for note in notes:
            self.take(note)
        self._open = False
        if self.broken:
            return INTERNAL, [self.broken]
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
