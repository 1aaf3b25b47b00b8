"""A load test is told which of its requests waited for a new environment: nobody else sees that from outside.

A request with the header `X-Load-Test` that is the first of its environment is answered with
`Server-Timing: cold-start;dur=MS`, the time from the process's start until it was ready. This is no part of the HTTP
contract: ECS has no such thing, no client sends the header, and without it no answer differs. An environment that was
made before somebody asked (provisioned concurrency) was not waited for; neither was the start of one that is restored
from a snapshot (SnapStart), and how long its restore took is not known in here.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.entrypoints.start import Handler
from service.settings import Settings
from service.telemetry import cold_start, metrics
from service.telemetry.metrics import Counted, Measured

ASKED_BY = "x-load-test"
TOLD_IN = "server-timing"
_STAT = Path("/proc/self/stat")
_START_AT = 19  # of the fields behind the name: when the process started, in ticks since the machine did
_TICKS_PER_SECOND = 100  # of every Linux that Lambda runs on; the kernel's interface has it fixed


def started(settings: Settings) -> float:
    """An environment is ready: count its start, and how long that took, if somebody waited; so many milliseconds.

    Others load all that there is, and take their time: an alarm that counted them would fire at every deploy. Of a
    snapshot every environment that is made of it would tell the same start again.
    """
    ready_ms = process_age_ms()
    if not settings.eager:
        metrics.observe(Measured.INIT_DURATION, ready_ms)
        metrics.count(Counted.COLD_STARTS)
        cold_start.was_waited_for()
    return ready_ms


def telling_cold_starts(handle: Handler, ready_ms: float) -> Handler:
    """The handler of an environment that was made for its first request, and ready that long after its start."""
    is_first = True

    def tell(event: Any, context: Any) -> dict[str, Any]:
        nonlocal is_first
        answer = handle(event, context)
        if is_first:
            is_first = False
            if _asks(event):
                answer["headers"][TOLD_IN] = f"cold-start;dur={ready_ms:.0f}"
        return answer

    return tell


def process_age_ms(stat: Path = _STAT) -> float:
    """How long ago this process started; 0 where the system does not say."""
    try:
        fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
        started_seconds = int(fields[_START_AT]) / _TICKS_PER_SECOND
    except (OSError, ValueError, IndexError):
        return 0.0
    return max(0.0, (time.clock_gettime(time.CLOCK_BOOTTIME) - started_seconds) * 1000)


def _asks(event: Any) -> bool:
    headers = event.get("headers") if isinstance(event, Mapping) else None
    return isinstance(headers, Mapping) and any(str(name).lower() == ASKED_BY for name in headers)
