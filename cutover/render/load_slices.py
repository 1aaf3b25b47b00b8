"""A load test cut into even slices of time, each with exact percentiles of everything that ended in it. Pure."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cutover.core.load.histogram import Histogram
from cutover.core.load.lines import Resources, Second
from cutover.core.load.phases import ended_at
from cutover.core.load.resources import GENERATOR
from cutover.core.load.run import LoadRun

MOST = 200  # slices: about three dots of a chart for each
FEWEST = 40  # if there are few requests; of a run shorter than that, seconds
ENOUGH = 100  # requests of a slice, in the mean
WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)  # seconds


@dataclass(slots=True)
class Slice:
    """What was seen in `seconds` from `start` (seconds since the run's start); `late_ms`, `in_flight`: the highest."""

    start: float
    seconds: float
    asked: int = 0
    dropped: int = 0
    requests: int = 0
    errors: int = 0
    wrong: int = 0
    throttled: int = 0
    cold: int = 0
    late_ms: float = 0.0
    in_flight: int = 0
    response: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    routes: dict[str, Histogram] = field(default_factory=dict)  # of `response`

    @property
    def middle(self) -> float:
        """Where a chart shows it."""
        return self.start + self.seconds / 2

    def share(self, count: int) -> float | None:
        """So many of the requests, as a fraction; None without any."""
        return count / self.requests if self.requests else None

    def add(self, second: Second) -> None:
        """Take over what was seen in one second."""
        self.asked += sum(second.asked.values())
        self.dropped += sum(second.dropped.values())
        self.late_ms, self.in_flight = max(self.late_ms, second.late_ms), max(self.in_flight, second.in_flight)
        for (_, _, route), cell in second.cells.items():
            self.requests += cell.requests
            self.errors += cell.errors
            self.wrong += cell.wrong
            self.throttled += cell.throttled
            self.cold += cell.cold
            self.response.merge(cell.response)
            self.service.merge(cell.service)
            self.routes.setdefault(route, Histogram()).merge(cell.response)


def seconds_of(run: LoadRun) -> float:
    """How long it took until the last thing that was written down; at least a second."""
    last = max((second.second + 1 for second in run.seconds), default=0)
    return max(1.0, ended_at(run) - run.started, last - math.floor(run.started))


def width_for(runs: Sequence[LoadRun], most: int = MOST) -> int:
    """The round number of seconds for a slice: `most` of them cover the longest run, or fewer.

    Few requests make wide slices, as they say nothing about a p99; but never so wide that a run has fewer than forty.
    """
    longest = max(map(seconds_of, runs))
    busiest = max(sum(cell.requests for second in run.seconds for cell in second.cells.values()) for run in runs)
    telling = min(ENOUGH * longest / max(1, busiest), longest / FEWEST)
    return next((width for width in WIDTHS if width >= max(telling, longest / most)), math.ceil(longest / most))


def slices(run: LoadRun, width: int) -> Sequence[Slice]:
    """The whole run, from its first second on; of a slice in which it ended, only the part until then counts."""
    length = seconds_of(run)
    found = [Slice(float(at), min(width, length - at)) for at in range(0, math.ceil(length), width)]
    first = math.floor(run.started)
    for second in run.seconds:
        found[min(len(found) - 1, max(0, second.second - first) // width)].add(second)
    return found


def coarser(fine: Sequence[Slice], parts: int) -> Sequence[Mapping[str, Histogram]]:
    """The routes' times of `parts` slices at once: of few requests there is no p95 to speak of."""
    found = []
    for at in range(0, len(fine), parts):
        routes: dict[str, Histogram] = {}
        for one in fine[at : at + parts]:
            for route, times in one.routes.items():
                routes.setdefault(route, Histogram()).merge(times)
        found.append(routes)
    return found


def cores(run: LoadRun, width: int) -> Sequence[tuple[float, Mapping[str, float]]]:
    """For each slice that anybody measured: (its middle, means of cores by who used them)."""
    moments: dict[int, dict[str, float]] = defaultdict(dict)
    for line in run.resources:
        _take(moments[line.second], line)
    first = math.floor(run.started)
    grouped: dict[int, list[Mapping[str, float]]] = defaultdict(list)
    for second, used in moments.items():
        grouped[max(0, second - 1 - first) // width].append(used)  # told at its end
    return [(at * width + width / 2, _means(grouped[at])) for at in sorted(grouped)]


def _take(now: dict[str, float], line: Resources) -> None:
    """The processes of a generator add up; all else is told by each of them."""
    for name, used in line.cores.items():
        now[name] = now.get(name, 0.0) + used if name == GENERATOR else max(now.get(name, 0.0), used)


def _means(moments: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    names = dict.fromkeys(name for used in moments for name in used)
    return {name: math.fsum(used.get(name, 0.0) for used in moments) / len(moments) for name in names}
