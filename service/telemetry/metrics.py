"""What the service counts, in CloudWatch's embedded metric format: lines on stdout, the same on ECS and Lambda.

Counting is an addition in memory. What has come together is written by `flush`: every ten seconds and at the stop on
ECS. On Lambda, where an environment may never wake up again, at the end of an invocation: at once what is rare, at most
once a second what every request counts.
"""

import math
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any

from service.kernel.effects import Effect
from service.telemetry import emf, log
from service.telemetry.emf import Blob
from service.telemetry.origin import Origin

NAMESPACE = "LegoApi"
MOST_VALUES = 100  # of one metric in one line: the format's limit
KEPT_VALUES = 2000  # of one metric until the next flush; of more, a fair choice
FLUSH_SECONDS = 10.0
CALM_SECONDS = 1.0  # between two flushes of what every request counts, on Lambda

_log = log.Log(__name__)


class Counted(Enum):
    """What is added up. Of each the name in CloudWatch; dashboards/metrics.py says what they mean."""

    COLD_STARTS = "ColdStarts"
    CACHE_HITS = "CacheHits"
    CACHE_MISSES = "CacheMisses"
    CACHE_ERRORS = "CacheErrors"
    SEARCHES = "Searches"
    SEARCHES_BY_ENGINE = "SearchesByOpenSearch"
    SEARCHES_BY_DATABASE = "SearchesByPostgreSQL"
    IMAGES_UPLOADED = "ImagesUploaded"
    FILES_UPLOADED = "FilesUploaded"
    MOCS_CREATED = "MocsCreated"
    PARTS_LISTS_PARSED = "PartsListsParsed"
    PARTS_LISTS_FAILED = "PartsListsFailed"
    PARTS_ROWS_REJECTED = "PartsListRowsRejected"


class Measured(Enum):
    """What is spread, in milliseconds."""

    INIT_DURATION = "InitDuration"
    POOL_WAIT = "PoolWait"


class Gauged(Enum):
    """What stands at a value, of one dependency each."""

    CIRCUIT_OPEN = "CircuitOpen"


class Dependency(Enum):
    """What the service calls and can do without."""

    OPENSEARCH = "opensearch"
    REDIS = "redis"


UNITS: Mapping[Enum, str] = {
    **dict.fromkeys(Counted, "Count"),
    **dict.fromkeys(Measured, "Milliseconds"),
    **dict.fromkeys(Gauged, "None"),
}
PER_FUNCTION = frozenset({Counted.COLD_STARTS, Measured.INIT_DURATION})
"""What is also told of each Lambda function by itself."""


_OF_EVERY_REQUEST: frozenset[Enum] = frozenset(
    {
        Counted.CACHE_HITS,
        Counted.CACHE_MISSES,
        Counted.CACHE_ERRORS,
        Counted.SEARCHES,
        Counted.SEARCHES_BY_ENGINE,
        Counted.SEARCHES_BY_DATABASE,
        Measured.POOL_WAIT,
    }
)
"""Rates that a lost second does not change; all else is events, of which none may be lost."""


class _Values:
    """The values of one metric: all of them, of very many a fair choice, and always the largest."""

    __slots__ = ("_kept", "_largest", "_seen")

    def __init__(self) -> None:
        self._kept: list[float] = []
        self._largest = 0.0
        self._seen = 0

    def add(self, value: float) -> None:
        self._seen += 1
        self._largest = max(self._largest, value)
        if len(self._kept) < KEPT_VALUES:
            self._kept.append(value)
        elif (place := random.randrange(self._seen)) < KEPT_VALUES:  # noqa: S311 - chooses, guards nothing
            self._kept[place] = value

    def told(self) -> list[float]:
        """At most as many as a line takes, at even distances from the least to the largest."""
        kept = sorted(self._kept)
        kept[-1] = max(kept[-1], self._largest)
        if len(kept) <= MOST_VALUES:
            return kept
        return [kept[round(place * (len(kept) - 1) / (MOST_VALUES - 1))] for place in range(MOST_VALUES)]


class _Collected:
    """What has come together since the last flush; one for the process. Not locked: it belongs to one event loop."""

    origin = Origin("development")
    counts: dict[Counted, int] = {}
    values: dict[Measured, _Values] = {}
    gauges: dict[tuple[Gauged, Dependency], float] = {}
    changed: set[tuple[Gauged, Dependency]] = set()
    flushed_at = -math.inf  # Unix seconds: whether other clocks run while an environment is frozen is not written down


def configure(origin: Origin) -> None:
    """Begin anew, for this process."""
    _Collected.origin = origin
    _Collected.counts = {}
    _Collected.values = {}
    _Collected.gauges = {}
    _Collected.changed = set()
    _Collected.flushed_at = -math.inf


def count(what: Counted, value: int = 1) -> None:
    """Add up."""
    counts = _Collected.counts
    counts[what] = counts.get(what, 0) + value


def observe(what: Measured, milliseconds: float) -> None:
    """Note one value."""
    values = _Collected.values.get(what)
    if values is None:
        values = _Collected.values[what] = _Values()
    values.add(milliseconds)


def gauge(what: Gauged, dependency: Dependency, value: float) -> None:
    """Note how it stands from now on."""
    _Collected.gauges[what, dependency] = value
    _Collected.changed.add((what, dependency))


def counting(what: Counted, value: int = 1) -> Effect:
    """Counts when it is called, as an effect of a transaction: only what is committed counts."""
    return partial(_counted, what, value)


async def _counted(what: Counted, value: int) -> None:
    count(what, value)


def flush() -> None:
    """Write what has come together. Never raises: nobody's request fails for a metric."""
    _Collected.flushed_at = time.time()
    try:
        for blob in _taken(int(time.time() * 1000)):
            log.write(f"{emf.text_of(blob)}\n")
    except Exception as error:  # noqa: BLE001 - see above
        with suppress(Exception):  # where the lines go may be what is broken
            _log.crash("metrics_not_written", error)


def flush_before_the_freeze() -> None:
    """Write what must not be lost with the environment; a flush costs as much as a tenth of a cached read.

    What every request counts waits for the next invocation, unless the last flush is a second ago: an environment that
    never wakes up again loses the hits and waits of its last second. Never raises.
    """
    collected = _Collected
    calm = collected.counts.keys() <= _OF_EVERY_REQUEST and collected.values.keys() <= _OF_EVERY_REQUEST
    since_seconds = time.time() - collected.flushed_at
    if not calm or collected.changed or not 0 <= since_seconds < CALM_SECONDS:  # a clock may be set back
        flush()


async def flush_soon() -> None:
    """The same where an awaitable is asked for."""
    flush()


def _taken(now_ms: int) -> Iterator[Blob]:
    """What has come together, by dimensions; from now on it is collected anew."""
    origin = _Collected.origin
    counts, _Collected.counts = _Collected.counts, {}
    values, _Collected.values = _Collected.values, {}
    found: dict[Enum, list[float]] = {
        **{what: [float(number)] for what, number in counts.items()},
        **{what: spread.told() for what, spread in values.items()},
    }
    plain = {what: numbers for what, numbers in found.items() if what not in PER_FUNCTION or not origin.function}
    by_function = {what: numbers for what, numbers in found.items() if what not in plain}
    where = {"Stage": origin.stage, "Platform": origin.platform}
    if plain:
        yield _blob(now_ms, where, plain)
    if by_function:
        yield _blob(now_ms, {**where, "Function": origin.short_function}, by_function, tuple(where))
    for (what, dependency), value in _gauges_told():
        yield _blob(now_ms, {**where, "Dependency": dependency.value}, {what: [value]})


def _gauges_told() -> list[tuple[tuple[Gauged, Dependency], float]]:
    """Again and again on ECS. On Lambda, where hundreds of environments would say it, changes and what is not 0."""
    changed, _Collected.changed = _Collected.changed, set()
    everything = not _Collected.origin.function
    return [(key, value) for key, value in _Collected.gauges.items() if everything or value or key in changed]


def _blob(now_ms: int, where: Mapping[str, str], found: Mapping[Any, list[float]], *also: tuple[str, ...]) -> Blob:
    metrics = tuple((what.value, UNITS[what], tuple(numbers)) for what, numbers in found.items())
    return Blob(NAMESPACE, now_ms, tuple(where.items()), metrics, also)
