"""What an environment says: its output and Lambda's own lines around it, for its file and for its log stream."""

import contextlib
import os
from pathlib import Path
from typing import Any

from cutover.rehearsal.edge.functions.invocation import Outcome
from cutover.rehearsal.edge.functions.log_lines import LogLines
from cutover.rehearsal.edge.functions.system_log import Run, SystemLog

MAX_LINE_BYTES = 256 * 1024
_READ_BYTES = 65_536
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1_048_576
_MEMORY_EVERY = 50  # invocations between two looks at how much memory an environment has


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
        self._system = SystemLog(group, lines, memory_mb)
        self.stream = self._system.stream
        self._group = group
        self._lines = lines
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

    def starting(self, *, provisioned: bool) -> None:
        """Lambda's line before the handler is loaded."""
        self._system.starting(provisioned=provisioned)

    def start_failed(self, outcome: Outcome, took_ms: float, *, provisioned: bool) -> None:
        """Lambda's line about a handler that could not be loaded."""
        self.drain()
        self._system.start_failed(outcome, took_ms, provisioned=provisioned)

    def began(self, request_id: str) -> None:
        """Lambda's line before an invocation."""
        self._system.began(request_id)

    def ended(self, run: Run, pid: int | None) -> None:
        """Lambda's lines after an invocation."""
        self.drain()
        if self._invocations % _MEMORY_EVERY == 0:
            self._most_memory_mb = max(self._most_memory_mb, _memory_mb(pid))
        self._invocations += 1
        self._system.ended(run, self._most_memory_mb)

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


def _memory_mb(pid: int | None) -> int:
    """The process's memory now; 0 where nobody says."""
    try:
        return round(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB)
    except (OSError, IndexError, ValueError):
        return 0
