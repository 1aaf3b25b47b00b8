"""The papers of a load test: written while it runs, judged and put in order at its end, read again later."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from cutover.core.durations import format_duration
from cutover.core.load.checks import floored
from cutover.core.load.lines import Line
from cutover.core.load.run import EndedBy, LoadRun, meta_of
from cutover.core.load.verdict import Check, PhaseResult, Standing, Verdict, judge
from cutover.core.words import count, milliseconds
from cutover.exits import Exit
from cutover.flow.writing import write_whole
from cutover.load.folder import LINES, RUN, BadFolder, read
from cutover.load.tables import json_of, routes_csv, seconds_csv, summary

__all__ = ["REPORT", "BadFolder", "RunFolder", "exit_of", "read", "told"]

SUMMARY, ROUTES, SECONDS, REPORT = "summary.json", "routes.csv", "seconds.csv", "report.html"
EXITS = {
    Standing.PASS: Exit.DONE,
    Standing.FAIL: Exit.GATES_FAILED,
    Standing.UNSURE: Exit.HOLD,
    Standing.NOT_DELIVERED: Exit.LOAD_NOT_DELIVERED,
}


class RunFolder:
    """The folder of a run that goes on. `begin` makes one; each line is on disk's way when `write` returns."""

    def __init__(self, path: Path, run: LoadRun, lines: BinaryIO) -> None:
        self.path = path
        self._run, self._lines = run, lines

    @classmethod
    def begin(cls, path: Path, run: LoadRun) -> "RunFolder":
        """Write down what is to be run. Raises BadFolder where a run is already, or nothing can be written."""
        if any((path / name).exists() for name in (RUN, LINES)):
            raise BadFolder(f"{path} holds a run already; name a new folder")
        try:
            path.mkdir(parents=True, exist_ok=True)
            write_whole(path / RUN, json_of(meta_of(run)), overwrite=False)
            descriptor = os.open(path / LINES, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadFolder(f"{path}: nothing can be written there: {error.strerror}; name another folder") from error
        return cls(path, run, os.fdopen(descriptor, "wb"))

    def write(self, line: Line) -> None:
        """Add one line. Raises OSError; after the end there is nothing to add to, and it is left out."""
        if not self._lines.closed:
            self._lines.write(line.line().encode() + b"\n")
            self._lines.flush()

    def finish(self, ended: float, by: EndedBy) -> Verdict:
        """Judge what was written, and write all other papers. Raises BadFolder, OSError."""
        from cutover.render.load_page import render

        self.close()
        self._run.ended, self._run.ended_by = ended, by
        write_whole(self.path / RUN, json_of(meta_of(self._run)), overwrite=True)
        run = read(self.path)
        verdict = judge(run)
        write_whole(self.path / SUMMARY, summary(run, verdict, exit_of(verdict, run)), overwrite=True)
        write_whole(self.path / ROUTES, routes_csv(run), overwrite=True)
        write_whole(self.path / SECONDS, seconds_csv(run), overwrite=True)
        write_whole(self.path / REPORT, render([run]).encode(), overwrite=True)
        return verdict

    def close(self) -> None:
        """Write no more lines."""
        self._lines.close()


def exit_of(verdict: Verdict, run: LoadRun) -> int:
    """The exit code: 130 if a person ended it, else what it came to: 13 before 3 before 6 before 0."""
    return int(Exit.INTERRUPTED if run.ended_by is EndedBy.PERSON else EXITS[verdict.standing])


def told(verdict: Verdict, run: LoadRun, report: Path | None = None) -> Sequence[str]:
    """What a terminal is told: each phase, what did not pass, what was used up, where the report is."""
    lines = [f"{run.profile.name} on {run.target.name} ({run.target.url})"]
    lines += [f"  {_phase(result)}" for result in verdict.phases]
    lines += [
        f"  recovered within {format_duration(timedelta(seconds=one.after_seconds))} in {one.phase.name}"
        for one in verdict.recoveries
        if one.after_seconds is not None
    ]
    lines += [f"  FAILED {_check(check)}" for check in verdict.failed]
    lines += [f"  UNSURE {_check(check)}" for check in verdict.untold]
    if verdict.exhausted:
        lines.append(f"  used up: {verdict.exhausted}")
    lines.append(f"{str(verdict.standing).upper()}: {verdict.headline}")
    if report is not None:
        lines.append(f"report: {report}")
    return lines


def _phase(result: PhaseResult) -> str:
    if not result.asked and not result.requests:
        return f"{result.phase.name}: nothing was asked"
    times = " / ".join(
        "-" if ms is None else milliseconds(ms)
        for ms in (result.response.p50_ms, result.response.p95_ms, result.response.p99_ms)
    )
    delivered = f"{count(result.requests)} of {count(result.asked)} ({floored(result.delivered or 0.0)})"
    bad = f"{count(result.errors)} errors, {count(result.wrong)} wrong, {count(result.throttled)} throttled"
    return f"{result.phase.name}: {delivered} · p50/p95/p99 {times} · {bad}{_cold(result)}"


def _cold(result: PhaseResult) -> str:
    if not result.cold:
        return ""
    p50, p95, longest = (
        milliseconds(ms or 0.0)
        for ms in (result.cold_response.p50_ms, result.cold_response.p95_ms, result.cold_response.longest_ms)
    )
    rest = "" if result.warm.p95_ms is None else f", p95 of all others {milliseconds(result.warm.p95_ms)}"
    return f" · {count(result.cold)} cold: p50 {p50}, p95 {p95}, longest {longest}{rest}"


def _check(check: Check) -> str:
    where = f" in {check.phase}" if check.phase else ""
    why = f" ({check.why})" if check.why else ""
    return f"{check.name}{where}: {check.found}, {check.limit} wanted{why}"
