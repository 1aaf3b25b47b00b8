"""What the service logs while a test runs, line by line."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service.telemetry import log


class LogLines:
    """The lines so far, parsed: each is one JSON object or the test fails."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def all(self) -> list[dict[str, Any]]:
        """Every line."""
        return [json.loads(line) for line in self.stream.getvalue().split("\n") if line]

    def of(self, event: str) -> list[dict[str, Any]]:
        """The lines of one event."""
        return [line for line in self.all() if line.get("message") == event]


@contextmanager
def log_lines(level: str = "INFO") -> Iterator[LogLines]:
    """Collect what is logged within the block, from that level on."""
    root = logging.getLogger()
    before, root_level = root.handlers[:], root.level
    lines = LogLines()
    root.handlers.clear()  # so that `configure` does not close the test runner's own
    log.configure(level, lines.stream)
    try:
        yield lines
    finally:
        log.configure("INFO")
        root.handlers[:] = before
        root.setLevel(root_level)
