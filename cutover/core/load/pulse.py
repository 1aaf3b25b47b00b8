"""How a load test goes just now: its newest seconds, as one line shows them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cutover.core.load.histogram import Histogram
from cutover.core.load.lines import Line, Second
from cutover.core.load.profile import Profile

WINDOW_SECONDS = 10
KEPT_SECONDS = 30  # workers tell of a second some seconds after it


@dataclass(frozen=True, slots=True)
class Pulse:
    """The last ten seconds: rates a second, `errors` of the requests as a fraction (wrong answers among them).

    `dropped` counts since the start.
    """

    phase: str
    seconds: float
    left_seconds: float
    asked: float
    answered: float
    p95_ms: float | None
    errors: float
    throttled: float
    in_flight: int
    dropped: int


@dataclass(slots=True)
class Pulses:
    """Takes lines as they come, and says how it goes."""

    profile: Profile
    _began: int | None = None
    _newest: dict[int, Second] = field(default_factory=dict)
    _dropped: int = 0

    def take(self, lines: Iterable[Line]) -> bool:
        """Note these lines; whether a second was among them."""
        seconds = [line for line in lines if isinstance(line, Second)]
        for one in seconds:
            self._began = one.second if self._began is None else min(self._began, one.second)
            self._newest.setdefault(one.second, Second(one.second)).merge(one)
            self._dropped += sum(one.dropped.values())
        for old in sorted(self._newest)[:-KEPT_SECONDS]:
            del self._newest[old]
        return bool(seconds)

    def now(self) -> Pulse | None:
        """How it goes; None before the first second is known."""
        if self._began is None:
            return None
        latest = max(self._newest)
        window = [one for second, one in self._newest.items() if second > latest - WINDOW_SECONDS]
        cells = [cell for one in window for cell in one.cells.values()]
        requests, length = sum(cell.requests for cell in cells), min(WINDOW_SECONDS, latest - self._began + 1)
        seconds = float(latest - self._began + 1)
        phase = self.profile.phase_at(min(seconds, self.profile.seconds) - 0.5) or self.profile.phases[-1]
        return Pulse(
            phase=phase.name,
            seconds=seconds,
            left_seconds=max(0.0, self.profile.seconds - seconds),
            asked=sum(sum(one.asked.values()) for one in window) / length,
            answered=requests / length,
            p95_ms=Histogram.merged(cell.response for cell in cells).percentile(95),
            errors=sum(cell.errors + cell.wrong for cell in cells) / requests if requests else 0.0,
            throttled=sum(cell.throttled for cell in cells) / requests if requests else 0.0,
            in_flight=self._newest[latest].in_flight,
            dropped=self._dropped,
        )
