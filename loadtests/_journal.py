"""What happened in each second, by side, as one JSON line a second: the rehearsal's report is drawn from it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Second:
    """One side in one second; latencies in ms."""

    requests: int = 0
    errors: int = 0  # no answer, or 5xx
    wrong: int = 0  # an answer that is not what the contract says
    answers: int = 0  # DNS answers that pointed here
    latencies_ms: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # the first few, in words


MAX_PROBLEMS = 5


class Journal:
    """Collects requests and writes whole seconds; every line is complete, so a reader may follow the file."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._clock = clock
        self._second = int(clock())
        self._sides: dict[str, Second] = {}

    def request(self, side: str, latency_ms: float, problem: str | None, *, answered: bool) -> None:
        """Note one request: `problem` says what was wrong with it; not `answered` means no answer, or a 5xx."""
        now = self._now(side)
        now.requests += 1
        now.latencies_ms.append(round(latency_ms, 1))
        if problem is None:
            return
        if answered:
            now.wrong += 1
        else:
            now.errors += 1
        if len(now.problems) < MAX_PROBLEMS:
            now.problems.append(problem)

    def dns_answer(self, side: str) -> None:
        """Note one DNS answer."""
        self._now(side).answers += 1

    def flush(self) -> None:
        """Write what there is, whole second or not."""
        if self._sides:
            self._file.write(json.dumps({"second": self._second, "sides": self._plain()}) + "\n")
            self._file.flush()
            self._sides = {}

    def close(self) -> None:
        """Write the rest and close the file."""
        self.flush()
        self._file.close()

    def _now(self, side: str) -> Second:
        second = int(self._clock())
        if second != self._second:
            self.flush()
            self._second = second
        return self._sides.setdefault(side, Second())

    def _plain(self) -> dict[str, Any]:
        return {
            side: {
                "requests": s.requests,
                "errors": s.errors,
                "wrong": s.wrong,
                "answers": s.answers,
                "latencies_ms": s.latencies_ms,
                "problems": s.problems,
            }
            for side, s in self._sides.items()
        }
