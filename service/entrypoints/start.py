"""What every start has in common: settings, logs, clients, and a tidy heap."""

import asyncio
import gc
import os
from collections.abc import Callable
from typing import Any

from service.cache.aside import CacheAside
from service.runtime import Runtime, build_runtime
from service.settings import MissingSettings, Settings
from service.telemetry import emf, metrics
from service.telemetry.log import Log, configure
from service.telemetry.origin import Origin
from service.telemetry.recording import record_traces

log = Log(__name__)

Handler = Callable[[Any, Any], dict[str, Any]]

GC_THRESHOLD = 50_000  # default 700: a collection every few requests, each up to 60 ms of everybody's latency


def start() -> Runtime:
    """The runtime of this process's environment. Ends the process, naming what is missing, when it can't start."""
    try:
        settings = Settings.from_env(os.environ)
        configure(settings.log_level)
        collect_metrics(settings)
        record_traces(settings, Origin.here())
        return build_runtime(settings)
    except MissingSettings as error:
        configure("INFO")
        log.problem("cannot_start", missing=str(error))
        raise SystemExit(f"The service cannot start: {error}") from error


def before_the_freeze(handler: Handler, aside: CacheAside, loop: asyncio.AbstractEventLoop) -> Handler:
    """The handler of a Lambda function, which ends by telling the cache of writes that it does not know of yet.

    And by writing the metrics: the environment may never wake up again.
    """

    def handle(event: Any, context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        finally:
            if not aside.settled:
                loop.run_until_complete(aside.settle())
            metrics.flush_before_the_freeze()
            emf.answered()

    return handle


def collect_metrics(settings: Settings) -> None:
    """From now on. Where nobody waits for the start, what writes them is loaded now."""
    metrics.configure(Origin.here())
    if settings.eager:
        emf.prepare()
    else:
        emf.leave_for_later()
    for dependency in metrics.Dependency:
        metrics.gauge(metrics.Gauged.CIRCUIT_OPEN, dependency, 0)


def settle(runtime: Runtime) -> None:
    """Take what was loaded at the start out of the garbage collector's sight: it lives as long as the process."""
    if runtime.settings.eager:  # 20 ms for a thousand objects, where somebody waits
        gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 100)
    gc.enable()
