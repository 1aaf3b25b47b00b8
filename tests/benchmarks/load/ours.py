"""Our own load test as people run it, against any server: Locust with loadtests/, told by a file."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cutover.core.load.run import LoadRun
from cutover.core.load.verdict import judge
from cutover.exits import Exit
from cutover.load.papers import read
from cutover.rehearsal.stack.process import CHECKOUT, own_environment
from tests.benchmarks.load.measured import Measured

IN_FLIGHT = 5000  # nothing is dropped in a stall of ten seconds at 500 a second
DRAIN_SECONDS = 90.0
# Answers that are no contract's are all wrong: the run must not be broken off for that.
BEAR_ALL = {"abort_error_rate": 1.0}
JUDGED = {Exit.DONE, Exit.GATES_FAILED, Exit.HOLD, Exit.LOAD_NOT_DELIVERED}


class Failed(Exception):
    """Locust came to no verdict; the message holds what it said."""


def command(*words: str) -> Sequence[str]:
    """Locust, headless, with our load test."""
    locustfile = str(CHECKOUT / "loadtests" / "locustfile.py")
    return [sys.executable, "-m", "locust", "-f", locustfile, "--headless", "--only-summary", *words]


def told(folder: Path, url: str, rate: int, seconds: float, **more: Any) -> Mapping[str, str]:
    """The environment of a run at a steady rate, without the caller's settings; its papers go into `folder`/run."""
    profile = folder / "steady.toml"
    profile.write_text(f'[[phase]]\nname = "steady"\nrate = {rate}\nseconds = {seconds}\n', encoding="utf-8")
    settings = {
        "host": url,
        "target": "server",
        "tokens": {f"user-{number}": f"e30.e30.{number}" for number in range(10)},
        "profile": str(profile),
        "folder": str(folder / "run"),
        "limits": BEAR_ALL,
        "in_flight": IN_FLIGHT,
        "clean": False,
        **more,
    }
    path = folder / "traffic.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return {**own_environment(os.environ), "LEGO_TRAFFIC": str(path)}


def attack(url: str, rate: int, seconds: float, folder: Path) -> Measured:
    """Ask so often (a second) for so long. Raises Failed, TimeoutExpired."""
    return found(run(told(folder, url, rate, seconds), seconds, folder))


def run(around: Mapping[str, str], seconds: float, folder: Path, *words: str) -> LoadRun:
    """The run that Locust has made, and told of. Raises Failed, TimeoutExpired."""
    done = subprocess.run(
        command(*words), env=around, capture_output=True, text=True, timeout=seconds + DRAIN_SECONDS, check=False
    )
    if done.returncode not in JUDGED:
        raise Failed(f"Locust ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return read(folder / "run")


def found(run: LoadRun) -> Measured:
    """What its report tells of a run with one phase: response times from the intended start on.

    Raises ValueError when it has measured nothing.
    """
    (phase,) = judge(run).phases
    p50, p95, p99 = phase.response.p50_ms, phase.response.p95_ms, phase.response.p99_ms
    if p50 is None or p95 is None or p99 is None:
        raise ValueError("ours has measured nothing")
    late_ms = max((second.late_ms for second in run.seconds), default=0.0)
    remark = f"the generator was {late_ms:,.1f} ms late at most"
    return Measured("ours, open model", phase.asked, phase.requests - phase.errors, p50, p95, p99, remark)
