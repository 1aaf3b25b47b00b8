"""The shell of whoever follows a page: bash that stops at the first failure and keeps its variables from command to
command."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.runbooks import matching
from tests.runbooks.page import Command

TIMEOUT_SECONDS = 60.0
STATE, WHERE = ".variables", ".folder"
# What bash sets by itself in every shell is not carried on: some of it can't be set at all.
_OWN = "BASH|SHELLOPTS|DIRSTACK|GROUPS|FUNCNAME|PIPESTATUS|EUID|UID|PPID|RANDOM|SECONDS|SRANDOM|EPOCH|LINENO|SHLVL|_="
_KEEP = rf"""
trap 'code=$?; set +e; unset typed_code
declare -p | grep -vE "^declare -[-a-zA-Z]+ ({_OWN}|code=)" > "$RUNBOOK_STATE/{STATE}"
pwd > "$RUNBOOK_STATE/{WHERE}"; exit $code' EXIT
"""


class WrongOutput(AssertionError):
    """A command did not do what its page says; the message has the page's line, the command, and both outputs."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: what a person saw of both its outputs, its exit code, real seconds."""

    output: str
    exit: int
    seconds: float


class Shell:
    """One person's, in a folder of its own; `env` is all of its environment."""

    def __init__(self, folder: Path, state: Path, env: Mapping[str, str]) -> None:
        """`folder` is where one is at first, `state` where the shell's variables are kept between two commands."""
        self._folder, self._state, self._env = folder, state, env
        for path in (folder, state):
            path.mkdir(parents=True, exist_ok=True)

    def run(self, text: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Ran:
        """Type this and wait until it ends. Raises WrongOutput if that takes too long."""
        began = time.monotonic()
        with subprocess.Popen(
            ["/bin/bash", "--norc", "-euo", "pipefail", "-c", self._script(text)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self._environment(), "RUNBOOK_STATE": str(self._state)},
            cwd=self._folder,
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=timeout_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                said, _ = process.communicate()
                seen = said.decode(errors="replace")
                raise WrongOutput(f"{text}\nhas not ended after {timeout_seconds:g} s; until then:\n{seen}") from None
        return Ran(said.decode(errors="replace"), process.returncode, time.monotonic() - began)

    def follow(self, command: Command, page: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Ran:
        """Type a page's command and compare. Raises WrongOutput."""
        ran = self.run(command.text, timeout_seconds)
        wrong = matching.difference(command.expected, matching.lines_of(ran.output))
        if ran.exit != command.exits:
            wrong = f"exit {ran.exit}, not {command.exits}\n{wrong or ran.output}"
        if wrong:
            raise WrongOutput(f"{page}:{command.line}\n$ {command.text}\n{wrong}")
        return ran

    def _environment(self) -> Mapping[str, str]:
        """What was given, once; from then on the state has it, without what was unset."""
        return {"PATH": self._env["PATH"]} if (self._state / STATE).exists() else self._env

    def _script(self, text: str) -> str:
        kept, where = self._state / STATE, self._state / WHERE
        before = []
        if kept.exists():
            before = [f'source "$RUNBOOK_STATE/{STATE}" 2>/dev/null', f'cd "$(cat "$RUNBOOK_STATE/{WHERE}")"']
        assert kept.exists() == where.exists()
        return "\n".join((*before, _KEEP, text))
