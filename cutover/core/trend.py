"""The newest hour by the minute, for sparklines: what each side reported, and what each gate said of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cutover.core.models import MINUTE, Evidence, Finding, Minute, Side, SideEvidence

KEPT_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Point:
    """One side in one minute; None = no data, which is not zero. `p95_ms` is that of the window the minute is in."""

    requests: int | None
    errors: int | None
    client_errors: int | None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """Points by side and minute (UTC start), and the values of findings by gate, side and the minute of the look."""

    points: Mapping[tuple[Side, datetime], Point] = field(default_factory=dict)
    values: Mapping[tuple[str, Side, datetime], float] = field(default_factory=dict)

    def first_missing(self, until: datetime) -> datetime | None:
        """The earliest of the newest minutes before `until` that was never asked for; None if all were."""
        return next((m for m in newest(until) if not all((side, m) in self.points for side in Side)), None)

    def with_side(self, side: Side, evidence: SideEvidence) -> "Trend":
        """With what that side reported; newer counts replace older ones, which CloudWatch may have corrected."""
        windows = {
            window.start + MINUTE * i: window.p95_ms
            for window in evidence.windows
            for i in range(window.length // MINUTE)
        }
        fresh = {(side, m.start): self._point(side, m, windows) for m in evidence.minutes[-KEPT_MINUTES:]}
        return replace(self, points={**self.points, **fresh})

    def with_evidence(self, evidence: Evidence) -> "Trend":
        """With both sides of it."""
        return self.with_side(Side.ECS, evidence.ecs).with_side(Side.SERVERLESS, evidence.serverless)

    def with_findings(self, findings: Iterable[Finding], minute: datetime) -> "Trend":
        """With the values that the gates gave in that minute."""
        fresh = {(f.gate, f.side, minute): f.value for f in findings if f.value is not None}
        return replace(self, values={**self.values, **fresh})

    def since(self, oldest: datetime) -> "Trend":
        """Without what is older."""
        points = {key: point for key, point in self.points.items() if key[1] >= oldest}
        return Trend(points, {key: value for key, value in self.values.items() if key[2] >= oldest})

    def series(self, gate: str, side: Side, until: datetime) -> list[float | None]:
        """The gate's value in each of the newest minutes before `until`, oldest first; None without data."""
        return [self._value(gate, side, minute) for minute in newest(until)]

    def _point(self, side: Side, minute: Minute, windows: Mapping[datetime, float | None]) -> Point:
        known = self.points.get((side, minute.start))
        p95_ms = windows.get(minute.start)
        if p95_ms is None and known:
            p95_ms = known.p95_ms
        return Point(minute.requests, minute.errors, minute.client_errors, p95_ms)

    def _value(self, gate: str, side: Side, minute: datetime) -> float | None:
        point = self.points.get((side, minute))
        match gate:
            case "error-rate":
                return _part(point.errors, point.requests) if point else None
            case "client-errors":
                return _part(point.client_errors, point.requests) if point else None
            case "p95":
                return point.p95_ms if point else None
            case "telemetry":
                return point.requests if point else None
            case "share":
                return self._share(side, minute)
            case _:
                return self.values.get((gate, side, minute))

    def _share(self, side: Side, minute: datetime) -> float | None:
        """Of both sides' requests; where one of them has no data, what the gate itself said."""
        requests = [point.requests if (point := self.points.get((one, minute))) else None for one in Side]
        known = [count for count in requests if count is not None]
        if len(known) < len(requests):
            return self.values.get(("share", side, minute))
        return _part(requests[list(Side).index(side)], sum(known))


NO_TREND = Trend()


def newest(until: datetime) -> Sequence[datetime]:
    """The newest minutes before `until`, oldest first."""
    return [until - MINUTE * back for back in range(KEPT_MINUTES, 0, -1)]


def oldest(until: datetime) -> datetime:
    """The first of the newest minutes."""
    return until - timedelta(minutes=KEPT_MINUTES)


def _part(some: int | None, all_: int | None) -> float | None:
    return some / all_ if some is not None and all_ else None
