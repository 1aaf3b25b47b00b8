"""A run as documents for programs: the summary as JSON, its routes and its seconds as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cutover.core.load.lines import Cell, Resources, Second
from cutover.core.load.phases import PhaseResult, Times, route_results
from cutover.core.load.resources import GENERATOR, MACHINE
from cutover.core.load.run import LoadRun, meta_of
from cutover.core.load.verdict import Check, Verdict

SCHEMA = "cutover.load/1"
TIMES = ("p50_ms", "p95_ms", "p99_ms", "longest_ms", "mean_ms")
COUNTS = ("requests", "errors", "wrong", "throttled", "cold")
SECONDS = (
    "second", "at", "phase", "asked", "delivered", "dropped", "p50_ms", "p95_ms", "p99_ms", "errors", "wrong",
    "throttled", "cold", "generator_cores", "machine_cores",
)  # fmt: skip


def summary(run: LoadRun, verdict: Verdict, code: int) -> bytes:
    """What it came to, as one JSON document; `code` is the exit code that goes with it."""
    told = {
        "schema": SCHEMA,
        "run": {name: value for name, value in meta_of(run).items() if name != "schema"},
        "standing": str(verdict.standing),
        "exit_code": code,
        "headline": verdict.headline,
        "exhausted": verdict.exhausted,
        "recovered_after_seconds": verdict.recovered_after_seconds,
        "checks": [_check(check) for check in verdict.checks],
        "phases": [_phase(result) for result in verdict.phases],
        "notes": [asdict(note) for note in run.notes],
    }
    return json_of(told)


def json_of(document: Mapping[str, Any]) -> bytes:
    """It as JSON for people, too."""
    return json.dumps(document, indent=2).encode() + b"\n"


def routes_csv(run: LoadRun) -> bytes:
    """A row for each phase, side and route: its counts and times."""
    groups = ("response", "service", "cold_response")
    header = ["phase", "side", "route", *COUNTS, *(f"{group}_{name}" for group in groups for name in TIMES)]
    rows = [
        [one.phase, one.side, one.route, *(getattr(one, name) for name in COUNTS)]
        + [getattr(getattr(one, group), name) for group in groups for name in TIMES]
        for one in route_results(run)
    ]
    return _csv(header, rows)


def seconds_csv(run: LoadRun) -> bytes:
    """A row for each second from the first to the last of which anything is known."""
    seconds = {second.second: second for second in run.seconds}
    used = _used(run.resources)
    known = [*seconds, *used]
    every = range(min(known), max(known) + 1) if known else range(0)
    return _csv(SECONDS, (_second(run, seconds.get(one, Second(one)), used.get(one, {})) for one in every))


def _second(run: LoadRun, second: Second, used: Mapping[str, float]) -> Sequence[Any]:
    whole = Cell()
    for cell in second.cells.values():
        whole.merge(cell)
    times = Times.of(whole.response)
    at = max(0.0, second.second + 0.5 - run.started)
    phase = run.profile.phase_at(at)
    return [
        second.second,
        second.second - int(run.started),
        phase.name if phase else "",
        sum(second.asked.values()),
        whole.requests,
        sum(second.dropped.values()),
        times.p50_ms,
        times.p95_ms,
        times.p99_ms,
        whole.errors,
        whole.wrong,
        whole.throttled,
        whole.cold,
        used.get(GENERATOR),
        used.get(MACHINE),
    ]


def _used(lines: Iterable[Resources]) -> Mapping[int, Mapping[str, float]]:
    """Cores by second; the processes of a generator add up, the machine is told by each of them."""
    used: dict[int, dict[str, float]] = {}
    for line in lines:
        now = used.setdefault(line.second, {})
        for name in (GENERATOR, MACHINE):
            if name in line.cores:
                before = now.get(name, 0.0)
                now[name] = before + line.cores[name] if name == GENERATOR else max(before, line.cores[name])
    return {second: {name: round(cores, 3) for name, cores in now.items()} for second, now in used.items()}


def _check(check: Check) -> Mapping[str, Any]:
    return {**asdict(check), "name": str(check.name)}


def _phase(result: PhaseResult) -> Mapping[str, Any]:
    derived = ("sent", "unfinished", "delivered", "error_rate", "throttle_rate", "rate")
    return {**asdict(result), **{name: getattr(result, name) for name in derived}}


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue().encode()
