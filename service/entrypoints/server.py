"""The API under Granian, as ECS runs it: `python -m service.entrypoints.server`.

PORT (8080), BIND (127.0.0.1; a container wants 0.0.0.0) and WORKERS (1) say where and how often. SIGTERM ends it
gracefully: requests that are under way are finished, new connections refused.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from service.settings import MissingSettings, Settings
from service.web.boundary import Boundary

IDLE_TIMEOUT_MS = 60_000  # Granian's most; the load balancer in front has to give its idle connections up earlier
STOP_TIMEOUT_SECONDS = 25  # ECS kills after 30
BACKLOG = 1024
# Of one worker. Granian leaves the next one unread until another is closed. Its own limit is the backlog, less than
# what a load balancer opens in a spike and keeps: then some requests wait for ever beside others that are served.
CONNECTIONS = 8192
_PR_SET_PDEATHSIG = 1


def worker_app() -> Boundary:
    """The application in a worker process, which ends with its supervisor: an orphan would go on holding the port."""
    _end_with_supervisor()
    from service.entrypoints.api import build
    from service.entrypoints.start import start

    return build(start())


def _end_with_supervisor() -> None:
    if sys.platform == "linux":
        # Outright: one that is asked at the moment when it begins to serve gets stuck in Granian for good.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    supervisor = multiprocessing.parent_process()
    if supervisor is not None and supervisor.pid != os.getppid():  # it has died before the kernel was asked
        raise SystemExit(1)


def _hear_signals() -> None:
    """A forked worker has the supervisor's handlers, which do nothing in it, until Granian sets its own: meanwhile it
    would be deaf, and while it loads the application that is for seconds.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def server(env: Mapping[str, str]) -> MPServer:
    """The server that `env` asks for. Raises MissingSettings before any worker is started."""
    Settings.from_env(env)
    port, workers = _number(env, "PORT", 8080, most=65535), _number(env, "WORKERS", 1, most=64)
    return MPServer(
        "service.entrypoints.server:worker_app",
        factory=True,
        address=env.get("BIND", "127.0.0.1"),
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_TIMEOUT_MS),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT_SECONDS,
    )


def _number(env: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise MissingSettings(f"{name} is not a whole number from 1 to {most}: {text!r}")
    return int(text)


def main() -> None:
    """Serve until told to stop."""
    try:
        serving = server(os.environ)
    except MissingSettings as error:
        raise SystemExit(f"The service cannot start: {error}") from error
    os.register_at_fork(after_in_child=_hear_signals)
    serving.serve()


if __name__ == "__main__":
    main()
