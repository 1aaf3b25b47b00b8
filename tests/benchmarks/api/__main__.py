"""The API beside Fastify and FastAPI under the same load, in alternating rounds: `python -m tests.benchmarks.api`.

All have one process, the same schema, data of their own, a pool of ten connections, and verify RS256 on every request;
32 connections of one wrk thread. They share the machine's cores with wrk, PostgreSQL and Valkey, so only ratios mean
something; they are taken round by round. The list and the detail are also asked for without a cache. Ours remembers its
health for a second. PostgreSQL does not flush to the disk, for nobody. Nobody indexes, but for ours with `--indexing`.
The peers' packages go into a directory that is deleted in the end, or into the one that `--packages` names.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.api.stand import Stand, opened
from tests.benchmarks.api.targets import STARTS, NotInstalled, Running, require_alike

CONNECTIONS = 32
WARM_UP_SECONDS = 2
SCRIPT = Path(__file__).with_name("load.lua")
PEER, OTHER_PEER, GOAL_OF_OTHER = "fastify", "fastapi", 5.0


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request; `goal`: how many times Fastify's requests a second ours should answer."""

    name: str
    script: str
    cached: bool
    goal: float


@dataclass(frozen=True, slots=True)
class Run:
    """What wrk measured in one round."""

    per_second: float
    p50_ms: float
    p99_ms: float


CASES = (
    Case("list", "list", cached=False, goal=2.0),
    Case("detail", "detail", cached=False, goal=1.4),
    Case("cached list", "list", cached=True, goal=1.0),
    Case("health", "health", cached=True, goal=0.9),
    Case("create", "create", cached=True, goal=1.2),  # the last one, as the rows stay
)
Runs = Mapping[str, Sequence[Run]]


def main() -> None:
    """Measure and print one table a case."""
    asked = _asked()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="peers-") as temporary, opened(indexing=asked.indexing) as stand:
        packages = Path(asked.packages or temporary).resolve()
        for cached in (False, True):
            cases = [case for case in CASES if case.cached is cached and case.name in asked.cases.split(",")]
            if cases:
                with _targets(asked.targets.split(","), stand, packages, cached) as targets:
                    for case in cases:
                        sys.stdout.write(report(case, _measured(case, targets, stand, asked)))
                        sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.api", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--targets", default=",".join(STARTS))
    parser.add_argument("--cases", default=",".join(case.name for case in CASES))
    parser.add_argument("--packages", help="a directory for the peers' packages, kept for the next time")
    parser.add_argument("--indexing", action="store_true", help="with a search engine, which only ours tells of writes")
    return parser.parse_args()


@contextmanager
def _targets(names: Sequence[str], stand: Stand, packages: Path, cached: bool) -> Iterator[list[Running]]:
    """The targets that can be had here, each proved to do the job."""
    running: list[Running] = []
    try:
        for name in names:
            try:
                running.append(STARTS[name](stand, packages, cached))
            except NotInstalled as error:
                sys.stdout.write(f"{error}\n")
        for target in running:
            require_alike(target, stand)
        yield running
    finally:
        for target in running:
            target.child.stop()


def _measured(case: Case, targets: Sequence[Running], stand: Stand, asked: argparse.Namespace) -> Runs:
    """Each target once a round, another one first each time."""
    for target in targets:
        _load(target, case, stand, WARM_UP_SECONDS)
    runs: dict[str, list[Run]] = {target.name: [] for target in targets}
    for number in range(asked.rounds):
        first = number % len(targets)
        for target in (*targets[first:], *targets[:first]):
            runs[target.name].append(_load(target, case, stand, asked.seconds))
    return runs


def _load(target: Running, case: Case, stand: Stand, seconds: int) -> Run:
    """wrk on one target. Ends the program when an answer is not 2xx."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), target.url]
    env = {**os.environ, "CASE": case.script, "USERS": str(stand.users), "TAG": str(time.time_ns())}
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds + 60, check=True).stdout
    found = json.loads(told.splitlines()[-1])
    if found.pop("failed"):
        raise SystemExit(f"{target.name} failed requests of {case.name}:\n{told}")
    return Run(**found)


def report(case: Case, runs: Runs) -> str:
    """The medians, the ratios to Fastify with their range, and how ours stand to the goals."""
    where = "with the cache" if case.cached else "without a cache"
    lines = [f"\n{case.name} ({where})"]
    for name, found in runs.items():
        line = f"  {name:8} {_median(found, 'per_second'):8.0f} req/s  p50 {_median(found, 'p50_ms'):7.2f} ms  "
        lines.append(line + f"p99 {_median(found, 'p99_ms'):7.2f} ms  {_spread(runs, name)}")
    if "ours" in runs:
        lines += _judged(case, runs)
    return "\n".join(lines) + "\n"


def _judged(case: Case, runs: Runs) -> Iterator[str]:
    for peer, goal in ((PEER, case.goal), (OTHER_PEER, GOAL_OF_OTHER)):
        if peer in runs:
            ratio = statistics.median(ratios(runs, "ours", peer))
            yield f"  {_met(ratio >= goal)} {ratio:.2f} times {peer} (goal {goal:g})"
    if PEER in runs:
        ours, theirs = _median(runs["ours"], "p99_ms"), _median(runs[PEER], "p99_ms")
        yield f"  {_met(ours <= theirs)} p99 {ours:.1f} ms (goal: no worse than {PEER}'s {theirs:.1f})"


def _met(met: bool) -> str:
    return "met   " if met else "missed"


def ratios(runs: Runs, name: str, base: str) -> list[float]:
    """Requests a second of `name` over those of `base`, round by round: a machine's pace changes."""
    return [one.per_second / other.per_second for one, other in zip(runs[name], runs[base], strict=True)]


def _spread(runs: Runs, name: str) -> str:
    if PEER not in runs:
        return ""
    found = ratios(runs, name, PEER)
    return f"x{statistics.median(found):.2f} ({min(found):.2f}-{max(found):.2f})"


def _median(runs: Sequence[Run], figure: str) -> float:
    return float(statistics.median(getattr(run, figure) for run in runs))


if __name__ == "__main__":
    main()
