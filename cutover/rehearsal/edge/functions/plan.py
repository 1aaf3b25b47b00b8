"""How the environments of a function are started."""

import asyncio
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from cutover.rehearsal.edge.functions import launcher


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


async def start(plan: LaunchPlan, runtime_api: str, *, provisioned: bool) -> asyncio.subprocess.Process:
    """Start an environment that finds its runtime API at that address; raises OSError when it cannot be started."""
    own = {
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_LOG_STREAM_NAME": f"rehearsal/[$LATEST]{uuid.uuid4().hex}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency" if provisioned else "on-demand",
    }
    with plan.log_file.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            plan.program[0],
            "-I",
            "-S",
            launcher.__file__,
            str(os.getpid()),
            *plan.program,
            cwd=plan.working_directory,
            env={**plan.variables, **own},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
