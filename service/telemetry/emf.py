"""The embedded metric format: a JSON line of which CloudWatch makes metrics. Written by AWS Lambda Powertools.

Powertools is loaded without its package's own beginning, which loads its logger and tracer and marks botocore's
requests: 40 ms instead of 3. On Lambda it comes with the second flush of an environment; the first one, for which the
request of a cold start waits, is put together here, to the very same line.
"""

import importlib.util
import json
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

PACKAGE = "aws_lambda_powertools"


@dataclass(frozen=True, slots=True)
class Blob:
    """One line: metrics (name, unit, at most 100 values) of one moment, in Unix milliseconds, and their dimensions.

    `more_dimensions` are those by which the metrics are also told: names out of `dimensions`.
    """

    namespace: str
    timestamp_ms: int
    dimensions: tuple[tuple[str, str], ...]
    metrics: tuple[tuple[str, str, tuple[float, ...]], ...]
    more_dimensions: tuple[tuple[str, ...], ...] = ()


class _Powertools:
    """The provider's class, once it is loaded; one for the process."""

    provider: Any = None
    is_awaited = False


def prepare() -> None:
    """Load Powertools now, where nobody waits for it."""
    if _Powertools.provider is None:
        _Powertools.provider = _loaded()


def leave_for_later() -> None:
    """Load Powertools with the second line, not with the first: somebody waits for that."""
    _Powertools.is_awaited = True


def text_of(blob: Blob) -> str:
    """The line of JSON, without its end."""
    if _Powertools.is_awaited:
        return json.dumps(plain(blob), separators=(",", ":"))
    prepare()
    return json.dumps(by_powertools(blob), separators=(",", ":"))


def answered() -> None:
    """The request that everything was put off for has its lines."""
    _Powertools.is_awaited = False


def by_powertools(blob: Blob) -> dict[str, Any]:
    """The line's document, checked against the format's limits. Raises what Powertools raises."""
    dimensions = dict(blob.dimensions)
    provider = _Powertools.provider(namespace=blob.namespace, service="")
    provider.timestamp = blob.timestamp_ms
    for name, value in blob.dimensions:
        provider.add_dimension(name, value)
    for names in blob.more_dimensions:
        provider.add_dimensions(**{name: dimensions[name] for name in names})
    for name, unit, values in blob.metrics:
        # All at once: `add_metric` prints by itself when it has a hundred values.
        provider.add_metric(name, unit, values[0])
        provider.metric_set[name]["Value"] = list(values)
    found: dict[str, Any] = provider.serialize_metric_set()
    return found


def plain(blob: Blob) -> dict[str, Any]:
    """The same document without Powertools."""
    definitions = [{"Name": name, "Unit": unit} for name, unit, _ in blob.metrics]
    dimensions = [[name for name, _ in blob.dimensions], *map(list, blob.more_dimensions)]
    directive = {"Namespace": blob.namespace, "Dimensions": dimensions, "Metrics": definitions}
    return {
        "_aws": {"Timestamp": blob.timestamp_ms, "CloudWatchMetrics": [directive]},
        **dict(blob.dimensions),
        **{name: list(values) for name, _, values in blob.metrics},
    }


def _loaded() -> Any:
    hidden = PACKAGE not in sys.modules
    if hidden:
        sys.modules[PACKAGE] = _without_its_beginning()
    try:
        from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider
    finally:
        if hidden:
            del sys.modules[PACKAGE]
    return AmazonCloudWatchEMFProvider


def _without_its_beginning() -> ModuleType:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None, f"{PACKAGE} is not installed"  # noqa: S101 - it is in requirements.txt
    package = ModuleType(PACKAGE)
    package.__path__ = list(spec.submodule_search_locations or ())
    package.__spec__ = spec
    return package
