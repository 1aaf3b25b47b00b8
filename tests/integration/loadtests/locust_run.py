"""Locust as a process, with the load test of this checkout or one whose journeys a small server can answer."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.core.load.run import LoadRun
from cutover.load.papers import read

CHECKOUT = Path(__file__).resolve().parents[3]
ONE_QUESTION = Path(__file__).with_name("one_question.py")
TOKENS = {"ada": "token-of-ada", "eve": "token-of-eve"}


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def phase(name: str, rate: int, seconds: float, **more: bool) -> str:
    flags = "".join(f"{flag} = {str(value).lower()}\n" for flag, value in more.items())
    return f'[[phase]]\nname = "{name}"\nrate = {rate}\nseconds = {seconds}\n{flags}\n'


@dataclass
class Ended:
    """A Locust that has ended, and what it said."""

    code: int
    said: str
    folder: Path

    @property
    def run(self) -> LoadRun:
        return read(self.folder)

    @property
    def asked(self) -> int:
        return sum(sum(second.asked.values()) for second in self.run.seconds)

    def summed(self, what: str) -> int:
        return sum(getattr(cell, what) for second in self.run.seconds for cell in second.cells.values())


class Running:
    """One Locust under way; ended at the end of its block, whatever happens."""

    def __init__(self, tmp_path: Path, traffic: Mapping[str, Any], *words: str, **env: str) -> None:
        self.folder = tmp_path / "run"
        settings = tmp_path / "traffic.json"
        settings.write_text(json.dumps({"tokens": TOKENS, "folder": str(self.folder), "persons": 4, **traffic}))
        self._log = (tmp_path / "said").open("w+b")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEGO_", "LOCUST_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "locust", "-f", str(ONE_QUESTION), "--only-summary", *words],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=tmp_path,
            env={**kept, "PYTHONPATH": str(CHECKOUT), "LEGO_TRAFFIC": str(settings), **env},
            start_new_session=True,
        )

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._log.close()

    @property
    def said(self) -> str:
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")

    def until(self, seen: Callable[[], object], seconds: float = 40.0) -> None:
        deadline = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < deadline, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def ended(self, seconds: float = 60.0) -> Ended:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"Locust did not end: {self.said}") from None
        return Ended(code, self.said, self.folder)


def run(tmp_path: Path, traffic: Mapping[str, Any], phases: Sequence[str], *words: str, **env: str) -> Ended:
    """A headless run of these phases, to its end."""
    profile = tmp_path / "profile.toml"
    profile.write_text("".join(phases))
    with Running(tmp_path, {"profile": str(profile), **traffic}, "--headless", *words, **env) as locust:
        return locust.ended()
