"""The `cutover` of a rehearsal: the very tool, as a process of its own, followed by what it prints."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cutover.rehearsal.stack.process import CHECKOUT, own_environment

# Any credentials do for stand-ins; the real ones of whoever rehearses must never be used.
ENV: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "rehearsal",
    "AWS_SECRET_ACCESS_KEY": "rehearsal",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "PYTHONPATH": str(CHECKOUT),
}
CHUNK_BYTES = 65536


RUN = ("run", "--yes")
DRILL = ("drill", "--yes", "--reason", "a rehearsal begins")
REINDEX = ("reindex", "run", "all", "--swap", "--allow-empty", "--yes", "--reason", "a rehearsal begins")


class Controller:
    """A running `cutover --json WORDS`; `poll` tells what it has said since the last time, a document a line."""

    def __init__(
        self, settings: Path, log: Path, words: Sequence[str] = RUN, secrets: Mapping[str, str] | None = None
    ) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cutover", "--config", str(settings), "--json", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**own_environment(os.environ), **ENV, **(secrets or {})},
            )
        assert self._process.stdout is not None  # noqa: S101 - asked for a line above
        self._output = self._process.stdout
        os.set_blocking(self._output.fileno(), False)
        self._partial = b""

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def poll(self) -> Sequence[Mapping[str, Any]]:
        """The documents that it has printed since the last call."""
        self._partial += self._read()
        lines = self._partial.split(b"\n")
        self._partial = lines.pop()
        return [json.loads(line) for line in lines if line.strip()]

    def document(self) -> Mapping[str, Any]:
        """The one document of a command that prints one, when it has ended; nothing where it printed none."""
        text = self._partial + self._read()
        return json.loads(text) if text.strip() else {}

    def kill(self) -> None:
        """kill -9, as a machine that loses power does."""
        self._process.kill()
        self._process.wait()

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Ask it to stop, which it takes as Ctrl-C (that itself a job in the background ignores); see that it does."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._output.close()

    def _read(self) -> bytes:
        data = b""
        while True:
            try:
                chunk = os.read(self._output.fileno(), CHUNK_BYTES)
            except BlockingIOError:
                return data
            if not chunk:
                return data
            data += chunk
