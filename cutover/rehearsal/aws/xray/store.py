"""The traces that have come, the oldest forgotten first."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cutover.rehearsal.aws.xray.spans import Span

MOST_TRACES = 20_000
MOST_SPANS = 2_000  # of one trace


@dataclass(slots=True)
class Trace:
    """The spans of one trace, and when the first came in simulated Unix seconds."""

    id: str
    came: float
    spans: list[Span] = field(default_factory=list)

    @property
    def began(self) -> float:
        """When the trace itself begins, in real Unix seconds."""
        return min(span.began for span in self.spans)

    @property
    def ended(self) -> float:
        """When the last of it that has come ended, likewise."""
        return max(span.ended for span in self.spans)


class TraceStore:
    """Traces by id. `refused` counts datagrams that X-Ray would not have taken."""

    def __init__(self) -> None:
        self.refused = 0
        self._traces: dict[str, Trace] = {}

    def take(self, spans: Sequence[Span], now: float) -> None:
        """Keep these; a span that comes twice is kept once."""
        for span in spans:
            trace = self._traces.setdefault(span.trace_id, Trace(span.trace_id, now))
            if len(trace.spans) < MOST_SPANS and all(one.id != span.id for one in trace.spans):
                trace.spans.append(span)
        while len(self._traces) > MOST_TRACES:
            del self._traces[next(iter(self._traces))]

    def find(self, trace_id: str) -> Trace | None:
        """The trace of this id."""
        return self._traces.get(trace_id)

    def between(self, start: float, end: float) -> Sequence[Trace]:
        """Those in that time, the newest first.

        Spans carry real times, the commands of a rehearsal ask for simulated ones: either is taken.
        """
        found = [one for one in self._traces.values() if start <= one.came <= end or start <= one.began <= end]
        return found[::-1]
