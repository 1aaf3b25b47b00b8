"""What each phase of a load test came to: what was asked, sent and answered, and how long the answers took. Pure."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cutover.core.load.histogram import Histogram
from cutover.core.load.lines import Cell, Key
from cutover.core.load.profile import Phase
from cutover.core.load.run import EndedBy, LoadRun

DRAW_SIGMAS = 3.0  # arrivals are drawn: a phase of n asks for n, give or take so many times the root of n

By = TypeVar("By")


@dataclass(frozen=True, slots=True)
class Times:
    """How long answers took, in ms, to a tenth, by nearest rank; all None where there are none."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    longest_ms: float | None = None
    mean_ms: float | None = None

    @classmethod
    def of(cls, measured: Histogram, should: int = 0) -> "Times":
        """Those of the measured ones, and of as many endless ones as are missing from what `should` be there."""
        p50, p95, p99 = (measured.percentile(percent, should) for percent in (50, 95, 99))
        return cls(p50, p95, p99, measured.longest(), measured.mean())


@dataclass(frozen=True, slots=True)
class PhaseResult:
    """One phase. `seconds` is how much of it ran, `planned` the arrivals that its profile asks for in that time.

    `drawn` are the arrivals that the generator came to, `asked` what has to be delivered: these, or the fewest that
    chance can make of the planned ones, if that is more. `sent` are those that were not `dropped`; `requests` those
    that ended: with whatever answer, or with none in time, which is load that the target got, and an error. The times
    are from the intended start (`response`) and from sending (`service`), `warm` is `response` without cold starts;
    `due` is `response` with an endless time for each arrival that got no answer: what the limits are about.
    """

    phase: Phase
    seconds: float
    planned: float
    drawn: int
    asked: int
    dropped: int
    requests: int
    errors: int
    wrong: int
    throttled: int
    cold: int
    response: Times
    due: Times
    service: Times
    cold_response: Times
    warm: Times

    @property
    def sent(self) -> int:
        """The arrivals that became requests."""
        return max(self.drawn - self.dropped, self.requests)

    @property
    def unfinished(self) -> int:
        """Requests that were sent and of which nobody wrote down an end."""
        return self.sent - self.requests

    @property
    def delivered(self) -> float | None:
        """What ended of what was asked, as a fraction; None where nothing was asked."""
        return min(1.0, self.requests / self.asked) if self.asked else None

    @property
    def error_rate(self) -> float:
        """Errors and wrong answers of all requests; 0 without any."""
        return (self.errors + self.wrong) / self.requests if self.requests else 0.0

    @property
    def throttle_rate(self) -> float:
        """429 of all requests; 0 without any."""
        return self.throttled / self.requests if self.requests else 0.0

    @property
    def rate(self) -> float:
        """The mean of requests that ended, a second; 0 where the phase did not run."""
        return self.requests / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class RouteResult:
    """One route of one phase, as one side answered it."""

    phase: str
    side: str
    route: str
    requests: int
    errors: int
    wrong: int
    throttled: int
    cold: int
    response: Times
    service: Times
    cold_response: Times


def ended_at(run: LoadRun) -> float:
    """When it ended (Unix seconds); of a run of which nobody wrote that down, the end of its last written second."""
    if run.ended:
        return run.ended
    return float(run.seconds[-1].second + 1) if run.seconds else run.started


def summed(run: LoadRun, by: Callable[[Key], By | None]) -> Mapping[By, Cell]:
    """All cells of the run, put together by what `by` makes of their keys; None leaves one out."""
    sums: dict[By, Cell] = {}
    for second in run.seconds:
        for key, cell in second.cells.items():
            if (name := by(key)) is not None:
                sums.setdefault(name, Cell()).merge(cell)
    return sums


def phase_results(run: LoadRun) -> tuple[PhaseResult, ...]:
    """What every phase of the profile came to, in order, those that did not run included."""
    cells = summed(run, lambda key: key[0])
    drawn = _counted(second.asked for second in run.seconds)
    dropped = _counted(second.dropped for second in run.seconds)
    return tuple(
        _result(run, phase, cells.get(phase.name, Cell()), (drawn.get(phase.name, 0), dropped.get(phase.name, 0)))
        for phase in run.profile.phases
    )


def route_results(run: LoadRun) -> tuple[RouteResult, ...]:
    """What every route of every phase came to, by side: phases in order, the rest by name."""
    order = {phase.name: at for at, phase in enumerate(run.profile.phases)}
    cells = summed(run, lambda key: key)
    keys = sorted(cells, key=lambda key: (order.get(key[0], len(order)), *key))
    return tuple(_route(key, cells[key]) for key in keys)


def planned_in(run: LoadRun, phase: Phase, seconds: float) -> float:
    """How many arrivals the profile asks for in the first `seconds` of the phase."""
    at = run.profile.phases.index(phase)
    before = (run.profile.phases[at - 1].rate if at else 0) if phase.ramp else phase.rate
    now = before + (phase.rate - before) * seconds / phase.seconds
    return (before + now) / 2 * seconds


def _result(run: LoadRun, phase: Phase, cell: Cell, arrivals: tuple[int, int]) -> PhaseResult:
    drawn, dropped = arrivals
    start = run.started + run.profile.starts[run.profile.phases.index(phase)]
    ran = min(max(0.0, ended_at(run) - start), phase.seconds)
    stopped = run.ended_by in {EndedBy.PERSON, EndedBy.ABORT}  # it was meant to ask for no more
    planned = planned_in(run, phase, ran if stopped else phase.seconds)
    return PhaseResult(
        phase=phase,
        seconds=ran,
        planned=planned,
        drawn=drawn,
        asked=max(drawn, math.ceil(planned - DRAW_SIGMAS * math.sqrt(planned))),
        dropped=dropped,
        requests=cell.requests,
        errors=cell.errors,
        wrong=cell.wrong,
        throttled=cell.throttled,
        cold=cell.cold,
        response=Times.of(cell.response),
        due=Times.of(cell.response, drawn),
        service=Times.of(cell.service),
        cold_response=Times.of(cell.cold_response),
        warm=Times.of(cell.response.without(cell.cold_response)),
    )


def _route(key: Key, cell: Cell) -> RouteResult:
    response, service, cold = (Times.of(times) for times in (cell.response, cell.service, cell.cold_response))
    counts = (cell.requests, cell.errors, cell.wrong, cell.throttled, cell.cold)
    return RouteResult(*key, *counts, response, service, cold)


def _counted(parts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    sums: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            sums[name] = sums.get(name, 0) + number
    return sums
