"""How bursty a side's errors are, estimated so that neither one incident nor the rhythm of the day decides it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cutover.core.models import NO_BURST, Burst, Minute
from cutover.core.words import count, plural

# A rate is taken to be constant this long: the day's rhythm must not look like bursts.
BLOCK_MINUTES = 15
# One estimate is made of so much; an incident spoils the estimates that it falls in, and no other.
STRETCH_MINUTES = 60
STRETCH_ERRORS = 10
# Two of three estimates lie below the one that is taken. The middle one is too low half the time, and then a Lambda at
# 1 % is rolled back in over 5 % of 48-hour runs; with this one in 3 %, and a third of the time may be incidents.
QUANTILE = 2 / 3
Counts = tuple[int, int]  # requests, errors of one minute


def burst_of(minutes: Sequence[Minute], most: float) -> Burst:
    """The burst of these minutes' 5xx, from 1 to `most`."""
    return estimate([(m.requests, m.errors or 0) for m in minutes if m.requests], most)


def client_burst_of(minutes: Sequence[Minute], most: float) -> Burst:
    """The burst of these minutes' 4xx."""
    return estimate([(m.requests, m.client_errors or 0) for m in minutes if m.requests], most)


def estimate(counts: Sequence[Counts], most: float) -> Burst:
    """The burst of these minutes' errors, from 1 to `most`; `source` says why it is not what was found."""
    errors = sum([errors for _, errors in counts])
    found = sorted(_ratios(counts)) if errors >= STRETCH_ERRORS else []
    if not found:
        few = f"{plural(errors, 'error')} in {plural(len(counts), 'minute')} of ECS, too few to tell a burst"
        return replace(NO_BURST, source=few) if counts else NO_BURST
    phi = found[min(len(found) - 1, int(len(found) * QUANTILE))]
    source = f"{count(errors)} errors in {plural(len(counts), 'minute')} of ECS"
    if phi > most:
        source += f", which say {phi:.1f}; {most:g} is the most that is allowed for"
    elif phi < 1.0:
        source += ", which come singly"
    return Burst(min(most, max(1.0, phi)), source, len(counts), errors)


def _ratios(counts: Sequence[Counts]) -> Iterator[float]:
    """Each stretch's variance over mean: squared distances from the block's own rate over those of single errors."""
    squares = expected = 0.0
    minutes = errors = 0
    for block in _blocks(counts):
        requests, found = map(sum, zip(*block, strict=True))
        minutes, errors = minutes + len(block), errors + found
        if found and len(block) > 1:
            rate = found / requests
            squares += sum((x - n * rate) ** 2 for n, x in block)
            expected += sum(n * rate * (1 - n / requests) for n, _ in block)
        if minutes >= STRETCH_MINUTES and errors >= STRETCH_ERRORS:
            yield squares / expected if expected else 1.0
            squares = expected = 0.0
            minutes = errors = 0


def _blocks(counts: Sequence[Counts]) -> Iterable[Sequence[Counts]]:
    return (counts[i : i + BLOCK_MINUTES] for i in range(0, len(counts), BLOCK_MINUTES))
