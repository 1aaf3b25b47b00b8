"""CloudWatch's statistics over the digests of one period."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, chain
from math import floor
from operator import itemgetter

from cutover.rehearsal.aws.cloudwatch.digest import Digest

_PLAIN: Mapping[str, Callable[[Sequence[Digest]], float]] = {
    "SampleCount": lambda digests: sum(digest.count for digest in digests),
    "Sum": lambda digests: sum(digest.total for digest in digests),
    "Average": lambda digests: sum(digest.total for digest in digests) / sum(digest.count for digest in digests),
    "Minimum": lambda digests: min(digest.low for digest in digests),
    "Maximum": lambda digests: max(digest.high for digest in digests),
}
_PERCENTILE = re.compile(r"p(100|\d{1,2}(?:\.\d{1,10})?)")


def is_statistic(name: str) -> bool:
    """Whether the stand-in can compute it."""
    return name in _PLAIN or _PERCENTILE.fullmatch(name) is not None


def statistic(name: str, digests: Sequence[Digest]) -> float | None:
    """The statistic over all of the digests' values; None: a percentile although not all values are known."""
    if name in _PLAIN:
        return _PLAIN[name](digests)
    if not all(digest.complete for digest in digests):
        return None
    return percentile(list(chain.from_iterable(digest.pairs() for digest in digests)), float(name[1:]))


def percentile(pairs: list[tuple[float, float]], percent: float) -> float:
    """The exact percentile of values with counts, interpolated between neighbours: p95 of 1..100 is 95.05."""
    ordered = sorted(pairs)
    ends = list(accumulate(map(itemgetter(1), ordered)))
    rank: float = max(0.0, (ends[-1] - 1) * percent / 100)
    below = _value_at(ordered, ends, floor(rank))
    above = _value_at(ordered, ends, floor(rank) + 1)
    return below + (above - below) * (rank - floor(rank))


def _value_at(ordered: list[tuple[float, float]], ends: list[float], index: int) -> float:
    """The value at `index` if every value stood there as often as its count says."""
    return ordered[min(bisect_right(ends, index), len(ordered) - 1)][0]
