"""Scripted traffic and name servers that answer by the weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cutover.core.models import MINUTE, LatencyWindow, Minute, Side, SideEvidence
from cutover.core.verification import Pointers, Told
from cutover.ports import (
    Answers,
)
from tests.fakes.zone import Calls, FakeWeights

Rate = Callable[[datetime], float]
Changes = tuple[tuple[datetime, int], ...]  # since when Lambda has which share (percent), as they were made


def no_errors(_: datetime) -> float:
    """A rate of 0 at all times."""
    return 0.0


def usual_p95(_: datetime) -> float:
    """200 ms at all times."""
    return 200.0


def not_silent(_: Side, __: datetime) -> bool:
    """Every minute is told."""
    return False


def as_asked(_: datetime, share: float) -> float:
    """Traffic follows the weights."""
    return share


def nothing(_: datetime) -> None:
    """Nothing is known, or goes wrong."""
    return


@dataclass(frozen=True, slots=True)
class Script:
    """What decides one side's traffic."""

    side: Side
    per_minute: int
    changes: Changes
    error_rate: Rate
    p95_ms: Rate
    silent: Callable[[Side, datetime], bool]
    share: Callable[[datetime, float], float]
    client_error_rate: Rate
    throttles: Callable[[datetime], int | None]
    borrow_ms: Callable[[datetime], float | None]

    @property
    def is_plain(self) -> bool:
        """Whether every function is one of this module, which say the same of the same time whenever they are asked."""
        asked = (self.error_rate, self.client_error_rate, self.p95_ms, self.silent, self.share)
        plain = (no_errors, no_errors, usual_p95, not_silent, as_asked)
        return asked == plain and self.throttles is nothing and self.borrow_ms is nothing


@dataclass
class FakeMetrics:
    """A MetricSource of traffic that follows the weights at once, with scripted error rates and p95s."""

    weights: FakeWeights
    calls: Calls
    per_minute: int = 600
    error_rate: dict[Side, Rate] = field(default_factory=lambda: dict.fromkeys(Side, no_errors))
    p95_ms: dict[Side, Rate] = field(default_factory=lambda: dict.fromkeys(Side, usual_p95))
    silent: Callable[[Side, datetime], bool] = not_silent
    failing: Callable[[datetime], BaseException | None] = nothing
    share: Callable[[datetime, float], float] = as_asked
    client_error_rate: dict[Side, Rate] = field(default_factory=lambda: dict.fromkeys(Side, no_errors))
    throttles: Callable[[datetime], int | None] = nothing
    borrow_ms: Callable[[datetime], float | None] = nothing
    asked: list[tuple[Side, datetime, datetime]] = field(default_factory=list)

    def read(self, side: Side, since: datetime, until: datetime, window: timedelta) -> SideEvidence:
        """What CloudWatch would say."""
        with self.calls.made(f"metrics {side.value}"):
            if error := self.failing(self.weights.clock.now()):
                raise error
            self.asked.append((side, since, until))
            script = self._script(side, since, until)
            return (_told_before if script.is_plain else _evidence)(script, since, until, window)

    def _script(self, side: Side, since: datetime, until: datetime) -> Script:
        return Script(
            side,
            self.per_minute,
            _changes(self.weights.timeline, since, until),
            self.error_rate[side],
            self.p95_ms[side],
            self.silent,
            self.share,
            self.client_error_rate[side],
            self.throttles,
            self.borrow_ms,
        )


def _changes(timeline: Sequence[tuple[datetime, int]], since: datetime, until: datetime) -> Changes:
    """The changes that any time in [since, until) asks for: the newest that was made by then counts."""
    found: list[tuple[datetime, int]] = []
    for at, share in reversed(timeline):
        if at < until:
            found.append((max(at, since), share))
        if at <= since:
            break
    return tuple(reversed(found))


def _evidence(script: Script, since: datetime, until: datetime, window: timedelta) -> SideEvidence:
    starts = _starts(since, until, MINUTE)
    minutes = dict(zip(starts, _minutes(script, starts), strict=True))
    windows = [_window(script, start, window, minutes) for start in _aligned(since, until, window)]
    borrows = [LatencyWindow(w.start, window, script.borrow_ms(w.start), w.samples) for w in windows]
    known = borrows if script.side is Side.SERVERLESS else []
    return SideEvidence(tuple(minutes.values()), tuple(windows), window, tuple(known))


# A walk through every point of a command asks for the same day hundreds of times.
_told_before = lru_cache(maxsize=256)(_evidence)


def _minutes(script: Script, starts: Sequence[datetime]) -> Iterator[Minute]:
    changes = script.changes[::-1]
    for start in starts:
        asked = next((share for at, share in changes if at <= start), 0)
        yield _minute(script, start, script.share(start, asked / 100))


def _minute(script: Script, start: datetime, share: float) -> Minute:
    serverless = script.side is Side.SERVERLESS
    requests = round(script.per_minute * (share if serverless else 1 - share))
    if script.silent(script.side, start) or requests == 0:
        return Minute(start, None, None, None)
    refused = round(requests * script.client_error_rate(start))
    throttles = script.throttles(start) if serverless else None
    return Minute(start, requests, round(requests * script.error_rate(start)), refused, throttles)


def _window(script: Script, start: datetime, window: timedelta, minutes: Mapping[datetime, Minute]) -> LatencyWindow:
    requests = sum([minutes[at].requests or 0 for at in _starts(start, start + window, MINUTE)])
    return LatencyWindow(start, window, script.p95_ms(start) if requests else None, requests)


def _aligned(since: datetime, until: datetime, window: timedelta) -> list[datetime]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return _starts(since + (epoch - since) % window, until, window)


def _starts(since: datetime, until: datetime, step: timedelta) -> list[datetime]:
    """The starts of the whole steps in [since, until)."""
    return [since + step * i for i in range(max(0, (until - since) // step))]


@dataclass
class FakeNames:
    """Name servers that answer by the weights."""

    weights: FakeWeights
    calls: Calls
    asked: list[Mapping[Side, Sequence[str]]] = field(default_factory=list)
    told: Sequence[Told] | None = None

    def sample(self, targets: Mapping[Side, Sequence[str]], questions: int, deadline_seconds: float) -> Answers:
        """Exactly by the weights."""
        self.asked.append(targets)
        serverless = questions * self.weights.share_at(self.weights.clock.now()) // 100
        return Answers({Side.ECS: questions - serverless, Side.SERVERLESS: serverless}, 0)

    def inspect(self, pointers: Pointers, questions: int, deadline_seconds: float) -> Sequence[Told]:
        """Exactly by the weights, or `told`."""
        if self.told is not None:
            return self.told
        serverless = questions * self.weights.share_at(self.weights.clock.now()) // 100
        by_side = {Side.ECS: questions - serverless, Side.SERVERLESS: serverless}
        return [Told("ns1.example", type_, questions, by_side, {}, {}, frozenset({60})) for type_ in pointers]
