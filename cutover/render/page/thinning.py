"""Fewer points that look the same: of each stretch, the lowest and the highest. Pure."""

import math
from collections.abc import Sequence
from itertools import groupby

Point = tuple[float, float | None]
"""(where, value); None where there is no value, so that a line has a gap there."""


def thinned(points: Sequence[Point], most: int) -> Sequence[Point]:
    """At most `most` (at least 4) of the points, the first and the last among them, and every peak of their line."""
    if len(points) <= most:
        return points
    first, last = points[0][0], points[-1][0]
    stretches = max(1, (most - 2) // 2)
    width = (last - first) / stretches or 1.0
    kept: list[Point] = [points[0]]
    for _, group in groupby(points[1:-1], key=lambda point: min(stretches - 1, math.floor((point[0] - first) / width))):
        kept += _extremes(list(group))
    return [*kept, points[-1]]


def _extremes(stretch: Sequence[Point]) -> Sequence[Point]:
    """The lowest and the highest in their order; a stretch of nothing but gaps stays one."""
    known = [point for point in stretch if point[1] is not None]
    if not known:
        return stretch[:1]
    low, high = (pick(known, key=lambda point: point[1] or 0.0) for pick in (min, max))
    return [low] if low is high else sorted((low, high), key=lambda point: point[0])
