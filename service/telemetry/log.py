"""One JSON line an event on stdout, the same fields on ECS and Lambda; never a body, a token or a person's name."""

import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import TextIO

import msgspec

from service.telemetry.about import About, about
from service.telemetry.origin import SERVICE, Origin
from service.telemetry.redaction import safe, said, stack

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
_DEBUG, _INFO, _WARNING, _ERROR = _LEVELS.values()
# Clients that log every failure which they also raise: our own line says it once, with what we did about it.
_TELL_THE_CALLER_ANYWAY = ("opensearch", "mangum.http")
_NO_FIELDS: Mapping[str, object] = {}


def _plain(value: object) -> str:
    return said(value) if isinstance(value, BaseException) else str(value)


_encoder = msgspec.json.Encoder(enc_hook=_plain)


class _Output:
    """Where lines go, from which level on, and what is the same in all of them; one for the process."""

    stream: TextIO | None = None  # None: whatever sys.stdout is at the time
    threshold = _INFO
    fixed = ""
    heads: dict[tuple[int, str], str] = {}  # what a logger's lines of a level have in common, as JSON


class _Second:
    """The second that lines were last written in, as text: thousands of lines share it."""

    number = -1
    text = ""


def configure(level: str, stream: TextIO | None = None, origin: Origin | None = None) -> None:
    """Set the lowest level that is written, and send the libraries' own log records the same way.

    `level` is one of DEBUG, INFO, WARNING, ERROR; `origin` is where the lines say that they come from.
    """
    _Output.threshold = _LEVELS[level]
    _Output.stream = stream
    where = origin or Origin.here()
    fixed = {"service": SERVICE, "stage": where.stage, "platform": where.platform}
    _Output.fixed = _encoded({**fixed, "function": where.function} if where.function else fixed)[1:-1]
    _Output.heads = {}
    logging.basicConfig(handlers=[_FromLogging()], level=max(_Output.threshold, logging.WARNING), force=True)
    for name in _TELL_THE_CALLER_ANYWAY:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class Log:
    """Writes events of one module: `log.warning("cache_unavailable", error=…)`. Errors are told without values."""

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, message: str, /, **fields: object) -> None:
        """Detail for a developer."""
        self._write(_DEBUG, message, fields)

    def info(self, message: str, /, **fields: object) -> None:
        """Something that normally happens."""
        self._write(_INFO, message, fields)

    def warning(self, message: str, /, **fields: object) -> None:
        """Something that the service could live with."""
        self._write(_WARNING, message, fields)

    def problem(self, message: str, /, **fields: object) -> None:
        """Something that a person has to look at."""
        self._write(_ERROR, message, fields)

    def crash(self, message: str, error: BaseException, /, **fields: object) -> None:
        """Something that a person has to look at, with its stack."""
        self._write(_ERROR, message, {**fields, "error": error, "stack": stack(error)})

    def _write(self, level: int, message: str, fields: Mapping[str, object]) -> None:
        if level < _Output.threshold:
            return
        request = about.get(None)
        told = _NO_FIELDS if request is None else request.fields()
        head = _Output.heads.get((level, self._name)) or _head(level, self._name)
        line = f'{{"timestamp":"{_now()}",{head},{_encoded({"message": message, **told, **fields})[1:]}\n'
        if request is None:
            write(line)
        else:
            _write_of(request, level, line)


def write(line: str) -> None:
    """One line, its end included, to where all lines go."""
    stream = _Output.stream or sys.stdout
    stream.write(line)
    stream.flush()


def release(request: About) -> None:
    """Write what was held back of a request: it is one of those that everything is told of."""
    for line in request.told():
        write(line)


def _write_of(request: About, level: int, line: str) -> None:
    if level >= _WARNING:
        release(request)
    if not request.held_back(line):
        write(line)


def _head(level: int, name: str) -> str:
    word = next(word for word, number in _LEVELS.items() if number == level).lower()
    head = f'"level":"{word}","logger":{_encoded(name)},{_Output.fixed}'
    return _Output.heads.setdefault((level, name), head)


def _now() -> str:
    """ISO 8601, milliseconds, UTC."""
    now = time.time()
    second = int(now)
    if second != _Second.number:
        _Second.text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        _Second.number = second
    return f"{_Second.text}.{int((now - second) * 1000):03d}Z"


class _FromLogging(logging.Handler):
    """Libraries that use the standard library's logging come out as the same JSON lines."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        told = {"error": error, "stack": stack(error)} if error is not None else {}
        level = _LEVELS.get(record.levelname, _ERROR)
        Log(record.name)._write(level, "library_message", {"text": safe(record.getMessage()), **told})


def _encoded(value: object) -> str:
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:  # a lone surrogate, such as a server makes of a path's undecodable bytes
        return json.dumps(value, default=_plain)


_Output.fixed = _encoded({"service": SERVICE})[1:-1]  # until it is configured
