"""The traffic of a rehearsal: Locust users who resolve the public name as real clients do, and what they saw."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.rehearsal.stack.plan import ECS_ADDRESS, LAMBDA_ADDRESS, PUBLIC_NAME
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import CHECKOUT, Child, Program

SIDES = {ECS_ADDRESS: "ecs", LAMBDA_ADDRESS: "lambda"}


@dataclass(frozen=True, slots=True)
class Load:
    """How many users, and how many requests a second each of them makes."""

    users: int
    requests_per_second: float


def start_traffic(
    directory: Path, logs: Path, *, public_port: int, dns_port: int, tokens: Mapping[str, str], load: Load
) -> tuple[Child, Path]:
    """Start Locust: the process, and the journal that it writes."""
    journal = logs / "traffic.jsonl"
    settings = directory / "traffic.json"
    wanted = {
        "host": f"http://{PUBLIC_NAME}:{public_port}",
        "dns": [LOOPBACK, dns_port],
        "sides": SIDES,
        "tokens": tokens,
        "requests_per_second": load.requests_per_second,
        "journal": str(journal),
    }
    with os.fdopen(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(wanted, file)
    command = [
        sys.executable, "-m", "locust", "-f", str(CHECKOUT / "loadtests" / "locustfile.py"), "--headless",
        "--users", str(load.users), "--spawn-rate", str(load.users), "--stop-timeout", "3", "--only-summary",
        "--reset-stats", "--skip-log-setup",
    ]  # fmt: skip
    program = Program("Locust", command, {"LEGO_TRAFFIC": str(settings)}, logs / "locust.log")
    return Child(program), journal


@dataclass(frozen=True, slots=True)
class Second:
    """One side in one real second, as its clients saw it."""

    time: float  # Unix seconds, real
    side: str
    requests: int
    errors: int
    wrong: int
    answers: int
    latencies_ms: Sequence[float]
    problems: Sequence[str]


@dataclass(slots=True)
class JournalReader:
    """Follows the journal while it grows."""

    path: Path
    _offset: int = 0

    def read(self) -> Sequence[Second]:
        """What has been added since the last call."""
        if not self.path.exists():
            return ()
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [second for line in whole.splitlines() for second in _seconds(json.loads(line))]


def _seconds(line: Mapping[str, Any]) -> Sequence[Second]:
    return [Second(time=line["second"], side=side, **values) for side, values in line["sides"].items()]
