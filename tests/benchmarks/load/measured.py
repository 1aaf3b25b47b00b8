"""What one generator found out about one server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cutover.core.load.histogram import Histogram


@dataclass(frozen=True, slots=True)
class Measured:
    """`asked` and `answered` are requests, the percentiles ms as the generator itself tells them."""

    generator: str
    asked: int
    answered: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    remark: str = ""

    @property
    def delivered(self) -> float:
        """The part of what was asked for that was sent and answered."""
        return self.answered / self.asked if self.asked else 0.0


def measured(generator: str, asked: int, times_ms: Iterable[float], remark: str = "") -> Measured:
    """Of every single time. Raises ValueError when there is none."""
    times = Histogram()
    for one in times_ms:
        times.add(one)
    p50, p95, p99 = (times.percentile(percent) for percent in (50, 95, 99))
    if p50 is None or p95 is None or p99 is None:
        raise ValueError(f"{generator} measured nothing")
    return Measured(generator, asked, times.total, p50, p95, p99, remark)


def table(rows: Sequence[Measured]) -> str:
    """As Markdown."""
    lines = ["| generator | asked | delivered | p50 | p95 | p99 | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        times = " | ".join(f"{ms:,.1f} ms" for ms in (row.p50_ms, row.p95_ms, row.p99_ms))
        lines.append(f"| {row.generator} | {row.asked:,} | {row.delivered:.1%} | {times} | {row.remark} |")
    return "\n".join(lines)
