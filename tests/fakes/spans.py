"""An exporter that keeps what it is sent, for tests that follow a request without any network."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from service.telemetry import tracing
from service.telemetry.spans import Span, Trace


@dataclass(slots=True)
class Kept:
    """The spans of every request that was recorded, as they were sent."""

    sent: list[list[Span]] = field(default_factory=list)
    closed: int = 0

    def send(self, trace: Trace, spans: list[Span]) -> None:
        """Keep them."""
        self.sent.append(spans)

    def close(self) -> None:
        """Count it."""
        self.closed += 1

    @property
    def spans(self) -> list[Span]:
        """All of them."""
        return [span for spans in self.sent for span in spans]

    def told(self) -> list[str]:
        """`NAME operation` of each."""
        return [f"{span.name} {span.attributes.get('operation', '')}".strip() for span in self.spans]


@contextmanager
def kept_spans(share: float = 1.0) -> Iterator[Kept]:
    """Record within the block, by default every request."""
    kept = Kept()
    tracing.configure(kept, share)
    try:
        yield kept
    finally:
        tracing.configure(None)
