"""How the environments of a function are started."""

import asyncio
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cutover.rehearsal.edge.functions import launcher
from cutover.rehearsal.edge.functions.log_lines import LogLines
from cutover.rehearsal.edge.functions.log_stream import Output
from cutover.rehearsal.edge.functions.system_log import SystemLog


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """How the environments of one function are started."""

    program: tuple[str, ...]
    variables: dict[str, str]
    working_directory: str
    log_file: Path
    function_arn: str
    timeout_seconds: float
    # Lambda gives the init phase 10 s, 130 s with provisioned concurrency. Two cores that start several environments at
    # once need longer than Lambda's own hardware, so the longer limit stands for all.
    init_timeout_seconds: float = 130.0
    start_delay_ms: float = 0.0  # by which an ordered fault makes a start longer
    memory_mb: int = 0
    lines: LogLines | None = None  # None: the output goes to the file alone

    def output(self) -> Output | None:
        """Where a new environment's output goes beside the file."""
        if self.lines is None:
            return None
        return Output(self._log_group, self.log_file, self.lines, self.memory_mb)

    def system_log(self) -> SystemLog | None:
        """A stream of its own for Lambda's lines about what no process runs."""
        if self.lines is None:
            return None
        return SystemLog(self._log_group, self.lines, self.memory_mb)

    @property
    def _log_group(self) -> str:
        return self.variables["AWS_LAMBDA_LOG_GROUP_NAME"]


async def start(
    plan: LaunchPlan, runtime_api: str, output: Output | None, *, provisioned: bool
) -> asyncio.subprocess.Process:
    """Start an environment that finds its runtime API at that address; raises OSError when it cannot be started."""
    own = {
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_LOG_STREAM_NAME": output.stream if output else f"rehearsal/[$LATEST]{uuid.uuid4().hex}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency" if provisioned else "on-demand",
    }
    with _written_to(plan, output) as log:
        return await asyncio.create_subprocess_exec(
            plan.program[0],
            "-I",
            "-S",
            launcher.__file__,
            str(os.getpid()),
            str(plan.start_delay_ms),
            *plan.program,
            cwd=plan.working_directory,
            env={**plan.variables, **own},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@contextmanager
def _written_to(plan: LaunchPlan, output: Output | None) -> Iterator[int]:
    """The descriptor that takes the environment's output."""
    if output is not None:
        yield output.write_end
        return
    with plan.log_file.open("ab") as log:
        yield log.fileno()
