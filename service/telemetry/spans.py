"""What one request does, noted while it does it: cheap notes, made OpenTelemetry's spans when it is over."""

import random
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import TracebackType

Value = str | int

MOST_SPANS = 200  # of one trace: what a list of thousands of statements would tell, nobody reads


class Span:
    """One piece of work: from `started_ns` to `ended_ns`, Unix nanoseconds; `error` is the exception's class or ""."""

    __slots__ = ("attributes", "ended_ns", "error", "kind", "name", "number", "parent_number", "started_ns", "trace")

    def __init__(
        self, trace: "Trace", parent_number: int, kind: str, name: str, attributes: Mapping[str, Value]
    ) -> None:
        self.trace = trace
        self.parent_number = parent_number
        self.number = random.getrandbits(64) or 1  # an id: guards nothing
        self.kind = kind
        self.name = name
        self.attributes = attributes
        self.error = ""
        self.started_ns = time.time_ns()
        self.ended_ns = 0

    def end(self, error: BaseException | None = None) -> None:
        """The work is over; of an error only its class is told, as its words may name somebody."""
        self.ended_ns = max(self.started_ns, time.time_ns())
        if error is not None:
            self.error = type(error).__name__
        self.trace.take(self)


class Trace:
    """The spans of one request that is recorded; `send` gets them when it is over, and each one that comes later."""

    __slots__ = ("_ended", "_send", "_spans", "dropped", "number")

    def __init__(self, number: int, send: Callable[["Trace", list[Span]], None]) -> None:
        self.number = number
        self.dropped = 0
        self._send = send
        self._spans: list[Span] = []
        self._ended = False

    def take(self, span: Span) -> None:
        """Keep a span that has ended; too many are counted."""
        if len(self._spans) >= MOST_SPANS:
            self.dropped += 1
            return
        self._spans.append(span)
        if self._ended:  # of work that goes on after the answer
            self._send(self, [span])

    def end(self, root: Span, error: BaseException | None = None) -> None:
        """The request is over: everything is sent, its own span first, however many there are."""
        root.ended_ns = max(root.started_ns, time.time_ns())
        if error is not None:
            root.error = type(error).__name__
        self._ended = True
        self._send(self, [root, *self._spans])


current: ContextVar[Span | None] = ContextVar("current_span", default=None)
"""What a new span is a part of; None where nothing is recorded."""


class Nothing:
    """Around work that is not recorded."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None


class Call:
    """Around one call to a dependency; nothing is ever a part of it."""

    __slots__ = ("_attributes", "_name", "_parent", "_span")

    def __init__(self, parent: Span, name: str, attributes: Mapping[str, Value]) -> None:
        self._parent, self._name, self._attributes = parent, name, attributes

    def __enter__(self) -> None:
        self._span = Span(self._parent.trace, self._parent.number, "client", self._name, self._attributes)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._span.end(error)


class Stretch:
    """Around work of our own that has parts: what happens within belongs to it.

    The former span is put back by value: the end of a generator may run in another context than its beginning.
    """

    __slots__ = ("_attributes", "_name", "_parent", "_span")

    def __init__(self, parent: Span, name: str, attributes: Mapping[str, Value]) -> None:
        self._parent, self._name, self._attributes = parent, name, attributes

    def __enter__(self) -> None:
        self._span = Span(self._parent.trace, self._parent.number, "internal", self._name, self._attributes)
        current.set(self._span)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        current.set(self._parent)
        self._span.end(error)
