"""What is usual, by a stand-in for CloudWatch's model: the middle of what came before, and how far that strayed.

The model of AWS learns two weeks with their days and nights. This one takes the periods of the last three hours, so
that a rehearsal has one soon. Median and median deviation instead of mean and standard deviation: an incident that
lasts does not become usual before it is half of what is looked at.
"""

from collections.abc import Mapping, Sequence
from statistics import median

HISTORY_SECONDS = 3 * 3600
FEWEST_PERIODS = 12  # before that nothing is known to be usual
_OF_NORMAL = 1.4826  # the standard deviation of what is spread normally, by its median deviation
_LEAST_SHARE = 0.05  # of the median: what hardly ever strays may do so by that much


def edges(
    points: Mapping[int, float], moments: Sequence[int], deviations: float
) -> tuple[dict[int, float], dict[int, float]]:
    """The upper and the lower edge for each of the moments that has enough behind it; pure."""
    upper, lower = {}, {}
    for moment in moments:
        before = [value for at, value in points.items() if moment - HISTORY_SECONDS <= at < moment]
        if len(before) >= FEWEST_PERIODS:
            middle, spread = _usual(before)
            upper[moment], lower[moment] = middle + deviations * spread, middle - deviations * spread
    return upper, lower


def _usual(values: Sequence[float]) -> tuple[float, float]:
    middle = median(values)
    strayed = _OF_NORMAL * median(abs(value - middle) for value in values)
    return middle, max(strayed, _LEAST_SHARE * abs(middle))
