"""ECS's 4xx of the time before, counted so that neither the rhythm of the day nor one odd hour decides."""

from collections.abc import Sequence

from cutover.core.models import Minute, PastClientErrors
from cutover.core.words import plural

HOUR_MINUTES = 60
# One hour in ten may have had more than the one that is taken: an hour of odd clients must not excuse a broken Lambda.
QUANTILE = 0.9
Counts = tuple[int, int]  # 4xx, requests


def counted(minutes: Sequence[Minute], min_requests: int) -> PastClientErrors | None:
    """The 4xx of all these minutes and of their high hour; None below `min_requests`."""
    known = [minute for minute in minutes if minute.requests]
    errors, requests = _sums(known)
    if requests < min_requests:
        return None
    source = f"{plural(len(known), 'minute')} of ECS before"
    return PastClientErrors(errors, requests, *_high_hour(known, min_requests), source, len(known))


def _high_hour(known: Sequence[Minute], min_requests: int) -> Counts:
    hours = (_sums(known[i : i + HOUR_MINUTES]) for i in range(0, len(known), HOUR_MINUTES))
    telling = sorted((hour for hour in hours if hour[1] >= min_requests), key=lambda hour: hour[0] / hour[1])
    return telling[min(len(telling) - 1, int(len(telling) * QUANTILE))] if telling else _sums(known)


def _sums(minutes: Sequence[Minute]) -> Counts:
    # Lists, not generators: a day's minutes are summed at each look, and resuming a generator costs more than the sum.
    return sum([m.client_errors or 0 for m in minutes]), sum([m.requests or 0 for m in minutes])
