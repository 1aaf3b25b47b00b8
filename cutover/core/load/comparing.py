"""Two load tests side by side: which of them was slower, where, and whether that is more than noise. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cutover.core.load.histogram import Histogram
from cutover.core.load.lines import Cell
from cutover.core.load.phases import PhaseResult, Times, phase_results, summed
from cutover.core.load.run import EndedBy, LoadRun
from cutover.core.load.windows import Window, windows_by
from cutover.core.words import milliseconds

FEWEST_WINDOWS = 4  # four against four lie apart by chance once in 35 times
MANY_WINDOWS = 12  # the middle halves of twelve and twelve lie apart by chance once in 80 times
HOW = (
    "Told from the p95 of every ten seconds that hold 20 requests or more: two runs differ by more than noise if the"
    f" middle halves of these p95s lie apart; with fewer than {MANY_WINDOWS} of them all must lie apart, and with fewer"
    f" than {FEWEST_WINDOWS} nothing is told."
)


class Difference(StrEnum):
    """What the second run is, compared with the first."""

    SLOWER = "slower"
    FASTER = "faster"
    NOISE = "no more than noise"
    UNKNOWN = "too little to tell"


@dataclass(frozen=True, slots=True)
class Figures:
    """One run's part of a row. `delivered` is None for a route: arrivals are asked for by phase.

    `windows` are the p95s (ms) of its ten-second windows, in order of size.
    """

    requests: int
    errors: int
    wrong: int
    throttled: int
    delivered: float | None
    response: Times
    windows: tuple[float, ...]

    @property
    def error_rate(self) -> float:
        """Errors and wrong answers of all requests; 0 without any."""
        return (self.errors + self.wrong) / self.requests if self.requests else 0.0

    @property
    def spread(self) -> tuple[float, float] | None:
        """Where the p95s lie that are compared: the middle half of many, all of a few; None of fewer than that."""
        number = len(self.windows)
        if number < FEWEST_WINDOWS:
            return None
        if number < MANY_WINDOWS:
            return self.windows[0], self.windows[-1]
        return self.windows[-(-number // 4) - 1], self.windows[-(-number * 3 // 4) - 1]


@dataclass(frozen=True, slots=True)
class Row:
    """One phase ("" as route), or one route of it, whichever side answered; None where a run has no such thing."""

    phase: str
    route: str
    first: Figures | None
    second: Figures | None

    def ratio(self, name: str) -> float | None:
        """The second's time over the first's, by the name of one of `Times`; None where either is not known or 0."""
        if self.first is None or self.second is None:
            return None
        before, after = getattr(self.first.response, name), getattr(self.second.response, name)
        return after / before if before and after is not None else None

    @property
    def difference(self) -> Difference:
        """Whether the p95s differ by more than noise."""
        if not (self.first and self.second and self.first.spread and self.second.spread):
            return Difference.UNKNOWN
        (low, high), (second_low, second_high) = self.first.spread, self.second.spread
        if second_low > high:
            return Difference.SLOWER
        return Difference.FASTER if second_high < low else Difference.NOISE

    @property
    def why(self) -> str:
        """What the difference is told from: a sentence part."""
        spreads = [figures.spread if figures else None for figures in (self.first, self.second)]
        if None in spreads:
            return "too few windows of ten seconds hold enough requests"
        told = [f"{milliseconds(low)} to {milliseconds(high)}" for low, high in filter(None, spreads)]
        return f"p95 of ten seconds: {told[0]} against {told[1]}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows by phase, then route; `cautions` say what else differs between the runs, so that it is not forgotten."""

    rows: tuple[Row, ...]
    cautions: tuple[str, ...]
    same_profile: bool


def compare(first: LoadRun, second: LoadRun) -> Comparison:
    """Both runs, the phases in the order of the first one's profile."""
    one, other = _figures(first), _figures(second)
    keys = [*one, *(key for key in other if key not in one)]
    phases = [phase.name for phase in (*first.profile.phases, *second.profile.phases)]
    keys.sort(key=lambda key: (phases.index(key[0]), key[1]))
    rows = tuple(Row(*key, one.get(key), other.get(key)) for key in keys)
    same = first.profile.phases == second.profile.phases
    return Comparison(rows, tuple(_cautions(first, second)), same)


def _cautions(first: LoadRun, second: LoadRun) -> Sequence[str]:
    said = []
    if first.profile.phases != second.profile.phases:
        one, other = (f"{run.profile.name} ({_phases(run)})" for run in (first, second))
        said.append(f"They were asked for different loads: {one}, {other}.")
    for which, run in (("first", first), ("second", second)):
        if run.ended_by is not EndedBy.PROFILE:
            ends = {EndedBy.PERSON: "was interrupted", EndedBy.ABORT: "was aborted", EndedBy.LOST: "lost a worker"}
            said.append(f"The {which} run {ends.get(run.ended_by, 'has no written end')}.")
    return said


def _phases(run: LoadRun) -> str:
    return ", ".join(f"{phase.name} {phase.rate}/s for {phase.seconds:g} s" for phase in run.profile.phases)


def _figures(run: LoadRun) -> Mapping[tuple[str, str], Figures]:
    """By phase and route; of phases first, so that a phase without any request is there, too."""
    results = {result.phase.name: result for result in phase_results(run)}
    cells = {(name, ""): Cell() for name in results}
    cells |= summed(run, lambda key: (key[0], key[2]) if key[0] in results else None)
    for (phase, route), cell in cells.items():
        if route:
            cells[phase, ""].merge(cell)
    windows = _windows(run)
    return {
        key: _of(cell, results[key[0]] if not key[1] else None, windows.get(key, ())) for key, cell in cells.items()
    }


def _windows(run: LoadRun) -> Mapping[tuple[str, str], tuple[float, ...]]:
    found: dict[tuple[str, str], tuple[float, ...]] = {}
    for phase in run.profile.phases:
        routes = windows_by(run, phase, lambda key: key[2])
        for route, windows in routes.items():
            found[phase.name, route] = _in_order(one.p95_ms for one in windows)
        whole = (Histogram.merged(each.response for each in same) for same in zip(*routes.values(), strict=True))
        found[phase.name, ""] = _in_order(Window(0, 0, all_routes).p95_ms for all_routes in whole)
    return found


def _in_order(p95s: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(sorted(p95 for p95 in p95s if p95 is not None))


def _of(cell: Cell, result: PhaseResult | None, windows: tuple[float, ...]) -> Figures:
    delivered = result.delivered if result else None
    counts = (cell.requests, cell.errors, cell.wrong, cell.throttled)
    return Figures(*counts, delivered, Times.of(cell.response), windows)
