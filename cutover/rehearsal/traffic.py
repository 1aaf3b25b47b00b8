"""The traffic of a rehearsal: visitors who resolve the public name as real clients do, and what they saw."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cutover.core.load.histogram import PER_MS
from cutover.core.load.lines import Cell
from cutover.core.load.lines import Second as Seen
from cutover.load.folder import LINES
from cutover.load.following import Following
from cutover.rehearsal.stack.plan import ECS_ADDRESS, LAMBDA_ADDRESS, PUBLIC_NAME
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import CHECKOUT, Child, Program

SIDES = {ECS_ADDRESS: "ecs", LAMBDA_ADDRESS: "lambda"}
OUTSIDE = frozenset({"s3"})  # what visitors ask of others than the service
FOLDER, RATE = "traffic", "rate"


@dataclass(frozen=True, slots=True)
class Load:
    """How many visitors, each with DNS answers of their own, and how many requests a second all of them make."""

    persons: int
    requests_per_second: float


def start_traffic(
    directory: Path, logs: Path, *, public_port: int, dns_port: int, tokens: Mapping[str, str], load: Load
) -> tuple[Child, Path]:
    """Start Locust: the process, and the file to which it adds what it saw, every second."""
    folder = logs / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    lines, settings = folder / LINES, directory / "traffic.json"
    for old in (lines, folder / "run.json"):
        old.unlink(missing_ok=True)
    set_rate(lines, load.requests_per_second)
    wanted = {
        "host": f"http://{PUBLIC_NAME}:{public_port}",
        "dns": [LOOPBACK, dns_port],
        "sides": SIDES,
        "tokens": dict(tokens),
        "persons": load.persons,
        "rate_file": str(folder / RATE),
        "folder": str(folder),
        "verdict": False,  # whoever reads the lines judges: faults are wanted here
        "clean": False,
        "seed": 1,
    }
    with os.fdopen(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(wanted, file)
    command = [
        sys.executable, "-m", "locust", "-f", str(CHECKOUT / "loadtests" / "locustfile.py"), "--headless",
        "--only-summary", "--skip-log-setup",
    ]  # fmt: skip
    program = Program("Locust", command, {"LEGO_TRAFFIC": str(settings)}, logs / "locust.log")
    return Child(program), lines


def set_rate(lines: Path, requests_per_second: float) -> None:
    """Change how many requests a second the traffic makes whose lines these are; it follows within a second."""
    beside = lines.with_name(f".{RATE}")
    beside.write_text(f"{requests_per_second:g}\n", encoding="utf-8")
    beside.replace(lines.with_name(RATE))


@dataclass(frozen=True, slots=True)
class Second:
    """One side in one real second, as its clients saw it; latencies from the moment when a request was to be sent."""

    time: float  # Unix seconds, real
    side: str
    requests: int
    errors: int
    wrong: int  # 429 among them
    answers: int
    latencies_ms: Sequence[float]
    problems: Sequence[str]


class JournalReader:
    """Follows the lines while they grow."""

    def __init__(self, path: Path) -> None:
        self._lines = Following(path.parent)

    def read(self) -> Sequence[Second]:
        """What has been added since the last call."""
        return [second for line in self._lines.read() if isinstance(line, Seen) for second in _seconds(line)]


def _seconds(seen: Seen) -> Iterator[Second]:
    cells: dict[str, Cell] = {side: Cell() for side in seen.dns}
    for (_, side, _), cell in seen.cells.items():
        cells.setdefault(side, Cell()).merge(cell)
    problems: Sequence[str] = seen.problems
    for side, cell in cells.items():
        if side not in OUTSIDE:
            bad = cell.errors + cell.wrong + cell.throttled
            yield _second(seen, side, cell, problems if bad else ())
            problems = () if bad else problems  # the line does not say whose they are


def _second(seen: Seen, side: str, cell: Cell, problems: Sequence[str]) -> Second:
    latencies = [tenths / PER_MS for tenths, count in sorted(cell.response.counts.items()) for _ in range(count)]
    wrong, answers = cell.wrong + cell.throttled, seen.dns.get(side, 0)
    return Second(seen.second, side, cell.requests, cell.errors, wrong, answers, latencies, list(problems))
