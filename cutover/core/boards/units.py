"""In which unit a metric is told, by its namespace and name; and how a value of it reads. Pure."""

from collections.abc import Callable, Mapping

from cutover.core.words import count

# As AWS and this repository publish them; a test holds this to the catalogue of metrics.
UNITS: Mapping[tuple[str, str], str] = {
    **{("LegoApi", name): "Milliseconds" for name in ("InitDuration", "PoolWait")},
    **{("LegoApi/Cutover", name): "Percent" for name in ("LambdaWeight", "BakeProgress")},
    ("AWS/Lambda", "Duration"): "Milliseconds",
    ("AWS/ApiGateway", "Latency"): "Milliseconds",
    ("AWS/ApiGateway", "IntegrationLatency"): "Milliseconds",
    ("AWS/ApplicationELB", "TargetResponseTime"): "Seconds",
    ("AWS/ECS", "CPUUtilization"): "Percent",
    ("AWS/ECS", "MemoryUtilization"): "Percent",
    ("AWS/RDS", "CPUUtilization"): "Percent",
    ("AWS/RDS", "FreeableMemory"): "Bytes",
    ("AWS/RDS", "FreeStorageSpace"): "Bytes",
    ("AWS/RDS", "DatabaseConnectionsBorrowLatency"): "Microseconds",
    ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage"): "Percent",
    ("AWS/ElastiCache", "EngineCPUUtilization"): "Percent",
    ("AWS/ES", "SearchLatency"): "Milliseconds",
    ("AWS/ES", "CPUUtilization"): "Percent",
    ("AWS/ES", "JVMMemoryPressure"): "Percent",
    ("AWS/ES", "FreeStorageSpace"): "Megabytes",
}
_SECONDS = {"Seconds": 1.0, "Milliseconds": 1e-3, "Microseconds": 1e-6}
_BYTES = {"Bytes": 1.0, "Kilobytes": 1e3, "Megabytes": 1e6, "Gigabytes": 1e9}
_NAMED = {
    "s": "Seconds", "sec": "Seconds", "seconds": "Seconds", "ms": "Milliseconds", "milliseconds": "Milliseconds",
    "µs": "Microseconds", "us": "Microseconds", "microseconds": "Microseconds", "%": "Percent", "percent": "Percent",
    "bytes": "Bytes", "b": "Bytes", "kb": "Kilobytes", "mb": "Megabytes", "megabytes": "Megabytes", "gb": "Gigabytes",
}  # fmt: skip


def unit_named(label: str) -> str:
    """The unit that the label of an axis names, such as ms or Percent; "" for any other word."""
    return _NAMED.get(label.strip().lower(), "")


def speller(unit: str) -> Callable[[float], str]:
    """What writes a value of that unit, shortly: 12%, 340 ms, 1.5 s, 2.1 GB, 1 200."""
    if unit in _SECONDS:
        return lambda value: _time(value * _SECONDS[unit])
    if unit in _BYTES:
        return lambda value: _bytes(value * _BYTES[unit])
    if unit == "Percent":
        return lambda value: f"{number(value)}%"
    return number


def number(value: float) -> str:
    """A plain number with three digits, or whole: 0.012, 3.5, 120, 12 500."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{'-' if value < 0 else ''}{count(round(abs(value)))}"
    return f"{value:.3g}"


def _time(seconds: float) -> str:
    for factor, unit in ((1.0, "s"), (1e-3, "ms")):
        if abs(seconds) >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs" if seconds else "0 ms"


def _bytes(value: float) -> str:
    for factor, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(value) >= factor:
            return f"{value / factor:.3g} {unit}"
    return f"{value:.0f} B"
