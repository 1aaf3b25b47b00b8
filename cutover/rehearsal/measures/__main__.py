"""The entry point: `python -m cutover.rehearsal.measures CONFIG.json`."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

from cutover.rehearsal.measures.agent import Agent
from cutover.rehearsal.measures.config import BadConfig, read_config

_PARENT_POLL_SECONDS = 0.5
_USAGE = "usage: python -m cutover.rehearsal.measures CONFIG.json\n"


def main(arguments: list[str]) -> int:
    """Measure until SIGTERM, SIGINT or the parent's end; returns the exit code: 0, or 2 for a wrong configuration."""
    parent = os.getppid()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="measures: %(message)s")
    if len(arguments) != 1:
        sys.stderr.write(_USAGE)
        return 2
    try:
        asyncio.run(_serve(Agent(read_config(Path(arguments[0]))), parent))
    except BadConfig as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _serve(agent: Agent, parent: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    work = loop.create_task(agent.run())
    work.add_done_callback(lambda _: stop.set())
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    while not stop.is_set() and os.getppid() == parent:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PARENT_POLL_SECONDS):
                await stop.wait()
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
