"""Ten seconds after ten seconds of a phase: the p95 of each, where there are enough requests to speak of one. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cutover.core.load.histogram import Histogram
from cutover.core.load.lines import Key
from cutover.core.load.profile import Phase
from cutover.core.load.run import LoadRun

WINDOW_SECONDS = 10
ENOUGH = 20  # requests: of fewer, the p95 is just the longest

By = TypeVar("By")


@dataclass(slots=True)
class Window:
    """Requests of one phase that ended in these ten seconds; `start` is in seconds from the phase's start."""

    start: int
    asked: int = 0
    response: Histogram = field(default_factory=Histogram)

    @property
    def end(self) -> int:
        """Its end, in seconds from the phase's start."""
        return self.start + WINDOW_SECONDS

    @property
    def p95_ms(self) -> float | None:
        """The p95; None where too few requests ended to speak of one.

        Endless where so few ended although twice as many were asked for: that is no lack of traffic but a standstill.
        """
        if self.response.total >= ENOUGH:
            return self.response.percentile(95)
        return math.inf if self.asked >= 2 * ENOUGH else None


def windows_of(run: LoadRun, phase: Phase) -> Sequence[Window]:
    """All of the phase's windows in order, those of all routes together."""
    whole = windows_by(run, phase, lambda _key: "").get("") or _empty(phase)
    for second in run.seconds:
        if 0 <= (at := _number(run, phase, second.second)) < len(whole):
            whole[at].asked += second.asked.get(phase.name, 0)
    return whole


def windows_by(run: LoadRun, phase: Phase, by: Callable[[Key], By]) -> Mapping[By, list[Window]]:
    """The phase's windows by what `by` makes of a cell's key; requests that ended after the phase are in none."""
    numbers = len(_empty(phase))
    found: dict[By, list[Window]] = {}
    for second in run.seconds:
        at = _number(run, phase, second.second)
        if not 0 <= at < numbers:
            continue
        for key, cell in second.cells.items():
            if key[0] == phase.name:
                if (name := by(key)) not in found:
                    found[name] = _empty(phase)
                found[name][at].response.merge(cell.response)
    return found


def _empty(phase: Phase) -> list[Window]:
    return [Window(at * WINDOW_SECONDS) for at in range(math.ceil(phase.seconds / WINDOW_SECONDS))]


def _number(run: LoadRun, phase: Phase, second: int) -> int:
    start = run.started + run.profile.starts[run.profile.phases.index(phase)]
    return math.floor((second + 0.5 - start) / WINDOW_SECONDS)
