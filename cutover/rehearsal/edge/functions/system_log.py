"""Lambda's own lines in a function's log group, as a function with the JSON log format has them at the level INFO.

What went well leaves `platform.start` and `platform.report`; what did not, `platform.runtimeDone` as well. The start of
an environment leaves `platform.initStart`, and a `platform.initReport` if it fails.
"""

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from cutover.rehearsal.edge.functions.invocation import TIMED_OUT, Ending, Outcome
from cutover.rehearsal.edge.functions.log_lines import LogLines

VERSION = "$LATEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An invocation that has ended; `init_ms` where it has waited for the start, `trace` as it was delivered."""

    request_id: str
    ran_ms: float
    outcome: Outcome
    trace: str = ""
    init_ms: float | None = None


class SystemLog:
    """What Lambda itself says in one log stream, which is named as Lambda names it."""

    def __init__(self, group: str, lines: LogLines, memory_mb: int) -> None:
        day = datetime.fromtimestamp(lines.now_ms() / 1000, UTC)
        self.stream = f"{day:%Y/%m/%d}/[{VERSION}]{uuid.uuid4().hex}"
        self._group = group
        self._lines = lines
        self._memory_mb = memory_mb

    def starting(self, *, provisioned: bool) -> None:
        """An environment begins to load its handler."""
        self._say("initStart", _init(provisioned))

    def start_failed(self, outcome: Outcome, took_ms: float, *, provisioned: bool) -> None:
        """It could not."""
        metrics = {"durationMs": round(took_ms, 3)}
        self._say("initReport", {**_init(provisioned), **_ended(outcome), "metrics": metrics})

    def began(self, request_id: str) -> None:
        """Before an invocation."""
        self._say("start", {"requestId": request_id, "version": VERSION})

    def ended(self, run: Run, most_memory_mb: int) -> None:
        """After an invocation."""
        record = {"requestId": run.request_id, **_ended(run.outcome), **_traced(run.trace)}
        ran_ms = round(run.ran_ms, 3)
        if run.outcome.ending is not Ending.RETURNED:
            self._say("runtimeDone", {**record, "metrics": {"durationMs": ran_ms}})
        metrics = {
            "durationMs": ran_ms,
            "billedDurationMs": math.ceil(run.ran_ms + (run.init_ms or 0.0)),  # the start's among them
            "memorySizeMB": self._memory_mb,
            "maxMemoryUsedMB": most_memory_mb,
        }
        if run.init_ms is not None:
            metrics["initDurationMs"] = round(run.init_ms, 3)
        self._say("report", {**record, "metrics": metrics})

    def _say(self, event: str, record: Mapping[str, Any]) -> None:
        at = datetime.fromtimestamp(self._lines.now_ms() / 1000, UTC)
        line = {"time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z", "type": f"platform.{event}"}
        self._lines.add(self._group, self.stream, [msgspec.json.encode({**line, "record": record}).decode()])


def _init(provisioned: bool) -> dict[str, Any]:
    kind = "provisioned-concurrency" if provisioned else "on-demand"
    return {"initializationType": kind, "phase": "init"}


def _ended(outcome: Outcome) -> dict[str, Any]:
    if outcome.ending is Ending.RETURNED:
        return {"status": "success"}
    kind = _error_type(outcome.payload)
    return {"status": "timeout" if kind == TIMED_OUT else "error", "errorType": kind}


def _error_type(payload: bytes) -> str:
    """What the error object names; the runtime sends it, so it may be anything."""
    try:
        found = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return "Runtime.Unknown"
    kind = found.get("errorType") if isinstance(found, dict) else None
    return kind if isinstance(kind, str) and kind else "Runtime.Unknown"


def _traced(trace: str) -> dict[str, Any]:
    if "Sampled=1" not in trace:
        return {}
    return {"tracing": {"type": "X-Amzn-Trace-Id", "value": trace}}
