"""Rehearsals as a user starts them: the command as a process, its JSON, and a look at what it leaves behind."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cutover.exits import Exit

CHECKOUT = Path(__file__).parents[2]
MAX_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What one rehearsal came to: its exit code, its summary, the lines of its ledger, its folder."""

    exit: int
    summary: dict[str, Any]
    ledger: Sequence[dict[str, Any]]
    folder: Path

    def failed_checks(self) -> list[dict[str, Any]]:
        """What should have been true and was not."""
        return [check for check in self.summary["checks"] if not check["passed"]]

    def step(self, weight: int) -> dict[str, Any]:
        """What was seen at that weight."""
        [found] = [step for step in self.summary["steps"] if step["asked_weight"] == weight]
        return dict(found)

    def intents(self) -> list[list[int]]:
        """The weights that were to be sent, in order."""
        return [line["after"] for line in self.ledger if line["kind"] == "intent"]

    def kinds(self) -> list[str]:
        """What the ledger tells, in order."""
        return [str(line["kind"]) for line in self.ledger]


Rehearse = Callable[..., Rehearsed]
Held = Callable[[str], Rehearsed]


@pytest.fixture(scope="session")
def rehearse(tmp_path_factory: pytest.TempPathFactory) -> Rehearse:
    """Run a quick rehearsal with these options to its end."""

    def run(*options: str) -> Rehearsed:
        folder = tmp_path_factory.mktemp("rehearsal") / "out"
        command = [sys.executable, "-m", "cutover", "--json", "rehearse", "--quick", "--out", str(folder), *options]
        with subprocess.Popen(
            command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            said, noted = process.communicate(timeout=MAX_SECONDS)
        assert process.returncode not in {Exit.INTERNAL, Exit.USAGE}, said + noted
        assert processes_of(process.pid, folder) == {}, "the rehearsal left processes behind"
        lines = (folder / "ledger.jsonl").read_text().splitlines()
        return Rehearsed(process.returncode, json.loads(said), [json.loads(line) for line in lines], folder)

    return run


@pytest.fixture(scope="session")
def held(rehearse: Rehearse) -> Held:
    """The short form of a scenario, held once."""

    @cache
    def hold(name: str) -> Rehearsed:
        return rehearse("--scenario", name)

    return hold


def processes_of(rehearsal: int, folder: Path) -> dict[int, str]:
    """The living processes of a rehearsal, known by the directory that it makes, or by the folder of its papers."""
    marks = (f"lego-rehearsal-{rehearsal}-", str(folder))
    found = {int(entry.name): _words(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    return {pid: words for pid, words in found.items() if any(mark in words for mark in marks)}


def _words(process: Path) -> str:
    try:
        command = (process / "cmdline").read_bytes() + b" " + (process / "environ").read_bytes()
        return command.replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it has ended, or is somebody else's
        return ""
