"""What a load test writes down while it runs: JSON lines, whole ones, so that a killed run can be read, too. Pure.

A line is of one `kind`: `second` (what one process saw in one second), `resources` (who was how busy then), or `note`
(something that whoever reads the report has to know).
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cutover.core.load.histogram import Histogram

MOST_PROBLEMS = 5  # that a line tells in words

Key = tuple[str, str, str]
"""(phase, side, route): the phase of the intended start, who answered, the request's method and route."""


@dataclass(slots=True)
class Cell:
    """The requests of one phase, side and route that ended in one second.

    `errors`: no answer, or a 5xx. `wrong`: an answer that is not what the contract says. `throttled`: 429, which is
    neither. `cold`: answered by an environment that had to be started for it. `response` is the time from the intended
    start, `service` from the moment at which it was sent, both in ms, of all requests.
    """

    requests: int = 0
    errors: int = 0
    wrong: int = 0
    throttled: int = 0
    cold: int = 0
    response: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    cold_response: Histogram = field(default_factory=Histogram)  # of the cold ones alone

    def merge(self, other: "Cell") -> None:
        """Take everything over that the other one holds."""
        self.requests += other.requests
        self.errors += other.errors
        self.wrong += other.wrong
        self.throttled += other.throttled
        self.cold += other.cold
        self.response.merge(other.response)
        self.service.merge(other.service)
        self.cold_response.merge(other.cold_response)


@dataclass(slots=True)
class Second:
    """What one process saw in one second (Unix time).

    `asked`: arrivals whose intended start lies in it, by phase; `dropped`: those of them that were not sent, as too
    many were under way. `late_ms` is the longest that the generator was behind with one. `dns` counts DNS answers by
    side.
    """

    second: int
    worker: str = ""
    asked: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    late_ms: float = 0.0
    in_flight: int = 0
    dns: dict[str, int] = field(default_factory=dict)
    cells: dict[Key, Cell] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write down."""
        return not (self.asked or self.dropped or self.dns or self.cells)

    def cell(self, key: Key) -> Cell:
        """The cell of that phase, side and route."""
        return self.cells.setdefault(key, Cell())

    def merge(self, other: "Second") -> None:
        """Take over what another process saw in the same second."""
        for mine, others in ((self.asked, other.asked), (self.dropped, other.dropped), (self.dns, other.dns)):
            for name, count in others.items():
                mine[name] = mine.get(name, 0) + count
        self.late_ms = max(self.late_ms, other.late_ms)
        self.in_flight += other.in_flight
        for key, cell in other.cells.items():
            self.cell(key).merge(cell)
        self.problems = [*self.problems, *other.problems][:MOST_PROBLEMS]

    def line(self) -> str:
        """As one line of the file, without its end."""
        return json.dumps(
            {
                "kind": "second",
                "second": self.second,
                "worker": self.worker,
                "asked": self.asked,
                "dropped": self.dropped,
                "late_ms": round(self.late_ms, 1),
                "in_flight": self.in_flight,
                "dns": self.dns,
                "cells": [_plain(key, cell) for key, cell in self.cells.items()],
                "problems": self.problems,
            },
            separators=(",", ":"),
        )


@dataclass(frozen=True, slots=True)
class Resources:
    """Who was how busy in the interval that ended then: `cores` used by name, of `of_cores` in the machine.

    `generator` is among the names; `machine` is everything together.
    """

    second: int
    of_cores: int
    cores: Mapping[str, float]
    worker: str = ""

    def line(self) -> str:
        """As one line of the file, without its end."""
        told = {"kind": "resources", "second": self.second, "of_cores": self.of_cores, "cores": dict(self.cores)}
        return json.dumps({**told, "worker": self.worker}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened to the run itself; a `lost` one means that measurements are missing."""

    second: int
    text: str
    lost: bool = False

    def line(self) -> str:
        """As one line of the file, without its end."""
        return json.dumps({"kind": "note", "second": self.second, "text": self.text, "lost": self.lost})


Line = Second | Resources | Note


def strictly(text: str | bytes) -> Any:
    """The JSON, without the numbers that are none: NaN, infinity, and what is too large. Raises ValueError."""
    return json.loads(text, parse_float=_finite, parse_constant=_finite)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number that was measured")
    return number


def line_of(text: str | bytes) -> Line:
    """What one line says. Raises ValueError, KeyError, TypeError."""
    raw = strictly(text)
    if raw["kind"] == "resources":
        cores = {str(name): float(used) for name, used in raw["cores"].items()}
        return Resources(int(raw["second"]), int(raw["of_cores"]), cores, str(raw.get("worker", "")))
    if raw["kind"] == "note":
        return Note(int(raw["second"]), str(raw["text"]), bool(raw.get("lost")))
    if raw["kind"] != "second":
        raise ValueError(f"a line of an unknown kind: {raw['kind']!r}")
    return _second(raw)


def by_second(seconds: Iterable[Second]) -> Sequence[Second]:
    """What all processes saw together, in the order of time."""
    merged: dict[int, Second] = {}
    for one in seconds:
        merged.setdefault(one.second, Second(one.second)).merge(one)
    return [merged[second] for second in sorted(merged)]


def _plain(key: Key, cell: Cell) -> Mapping[str, Any]:
    phase, side, route = key
    return {
        "phase": phase,
        "side": side,
        "route": route,
        "requests": cell.requests,
        "errors": cell.errors,
        "wrong": cell.wrong,
        "throttled": cell.throttled,
        "cold": cell.cold,
        "response": cell.response.plain(),
        "service": cell.service.plain(),
        "cold_response": cell.cold_response.plain(),
    }


def _second(raw: Mapping[str, Any]) -> Second:
    return Second(
        second=int(raw["second"]),
        worker=str(raw["worker"]),
        asked={str(phase): _counted(count) for phase, count in raw["asked"].items()},
        dropped={str(phase): _counted(count) for phase, count in raw["dropped"].items()},
        late_ms=float(raw["late_ms"]),
        in_flight=_counted(raw["in_flight"]),
        dns={str(side): _counted(count) for side, count in raw["dns"].items()},
        cells={_key(str(one["phase"]), str(one["side"]), str(one["route"])): _cell(one) for one in raw["cells"]},
        problems=[str(problem) for problem in raw["problems"]],
    )


def _counted(raw: Any) -> int:
    count = int(raw)
    if count < 0:
        raise ValueError(f"{count} is no count")
    return count


@lru_cache(maxsize=10_000)
def _key(phase: str, side: str, route: str) -> Key:
    """Every key is kept once: there are some of them in each second of a run that may take hours."""
    return phase, side, route


def _cell(raw: Mapping[str, Any]) -> Cell:
    requests, errors, wrong, throttled, cold = (
        _counted(raw[name]) for name in ("requests", "errors", "wrong", "throttled", "cold")
    )
    response, service, cold_response = (Histogram.of(raw[name]) for name in ("response", "service", "cold_response"))
    return Cell(requests, errors, wrong, throttled, cold, response, service, cold_response)
