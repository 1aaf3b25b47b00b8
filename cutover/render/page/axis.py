"""The axes of charts: where a value lies, which values are written, and how they are spelled. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cutover.core.words import count

Spell = Callable[[float], str]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_WHOLE = (1.0, 2.0, 5.0, 10.0)
_CLOCK_SECONDS = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
)  # fmt: skip
_NEARLY = 1e-9  # of a step: sums of floats end this much beside the number that is meant


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`; `ticks` are the values that get a line and, spelled, a word; `log` spaces by ratio.

    `title` names what is measured, with its unit. `full` spells a value where there is room: in the read-out.
    """

    low: float
    high: float
    ticks: Sequence[float]
    spell: Spell
    title: str = ""
    log: bool = False
    full: Spell | None = None

    def part(self, value: float) -> float:
        """Where the value lies, from 0 (low) to 1 (high); what is beyond an end lies at it."""
        low, high = (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)
        if high <= low or (self.log and value <= 0):
            return 0.0
        if math.isinf(value):
            return 1.0 if value > 0 else 0.0
        at = math.log10(value) if self.log else value
        return min(1.0, max(0.0, (at - low) / (high - low)))

    def told(self, value: float) -> str:
        """The value as the read-out has it."""
        return (self.full or self.spell)(value)


def linear(highest: float, spell: Spell, title: str = "", *, full: Spell | None = None, whole: bool = False) -> Axis:
    """From 0 to the next round value from `highest` on; at most six ticks. `whole`: nothing between whole numbers."""
    top = highest if highest > 0 and math.isfinite(highest) else 1.0
    step = _step(top, 5, _WHOLE if whole else _STEPS)
    step = max(1.0, step) if whole else step
    parts = max(1, math.ceil(top / step - _NEARLY))
    return Axis(0.0, step * parts, [step * n for n in range(parts + 1)], spell, title, full=full)


def logarithmic(lowest: float, highest: float, spell: Spell, title: str = "", *, full: Spell | None = None) -> Axis:
    """From a round value (1, 2 or 5 times a power of ten) under `lowest` to one over `highest`."""
    known = [value for value in (lowest, highest) if value > 0 and math.isfinite(value)] or [1.0]
    first, last = math.floor(math.log10(min(known)) + _NEARLY), math.ceil(math.log10(max(known)) - _NEARLY)
    rounds = [digit * 10.0**power for power in range(first, last + 1) for digit in (1, 2, 5)]
    low = max(value for value in rounds if value <= min(known) * (1 + _NEARLY))
    high = min(value for value in [*rounds, 10.0 ** (last + 1)] if value >= max(known) * (1 - _NEARLY) and value > low)
    inside = [value for value in [*rounds, high] if low <= value <= high]
    ticks = list(dict.fromkeys(inside))
    if len(ticks) > 7:
        ticks = [value for value in ticks if abs(math.log10(value) - round(math.log10(value))) < _NEARLY]
    return Axis(low, high, ticks, spell, title, log=True, full=full)


def clocked(seconds: float, most: int = 8, title: str = "time since the start, minutes:seconds") -> Axis:
    """Real time from the start, in seconds, written as a clock does."""
    end = seconds if seconds > 0 else 1.0
    step = next((one for one in _CLOCK_SECONDS if end / one <= most), _CLOCK_SECONDS[-1] * math.ceil(end / 86_400 / 8))
    title = title.replace("minutes:seconds", "hours:minutes:seconds") if end >= 3600 else title
    return Axis(0.0, end, [float(n) for n in range(0, int(end) + 1, step)], clock, title)


def simulated(minutes: float, most: int = 8) -> Axis:
    """Simulated minutes from the start."""
    end = minutes if minutes > 0 else 1.0
    step = max(1.0, _step(end, most, _WHOLE))
    ticks = [step * n for n in range(int(end / step + _NEARLY) + 1)]
    return Axis(0.0, end, ticks, lambda value: f"{value:g}′", "simulated minutes", full=lambda m: f"{m:.1f}′ simulated")


def clock(seconds: float) -> str:
    """A time since the start: 0:05, 12:30, 1:02:03."""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def latency(ms: float) -> str:
    """A time as axes have it: 0.5 ms, 20 ms, 1.5 s."""
    return f"{ms / 1000:g} s" if ms >= 1000 else f"{ms:g} ms"


def exact_latency(ms: float) -> str:
    """A time as read-outs have it: 3.4 ms, 412 ms, 1 250 ms."""
    return f"{ms:.1f} ms" if ms < 10 else f"{count(round(ms))} ms"


def rate(value: float) -> str:
    """A plain number: 0.5, 100, 1 000."""
    return f"{value:.3g}" if value < 100 else count(round(value))


def share(fraction: float) -> str:
    """A fraction as percent: 0.5%, 20%, 100%."""
    return f"{round(fraction * 100, 4):g}%"


def exact_share(fraction: float) -> str:
    """A fraction as percent with two digits, where they say something: 0.41%, 12.5%, 100%."""
    return f"{fraction:.2%}" if fraction < 0.1 else f"{fraction:.1%}".replace(".0%", "%")


def _step(highest: float, most: int, rounds: Sequence[float]) -> float:
    """The smallest round step of which `most` reach `highest`."""
    raw = highest / most
    power = 10.0 ** math.floor(math.log10(raw))
    return next(one * power for one in (*rounds, 20.0) if one * power >= raw * (1 - _NEARLY))
