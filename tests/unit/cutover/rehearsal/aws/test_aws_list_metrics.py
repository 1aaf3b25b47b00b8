"""ListMetrics: which metrics there are, by what they have."""

from typing import Any

import pytest

from cutover.rehearsal.aws.cloudwatch.reading import listed_metrics
from cutover.rehearsal.aws.cloudwatch.shapes import ListMetrics, request_of
from cutover.rehearsal.aws.cloudwatch.store import Datum, MetricStore, series_of
from tests.unit.cutover.rehearsal.aws.factories import NOON

NOW = NOON + 7200


def listed(store: MetricStore, **fields: object) -> dict[str, Any]:
    return listed_metrics(store, request_of(ListMetrics, fields, invalid="InvalidParameterValue"), NOW)


def many_metrics(number: int) -> MetricStore:
    store = MetricStore(publish_delay_seconds=0)
    for place in range(number):
        series = series_of("n", f"m{place % 7}", {"d": str(place), "e": "x"})
        store.push(Datum(series, "None", NOON, [1], [1]), now=NOON)
    return store


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, 14),
        ({"Namespace": "n"}, 14),
        ({"Namespace": "other"}, 0),
        ({"MetricName": "m0"}, 2),
        ({"Dimensions": [{"Name": "d"}]}, 14),
        ({"Dimensions": [{"Name": "d", "Value": "3"}]}, 1),
        ({"Dimensions": [{"Name": "f"}]}, 0),
        ({"Dimensions": [{"Name": "d", "Value": "3"}, {"Name": "e", "Value": "y"}]}, 0),
        ({"RecentlyActive": "PT3H"}, 14),
    ],
)
def test_metrics_are_listed_by_what_they_have(fields: dict[str, object], found: int) -> None:
    assert len(listed(many_metrics(14), **fields)["Metrics"]) == found


def test_a_listed_metric_has_all_its_names() -> None:
    metric = listed(many_metrics(1))["Metrics"][0]
    assert metric == {
        "Namespace": "n",
        "MetricName": "m0",
        "Dimensions": [{"Name": "d", "Value": "0"}, {"Name": "e", "Value": "x"}],
    }


def test_500_metrics_fit_on_one_page() -> None:
    assert listed(many_metrics(500))["NextToken"] is None


def test_500_metrics_are_listed_at_a_time() -> None:
    store = many_metrics(501)
    first = listed(store)
    second = listed(store, NextToken=first["NextToken"])
    assert (len(first["Metrics"]), len(second["Metrics"]), second["NextToken"]) == (500, 1, None)
