"""What an environment says: its output and Lambda's own lines around it, for its file and for its log stream."""

import contextlib
import math
import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from cutover.clock import CompressedClock

MAX_WAITING_LINES = 100_000  # beyond it lines are lost to the log group; the file has them all
MAX_LINE_BYTES = 256 * 1024
_READ_BYTES = 65_536
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1_048_576
_MEMORY_EVERY = 50  # invocations between two looks at how much memory an environment has


class Shipped(msgspec.Struct, frozen=True):
    """Lines of one stream, each with its simulated Unix milliseconds, as the stand-in of CloudWatch Logs takes them."""

    group: str
    stream: str
    lines: Sequence[tuple[int, str]]


class LogLines:
    """Lines that wait to be shipped, stamped with the rehearsal's time."""

    def __init__(self, clock: CompressedClock) -> None:
        self.lost = 0
        self._clock = clock
        self._waiting: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._count = 0

    def now_ms(self) -> int:
        """The simulated time in Unix milliseconds."""
        return int(self._clock.timestamp() * 1000)

    def add(self, group: str, stream: str, messages: Sequence[str]) -> None:
        """Keep these lines of one moment."""
        if self._count >= MAX_WAITING_LINES:
            self.lost += len(messages)
            return
        at_ms = self.now_ms()
        self._waiting.setdefault((group, stream), []).extend((at_ms, message) for message in messages)
        self._count += len(messages)

    def take(self) -> list[Shipped]:
        """Hand over and forget all lines."""
        waiting, self._waiting, self._count = self._waiting, {}, 0
        return [Shipped(group, stream, lines) for (group, stream), lines in waiting.items()]


class Lines:
    """Cuts bytes into lines; a piece without an end waits for it."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, text: bytes) -> list[str]:
        """The lines that are whole now, empty ones left out."""
        *whole, self._rest = (self._rest + text).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            whole.append(self._rest)
            self._rest = b""
        return [line.decode("utf-8", "replace") for line in whole if line.strip()]


class Output:
    """One environment's output: read without waiting, written to the function's file, shipped as a log stream."""

    def __init__(self, group: str, log_file: Path, lines: LogLines, memory_mb: int) -> None:
        day = datetime.fromtimestamp(lines.now_ms() / 1000, UTC)
        self.stream = f"{day:%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
        self._group = group
        self._lines = lines
        self._memory_mb = memory_mb
        self._cut = Lines()
        self._invocations = 0
        self._most_memory_mb = 0
        self._file = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)

    def attach(self, loop: Any) -> None:
        """Read from now on, and leave the writing end to the process that has been started."""
        os.close(self.write_end)
        loop.add_reader(self._read_end, self.drain)
        self._loop = loop

    def drain(self) -> None:
        """Take what is there."""
        with contextlib.suppress(BlockingIOError):
            while text := os.read(self._read_end, _READ_BYTES):
                os.write(self._file, text)
                if lines := self._cut.feed(text):
                    self._lines.add(self._group, self.stream, lines)
            self._loop.remove_reader(self._read_end)  # every writer is gone

    def began(self, request_id: str) -> None:
        """Lambda's line before an invocation."""
        self._lines.add(self._group, self.stream, [f"START RequestId: {request_id} Version: $LATEST\n"])

    def ended(self, request_id: str, ran_ms: float, pid: int | None, init_ms: float | None, trace: str) -> None:
        """Lambda's lines after an invocation; `init_ms` where a request has waited for the start."""
        self.drain()
        if self._invocations % _MEMORY_EVERY == 0:
            self._most_memory_mb = max(self._most_memory_mb, _memory_mb(pid))
        self._invocations += 1
        report = (
            f"REPORT RequestId: {request_id}\tDuration: {ran_ms:.2f} ms\tBilled Duration: {_billed(ran_ms, init_ms)} ms"
            f"\tMemory Size: {self._memory_mb} MB\tMax Memory Used: {self._most_memory_mb} MB\t"
        )
        if init_ms is not None:
            report += f"Init Duration: {init_ms:.2f} ms\t"
        if "Sampled=1" in trace:
            report += f"\nXRAY TraceId: {trace.partition('Root=')[2].partition(';')[0]}\tSampled: true\t"
        self._lines.add(self._group, self.stream, [f"END RequestId: {request_id}\n", report])

    def timed_out(self, request_id: str, seconds: float) -> None:
        """Lambda's line about an invocation that took too long."""
        at = datetime.fromtimestamp(self._lines.now_ms() / 1000, UTC).isoformat(timespec="milliseconds")
        message = f"{at.removesuffix('+00:00')}Z {request_id} Task timed out after {seconds:.2f} seconds\n"
        self._lines.add(self._group, self.stream, [message])

    def close(self) -> None:
        """Take the last of it, and let go."""
        self.drain()
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)
        os.close(self._file)

    def give_up(self) -> None:
        """Let go although nothing was started."""
        for number in (self._read_end, self.write_end, self._file):
            os.close(number)


def _billed(ran_ms: float, init_ms: float | None) -> int:
    """Whole milliseconds, the start's among them, as Lambda bills it."""
    return math.ceil(ran_ms + (init_ms or 0.0))


def _memory_mb(pid: int | None) -> int:
    """The process's memory now; 0 where nobody says."""
    try:
        return round(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB)
    except (OSError, IndexError, ValueError):
        return 0
