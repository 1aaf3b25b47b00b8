"""vegeta, an open-loop load generator that shares nothing with ours; built from its Go module.

Its attack (lib/attack.go of that version) draws the next tick by the clock alone, `began + n / rate`, and starts one
more worker whenever all are busy, without a limit unless -max-workers sets one: a slow server delays no tick. A
latency runs from the moment at which a worker has taken its tick, not from the tick's own time, so what the generator
itself is late with is not in it. That is told apart here: its own percentiles, and the p95 from `began + n / rate` on.
"""

import csv
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.load.measured import Measured, measured
from tests.gotools import GoTool

VEGETA = GoTool(
    name="vegeta",
    module="github.com/tsenart/vegeta/v12",
    version="v12.13.0",
    checksum="h1:J/UiNS3f69MkL0tsRLVUUV8uXXQZxdRUchtS+GYiSFc=",
)
REQUEST_SECONDS = 60  # longer than any stall
WORKERS = 100  # to start with
NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True)
class Hit:
    """One request of an attack; `number` counts from 0."""

    number: int
    start_ns: int
    latency_ns: int
    status: int


def attack(program: Path, url: str, rate: int, seconds: float, folder: Path) -> Measured:
    """Ask `url` so often (a second) for so long. Raises CalledProcessError, TimeoutExpired."""
    results = folder / "vegeta.bin"
    words = [
        "attack", "-rate", str(rate), "-duration", f"{seconds}s", "-timeout", f"{REQUEST_SECONDS}s",
        "-workers", str(WORKERS), "-output", str(results),
    ]  # fmt: skip
    _say(program, words, seconds + 2 * REQUEST_SECONDS, f"GET {url}\n")
    report = json.loads(_say(program, ["report", "-type", "json", str(results)], REQUEST_SECONDS))
    hits = _hits(_say(program, ["encode", "-to", "csv", str(results)], REQUEST_SECONDS))
    right = sum(1 for hit in hits if hit.status == 200)
    intended = measured("", 0, _from_the_intended_start(hits, rate))
    told = {name: report["latencies"][name] / NS_PER_MS for name in ("50th", "95th", "99th")}
    remark = f"p95 from the intended start: {intended.p95_ms:,.1f} ms"
    return Measured("vegeta, open loop", round(rate * seconds), right, told["50th"], told["95th"], told["99th"], remark)


def _from_the_intended_start(hits: Sequence[Hit], rate: int) -> Sequence[float]:
    """How long each one took from its tick on, in ms; the one that was the least late is taken to have been in time."""
    began = min(hit.start_ns - hit.number / rate * 1e9 for hit in hits)
    return [(hit.start_ns + hit.latency_ns - began - hit.number / rate * 1e9) / NS_PER_MS for hit in hits]


def _hits(text: str) -> Sequence[Hit]:
    """Of vegeta's CSV: timestamp, status, latency, …, number as the ninth."""
    return [Hit(int(row[8]), int(row[0]), int(row[2]), int(row[1])) for row in csv.reader(text.splitlines())]


def _say(program: Path, words: Sequence[str], most_seconds: float, said: str = "") -> str:
    done = subprocess.run(
        [str(program), *words], input=said, capture_output=True, text=True, timeout=most_seconds, check=True
    )
    return done.stdout
