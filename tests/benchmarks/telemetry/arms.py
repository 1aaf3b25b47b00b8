"""What is compared: the same process with none, one or all of logs, metrics and traces, switched while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.settings import Settings
from service.telemetry import log, metrics, tracing
from service.telemetry.origin import Origin
from service.telemetry.recording import described
from service.telemetry.xray import XRay

_METRICS: dict[str, Callable[..., Any]] = {
    name: getattr(metrics, name) for name in ("count", "observe", "gauge", "flush")
}


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to switch telemetry: the share of requests that is logged and recorded, None for none at all."""

    name: str
    logged: float | None = None
    metrics: bool = False
    traced: float | None = None


OFF, ALL = "off", "all three"
ARMS = (
    Arm(OFF),
    Arm("logs", logged=0.1),
    Arm("metrics", metrics=True),
    Arm("traces", traced=0.05),
    Arm(ALL, logged=0.1, metrics=True, traced=0.05),  # as production has them
    Arm("all, every request", logged=1.0, metrics=True, traced=1.0),
)


class Switch:
    """Makes this process be another arm; `boundary` is the application's own, which draws the sample of lines."""

    def __init__(self, boundary: Any, settings: Settings) -> None:
        self._boundary = boundary
        self._exporter = XRay(settings.xray_daemon, described(Origin.here()))
        self._exporter.prepare()

    def to(self, arm: Arm) -> None:
        """From now on."""
        log.configure("ERROR" if arm.logged is None else "INFO")
        if not hasattr(self._boundary, "_log_sample"):  # set on anything else it would change nothing
            raise TypeError(f"{self._boundary!r} draws no sample of lines")
        self._boundary._log_sample = arm.logged or 0.0
        for name, function in _METRICS.items():  # there is no setting that counts nothing
            setattr(metrics, name, function if arm.metrics else _nothing)
        tracing.configure(None if arm.traced is None else self._exporter, arm.traced or 0.0)


def _nothing(*_: object, **__: object) -> None:
    return None
