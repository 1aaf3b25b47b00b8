"""What the service counts is what the catalogue says that it counts: names, units, dimensions, both ways."""

from dashboards.metrics import SERVICE_METRICS, SERVICE_NAMESPACE
from service.telemetry import emf, metrics
from service.telemetry.metrics import PER_FUNCTION, UNITS, Counted, Dependency, Gauged, Measured
from service.telemetry.origin import Origin
from tests.fakes.log_lines import log_lines
from tests.fakes.metric_lines import blobs


def emitted() -> dict[str, tuple[str, frozenset[tuple[str, ...]]]]:
    """Every metric as a Lambda function writes it: its unit, and the sets of its dimensions."""
    metrics.configure(Origin("staging", "lego-api-mocs-staging"))
    for counted in Counted:
        metrics.count(counted)
    for measured in Measured:
        metrics.observe(measured, 1.0)
    for gauged in Gauged:
        for dependency in Dependency:
            metrics.gauge(gauged, dependency, 1)
    with log_lines() as lines:
        metrics.flush()
    metrics.configure(Origin("development"))
    return {
        metric["Name"]: (metric["Unit"], frozenset(map(tuple, directive["Dimensions"])))
        for blob in blobs(lines.stream.getvalue().splitlines())
        for directive in blob["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def test_the_service_writes_every_metric_of_the_catalogue_as_it_stands_there_and_no_other() -> None:
    emf.answered()
    catalogue = {one.name: (one.unit, frozenset(one.dimensions)) for one in SERVICE_METRICS}
    assert emitted() == catalogue
    assert metrics.NAMESPACE == SERVICE_NAMESPACE


def test_each_enumerated_name_is_in_the_catalogue_once() -> None:
    names = [member.value for kind in (Counted, Measured, Gauged) for member in kind]
    assert sorted(names) == sorted(one.name for one in SERVICE_METRICS)
    assert set(UNITS) == {*Counted, *Measured, *Gauged}
    assert set(UNITS) >= PER_FUNCTION


def test_every_metric_of_the_catalogue_is_counted_somewhere() -> None:
    from pathlib import Path

    telemetry = Path(metrics.__file__)
    code = "".join(p.read_text() for p in telemetry.parents[1].rglob("*.py") if p.parent != telemetry.parent)
    unused = [one for kind in (Counted, Measured, Gauged) for one in kind if f"{kind.__name__}.{one.name}" not in code]
    assert unused == []
