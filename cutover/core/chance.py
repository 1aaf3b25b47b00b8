"""How likely a count is by chance alone: the binomial distribution, exactly."""

import math


def two_sided(seen: int, asked: int, share: float) -> float:
    """The chance that a draw of `asked` with that true share lies as far out as `seen` does, on either side."""
    if asked == 0:
        return 1.0
    lower = sum(_mass(count, asked, share) for count in range(seen + 1))
    upper = sum(_mass(count, asked, share) for count in range(seen, asked + 1))
    return min(1.0, 2 * min(lower, upper))


def _mass(count: int, asked: int, share: float) -> float:
    if share in {0.0, 1.0}:
        return float(count == asked * share)
    ways = math.lgamma(asked + 1) - math.lgamma(count + 1) - math.lgamma(asked - count + 1)
    return math.exp(ways + count * math.log(share) + (asked - count) * math.log1p(-share))
