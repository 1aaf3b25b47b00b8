"""`python -m cutover.rehearsal.edge CONFIG.json`: runs the edge until SIGTERM, SIGINT or its parent's death."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import uvloop

from cutover.rehearsal.edge.config import BadConfig, EdgeConfig, read_config
from cutover.rehearsal.edge.edge import Edge
from cutover.rehearsal.edge.functions.function import CannotStart
from cutover.rehearsal.edge.gateway.routes import BadRoute

PARENT_CHECK_SECONDS = 0.5
# What an environment needs of the machine to run at all; everything else comes from the configuration.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SSL_CERT_FILE")
EXIT_USAGE = 2
EXIT_CANNOT_START = 1


def main(arguments: list[str]) -> int:
    """Run with the configuration file named; 0 after a clean stop, 1 when it cannot start, 2 for bad usage."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="edge: %(message)s")
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m cutover.rehearsal.edge CONFIG.json\n")
        return EXIT_USAGE
    try:
        config = read_config(Path(arguments[0]))
        return uvloop.run(_serve(config, {name: os.environ[name] for name in INHERITED if name in os.environ}))
    except (BadConfig, BadRoute) as error:
        sys.stderr.write(f"edge: {error}\n")
        return EXIT_USAGE
    except (CannotStart, OSError) as error:
        sys.stderr.write(f"edge: cannot start: {error}\n")
        return EXIT_CANNOT_START


async def _serve(config: EdgeConfig, variables: Mapping[str, str]) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    watch = loop.create_task(_watch_parent(os.getppid(), stopping))
    edge = Edge(config, variables)
    start = loop.create_task(edge.start())
    stop = loop.create_task(stopping.wait())
    try:
        await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            _announce(msgspec.json.encode(start.result()))
            await stop
    finally:
        for task in (start, stop, watch):
            task.cancel()
        await asyncio.gather(start, stop, watch, return_exceptions=True)
        await edge.stop()
    return 0


def _announce(ready: bytes) -> None:
    gc.collect()
    gc.freeze()  # what exists now stays; the collector need not look at it again under load
    sys.stdout.buffer.write(ready + b"\n")
    sys.stdout.buffer.flush()


async def _watch_parent(parent: int, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        if os.getppid() != parent:
            stopping.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PARENT_CHECK_SECONDS):
                await stopping.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
