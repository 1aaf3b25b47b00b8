"""The embedded metric format: a log line that holds metrics becomes values in CloudWatch."""

import math
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cutover.rehearsal.aws.cloudwatch.shapes import Name, Unit
from cutover.rehearsal.aws.cloudwatch.store import Datum, series_of

_MAX_VALUES = 100
_MAX_DIMENSIONS = 30
_MAX_METRICS = 100
_KEPT_COMPLAINTS = 20
_MARK = '"_aws"'


class _Part(msgspec.Struct, frozen=True, rename="pascal"):
    pass


class _Definition(_Part, frozen=True):
    name: Name
    unit: Unit = "None"
    storage_resolution: Literal[1, 60] = 60


class _Directive(_Part, frozen=True):
    namespace: Annotated[str, Meta(min_length=1, max_length=1024)]
    dimensions: tuple[Annotated[tuple[Name, ...], Meta(max_length=_MAX_DIMENSIONS)], ...]
    metrics: Annotated[tuple[_Definition, ...], Meta(max_length=_MAX_METRICS)]


class _Metadata(msgspec.Struct, frozen=True):
    timestamp: Annotated[int, Meta(ge=0)] = msgspec.field(name="Timestamp")
    directives: tuple[_Directive, ...] = msgspec.field(name="CloudWatchMetrics")


class Malformed(Exception):
    """CloudWatch would make no metric of this line; the message says why."""


class EmbeddedMetrics:
    """Makes values of lines and keeps count of those that CloudWatch would drop: `malformed`, by reason."""

    def __init__(self) -> None:
        self.lines = 0
        self.malformed: Counter[str] = Counter()
        self.totals: dict[str, float] = {}
        self.examples: deque[str] = deque(maxlen=_KEPT_COMPLAINTS)

    def values_in(self, message: str, at: float) -> list[Datum]:
        """The values of one line, stamped `at` (simulated Unix seconds): its own Timestamp is real time."""
        if _MARK not in message or "CloudWatchMetrics" not in message:
            return []
        try:
            found = list(values_of(message, at))
        except Malformed as why:
            self.malformed[str(why)] += 1
            self.examples.append(message[:500])
            return []
        self.lines += 1
        self._sum_up(found)
        return found

    def _sum_up(self, found: list[Datum]) -> None:
        """Each metric's values once, however many sets of dimensions it has."""
        once = {(datum.series.namespace, datum.series.name): datum for datum in found}
        for (_, name), datum in once.items():
            self.totals[name] = self.totals.get(name, 0.0) + sum(datum.values)

    def told(self) -> Mapping[str, object]:
        """How many lines held metrics, and what was wrong with those that were dropped."""
        return {
            "lines": self.lines,
            "totals": self.totals,
            "malformed": dict(self.malformed),
            "examples": list(self.examples),
        }


def values_of(message: str, at: float) -> Iterator[Datum]:
    """One Datum for each metric and set of dimensions. Raises Malformed."""
    try:
        root = msgspec.json.decode(message)
    except msgspec.DecodeError as error:
        raise Malformed("the line is not JSON") from error
    if not isinstance(root, dict):
        raise Malformed("the line is no JSON object")
    try:
        metadata = msgspec.convert(root.get("_aws"), _Metadata)
    except msgspec.ValidationError as error:
        raise Malformed(f"_aws: {error}") from error
    for directive in metadata.directives:
        for definition in directive.metrics:
            values = _values(root, definition.name)
            for names in directive.dimensions:
                series = series_of(directive.namespace, definition.name, _dimensions(root, names))
                yield Datum(series, definition.unit, at, values, (1.0,) * len(values))


def _values(root: Mapping[str, Any], name: str) -> tuple[float, ...]:
    given = root.get(name)
    values = given if isinstance(given, list) else [given]
    if not values or len(values) > _MAX_VALUES:
        raise Malformed(f"{name}: {len(values)} values; 1 to {_MAX_VALUES} are taken")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Malformed(f"{name}: its value is {'missing' if name not in root else 'no number'}")
    return tuple(map(float, values))


def _dimensions(root: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    for name in names:
        value = root.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 1024:
            raise Malformed(f"dimension {name}: its value is {'missing' if name not in root else 'no fitting string'}")
    return {name: root[name] for name in names}
