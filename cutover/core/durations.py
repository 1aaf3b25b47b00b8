"""Durations as people write them: 90s, 15m, 48h, 7d, 1h30m."""

import re
from datetime import timedelta

LONGEST = timedelta(days=400)  # beyond any bake; CloudWatch keeps 455 days, and calendars end
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WHOLE = re.compile(r"(?:[0-9]{1,7}[smhd])+", re.ASCII)
_PART = re.compile(r"([0-9]{1,7})([smhd])", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """The duration that `text` names. Raises ValueError, with an example, for all else, zero and years included."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration; write it as 90s, 15m, 48h, 7d or 1h30m")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if seconds == 0:
        raise ValueError(f"{text!r} is no time at all; the shortest duration is 1s")
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{text!r} is too long; the longest duration is {LONGEST.days}d")
    return timedelta(seconds=seconds)


def format_duration(span: timedelta) -> str:
    """The shortest exact spelling in days, hours, minutes and whole seconds: 2d, 1h30m, 45s, 0s."""
    left = max(0, int(span.total_seconds()))
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
