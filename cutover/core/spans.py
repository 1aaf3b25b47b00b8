"""Minutes that are no evidence of how the service does, such as those of our own load tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cutover.core.models import MINUTE, Minute, Span


def touched(start: datetime, loads: Sequence[Span]) -> bool:
    """Whether the minute that starts then lies in one of them, wholly or in part."""
    return any(start < end and begin < start + MINUTE for begin, end in loads)


def outside(minutes: Sequence[Minute], loads: Sequence[Span]) -> Sequence[Minute]:
    """The minutes, those of load tests without their counts."""
    return without(minutes, [touched(minute.start, loads) for minute in minutes] if loads else ())


def without(minutes: Sequence[Minute], out: Sequence[bool]) -> Sequence[Minute]:
    """The minutes, those that are out without their counts; `out` may be empty."""
    if not any(out):
        return minutes
    return [
        replace(minute, requests=None, errors=None, client_errors=None) if is_out else minute
        for minute, is_out in zip(minutes, out, strict=True)
    ]
