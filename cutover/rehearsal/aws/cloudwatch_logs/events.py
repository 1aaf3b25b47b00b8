"""The log groups: streams of events, bounded; what is too much forgets the oldest."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

MAX_GROUP_BYTES = 24 * 1024 * 1024
_EVENT_BYTES = 26  # what CloudWatch adds to each event, too


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line as it is shipped: when it came, in simulated Unix milliseconds, and what it says."""

    at_ms: int
    message: str


class Shipment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines of one stream, oldest first."""

    group: str
    stream: str
    lines: tuple[Line, ...]


class Event(msgspec.Struct, frozen=True, gc=False):
    """One kept event; `number` only grows, and names it."""

    number: int
    group: str
    stream: str
    at_ms: int
    message: str


@dataclass(slots=True)
class Stream:
    """A log stream's facts, in simulated Unix milliseconds."""

    name: str
    created_ms: int
    first_ms: int
    last_ms: int


@dataclass(slots=True)
class Group:
    """A log group and its newest events, in the order in which they came."""

    name: str
    created_ms: int
    streams: dict[str, Stream] = field(default_factory=dict)
    events: deque[Event] = field(default_factory=deque)
    kept_bytes: int = 0
    dropped: int = 0


class LogStore:
    """All groups; `max_group_bytes` is what each may hold."""

    def __init__(self, max_group_bytes: int = MAX_GROUP_BYTES) -> None:
        self._max_group_bytes = max_group_bytes
        self._groups: dict[str, Group] = {}
        self._count = 0

    def add(self, shipment: Shipment, now_ms: int) -> None:
        """Keep the lines; group and stream are made when they are new."""
        group = self._groups.setdefault(shipment.group, Group(shipment.group, now_ms))
        for line in shipment.lines:
            stream = group.streams.setdefault(shipment.stream, Stream(shipment.stream, now_ms, line.at_ms, line.at_ms))
            stream.last_ms = max(stream.last_ms, line.at_ms)
            self._count += 1
            group.events.append(Event(self._count, group.name, stream.name, line.at_ms, line.message))
            group.kept_bytes += len(line.message) + _EVENT_BYTES
        while group.kept_bytes > self._max_group_bytes:
            group.kept_bytes -= len(group.events.popleft().message) + _EVENT_BYTES
            group.dropped += 1

    def groups(self) -> list[Group]:
        """Every group, by name."""
        return [self._groups[name] for name in sorted(self._groups)]

    def group(self, name: str) -> Group | None:
        """The group of that name."""
        return self._groups.get(name)

    def within(self, names: Sequence[str], first_ms: float, last_ms: float) -> list[Event]:
        """The events of those groups whose times are in [first_ms, last_ms], oldest first."""
        found = [event for name in names for event in self._events(name) if first_ms <= event.at_ms <= last_ms]
        return sorted(found, key=lambda event: (event.at_ms, event.number))

    def _events(self, name: str) -> Iterator[Event]:
        group = self._groups.get(name)
        return iter(()) if group is None else iter(group.events)
