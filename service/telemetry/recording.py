"""Switches traces on, as the settings have it."""

from service.settings import Settings
from service.telemetry import tracing
from service.telemetry.origin import SERVICE, Origin


def record_traces(settings: Settings, origin: Origin) -> None:
    """Record what the settings say; where nobody waits for this start, everything that it needs is loaded now."""
    if not settings.tracing:
        tracing.configure(None)
        return
    from service.telemetry.xray import XRay

    exporter = XRay(settings.xray_daemon, described(origin))
    tracing.configure(exporter, settings.trace_share)
    if settings.eager:
        exporter.prepare()


def described(origin: Origin) -> dict[str, str]:
    """The process in OpenTelemetry's words; X-Ray's service map names it by `service.name`."""
    return {
        "service.name": SERVICE,
        "deployment.environment.name": origin.stage,
        "cloud.provider": "aws",
        "cloud.platform": f"aws_{origin.platform}",
        **({"faas.name": origin.function} if origin.function else {}),
    }
