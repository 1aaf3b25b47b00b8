"""One JSON line an event on stdout, with the request's id in every line; never a body, a token or a password."""

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

request_fields: ContextVar[Mapping[str, object]] = ContextVar("request_fields")
"""What every line of the current request carries, such as its id."""

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
# Clients that log every failure which they also raise: our own line says it once, with what we did about it.
_TELL_THE_CALLER_ANYWAY = ("opensearch", "mangum.http")

_encoder = msgspec.json.Encoder(enc_hook=str)


class _Output:
    """Where lines go, and from which level on; one for the process."""

    stream: TextIO | None = None  # None: whatever sys.stdout is at the time
    threshold = _LEVELS["INFO"]


def configure(level: str, stream: TextIO | None = None) -> None:
    """Set the lowest level that is written, and send the libraries' own log records the same way."""
    _Output.threshold = _LEVELS[level]
    _Output.stream = stream
    logging.basicConfig(handlers=[_FromLogging()], level=max(_Output.threshold, logging.WARNING), force=True)
    for name in _TELL_THE_CALLER_ANYWAY:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class Log:
    """Writes events of one module: `log.warning("cache_unavailable", error=…)`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, event: str, **fields: object) -> None:
        """Detail for a developer."""
        self._write("DEBUG", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Something that normally happens."""
        self._write("INFO", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Something that the service could live with."""
        self._write("WARNING", event, fields)

    def problem(self, event: str, **fields: object) -> None:
        """Something that a person has to look at."""
        self._write("ERROR", event, fields)

    def crash(self, event: str, error: BaseException, **fields: object) -> None:
        """Something that a person has to look at, with its stack."""
        self._write("ERROR", event, {**fields, **_told(error)})

    def _write(self, level: str, event: str, fields: Mapping[str, object]) -> None:
        if _LEVELS[level] < _Output.threshold:
            return
        line: dict[str, Any] = {
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "event": event,
            "logger": self._name,
            **request_fields.get({}),
            **fields,
        }
        stream = _Output.stream or sys.stdout
        stream.write(_encoded(line) + "\n")
        stream.flush()


class _FromLogging(logging.Handler):
    """Libraries that use the standard library's logging come out as the same JSON lines."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        level = record.levelname if record.levelname in _LEVELS else "ERROR"
        told = _told(error) if error is not None else {}
        Log(record.name)._write(level, "library_message", {"message": record.getMessage(), **told})


def _encoded(line: Mapping[str, object]) -> str:
    try:
        return _encoder.encode(line).decode()
    except UnicodeEncodeError:  # a lone surrogate, such as a server makes of a path's undecodable bytes
        return json.dumps(line, default=str)


def _told(error: BaseException) -> dict[str, object]:
    return {"error": repr(error), "stack": "".join(traceback.format_exception(error))}
