"""Plays a SnapStart function: starts one, takes a snapshot of it, and restores that twice, each in a fork of its own.

As a program: argument 1 is the handler's module, stdin the events that each restored environment gets. It prints one
JSON document: how many connections were open before the hooks and after them, and what each environment did.
"""

import importlib
import json
import os
import random
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot

from tests.fakes.lambda_events import Context

RESTORES = 2


def connections() -> int:
    """The sockets of this process that lead somewhere by TCP."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            number = os.dup(int(entry.name))
        except OSError:  # the directory that is being read
            continue
        try:
            with socket.socket(fileno=number) as end:
                found += end.family in (socket.AF_INET, socket.AF_INET6)
        except OSError:  # a file
            os.close(number)
    return found


def restored(handler: Any, events: Sequence[Any], randomness: Any) -> dict[str, Any]:
    """What an environment does with the events, and the numbers that it draws."""
    random.setstate(randomness)  # a fork is seeded anew by Python, a copied machine is not
    run_after_restore()
    drawn = random.random()  # noqa: S311 - what is looked at
    answers = [handler(event, Context()) for event in events]
    return {"drawn": drawn, "answers": answers, "connections": connections()}


def in_a_copy(handler: Any, events: Sequence[Any], randomness: Any) -> Any:
    """`restored`, in a process that begins as a copy of this one."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writer, "w") as out:
            json.dump(restored(handler, events, randomness), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        text = told.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def main(module: str) -> None:
    """Start, take the snapshot, restore it."""
    events = [json.loads(line) for line in sys.stdin]
    handler = importlib.import_module(module).handler
    opened = connections()
    run_before_snapshot()
    left = connections()
    randomness = random.getstate()
    copies = [in_a_copy(handler, events, randomness) for _ in range(RESTORES)]
    unhooked = random.random()  # noqa: S311 - likewise
    sys.stdout.write(
        "TOLD " + json.dumps({"opened": opened, "left": left, "copies": copies, "unhooked": unhooked}) + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1])
