"""The entry point: `python -m cutover.rehearsal.aws CONFIG.json`."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from cutover.rehearsal.aws.config import BadConfig, load
from cutover.rehearsal.aws.server import Standin

_PARENT_POLL_SECONDS = 0.2
_USAGE = "usage: python -m cutover.rehearsal.aws CONFIG.json\n"


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM, SIGINT or the parent's end; returns the exit code: 0, or 2 for a wrong configuration."""
    parent = os.getppid()
    if len(arguments) != 1:
        sys.stderr.write(_USAGE)
        return 2
    try:
        asyncio.run(_serve(Standin(load(Path(arguments[0]))), parent))
    except BadConfig as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"cannot serve: {error}; choose other ports, or 0 for free ones\n")
        return 2
    return 0


async def _serve(standin: Standin, parent: int) -> None:
    """Serve; the one line on stdout tells whoever started this process where."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        port, dns_port = await standin.start()
        sys.stdout.write(json.dumps({"ready": True, "port": port, "dns_port": dns_port}) + "\n")
        sys.stdout.flush()
        await _until_stopped(stop, parent)
    finally:
        await standin.stop()


async def _until_stopped(stop: asyncio.Event, parent: int) -> None:
    while not stop.is_set() and os.getppid() == parent:
        try:
            async with asyncio.timeout(_PARENT_POLL_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
