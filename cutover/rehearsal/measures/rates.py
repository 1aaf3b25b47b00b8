"""Differences between two looks at what only grows."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Rates:
    """What was seen last, by name, with the real time of it in seconds."""

    _seen: dict[str, tuple[float, float]] = field(default_factory=dict)

    def grown(self, name: str, total: float, now: float) -> float | None:
        """By how much it grew since the last look; None at the first one, or when it began anew."""
        before = self._seen.get(name)
        self._seen[name] = (total, now)
        return None if before is None or total < before[0] else total - before[0]

    def share(self, name: str, cpu_seconds: float, now: float, cores: float) -> float | None:
        """The percentage of so many cores that was used since the last look, at most 100; None as above."""
        before = self._seen.get(name)
        grown = self.grown(name, cpu_seconds, now)
        if before is None or grown is None or now <= before[1]:
            return None
        return min(100.0, 100.0 * grown / ((now - before[1]) * cores))
