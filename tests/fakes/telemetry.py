"""Scripted traffic and name servers that answer by the weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cutover.core.models import MINUTE, LatencyWindow, Minute, Side, SideEvidence
from cutover.core.verification import Pointers, Told
from cutover.ports import (
    Answers,
)
from tests.fakes.zone import Calls, FakeWeights

Rate = Callable[[datetime], float]


@dataclass
class FakeMetrics:
    """A MetricSource of traffic that follows the weights at once, with scripted error rates and p95s."""

    weights: FakeWeights
    calls: Calls
    per_minute: int = 600
    error_rate: dict[Side, Rate] = field(default_factory=lambda: {side: lambda _: 0.0 for side in Side})
    p95_ms: dict[Side, Rate] = field(default_factory=lambda: {side: lambda _: 200.0 for side in Side})
    silent: Callable[[Side, datetime], bool] = lambda _, __: False
    failing: Callable[[datetime], BaseException | None] = lambda _: None
    share: Callable[[datetime, float], float] = lambda _, share: share
    client_error_rate: dict[Side, Rate] = field(default_factory=lambda: {side: lambda _: 0.0 for side in Side})
    throttles: Callable[[datetime], int | None] = lambda _: None
    borrow_ms: Callable[[datetime], float | None] = lambda _: None
    asked: list[tuple[Side, datetime, datetime]] = field(default_factory=list)

    def read(self, side: Side, since: datetime, until: datetime, window: timedelta) -> SideEvidence:
        """What CloudWatch would say."""
        with self.calls.made(f"metrics {side.value}"):
            if error := self.failing(self.weights.clock.now()):
                raise error
            self.asked.append((side, since, until))
            minutes = {at: self._minute(side, at) for at in _starts(since, until, MINUTE)}
            windows = [self._window(side, start, window, minutes) for start in _aligned(since, until, window)]
            borrows = [LatencyWindow(w.start, window, self.borrow_ms(w.start), w.samples) for w in windows]
            known = borrows if side is Side.SERVERLESS else []
            return SideEvidence(tuple(minutes.values()), tuple(windows), window, tuple(known))

    def _minute(self, side: Side, start: datetime) -> Minute:
        share = self.share(start, self.weights.share_at(start) / 100)
        requests = round(self.per_minute * (share if side is Side.SERVERLESS else 1 - share))
        if self.silent(side, start) or requests == 0:
            return Minute(start, None, None, None)
        refused = round(requests * self.client_error_rate[side](start))
        throttles = self.throttles(start) if side is Side.SERVERLESS else None
        return Minute(start, requests, round(requests * self.error_rate[side](start)), refused, throttles)

    def _window(
        self, side: Side, start: datetime, window: timedelta, minutes: Mapping[datetime, Minute]
    ) -> LatencyWindow:
        requests = sum(minutes[at].requests or 0 for at in _starts(start, start + window, MINUTE))
        return LatencyWindow(start, window, self.p95_ms[side](start) if requests else None, requests)


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
