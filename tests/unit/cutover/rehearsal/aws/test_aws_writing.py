"""What PutMetricData takes and what it refuses."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from cutover.rehearsal.aws.cloudwatch.shapes import PutMetricData, request_of
from cutover.rehearsal.aws.cloudwatch.store import Datum, Summary
from cutover.rehearsal.aws.cloudwatch.writing import data_of
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.factories import NOON

SET = {"SampleCount": "2", "Sum": "3", "Minimum": "1", "Maximum": "2"}


def taken(*entries: Mapping[str, object], namespace: str = "app") -> list[Datum]:
    fields: dict[str, object] = {
        "Namespace": namespace,
        "MetricData": [{"MetricName": "m", **entry} for entry in entries],
    }
    return data_of(request_of(PutMetricData, fields, invalid="InvalidParameterValue"), NOON)


def at(**ago: float) -> str:
    return (datetime.fromtimestamp(NOON, UTC) - timedelta(**ago)).isoformat()


def test_a_single_value_counts_once_now() -> None:
    datum = taken({"Value": "5", "Unit": "Count", "Dimensions": [{"Name": "d", "Value": "x"}]})[0]
    assert (datum.series, datum.unit, datum.at) == (("app", "m", (("d", "x"),)), "Count", NOON)
    assert (datum.values, datum.counts) == ((5,), (1,))


def test_values_come_with_their_counts() -> None:
    datum = taken({"Values": ["1", "2"], "Counts": ["3", "4"], "Timestamp": at(minutes=5)})[0]
    assert (datum.values, datum.counts, datum.at) == ((1, 2), (3, 4), NOON - 300)


def test_values_without_counts_count_once_each() -> None:
    assert taken({"Values": ["1", "2"]})[0].counts == (1, 1)


def test_a_statistic_set_is_taken_as_a_summary() -> None:
    assert taken({"StatisticValues": SET})[0].summary == Summary(2, 3, 1, 2)


def test_a_time_without_a_zone_is_utc() -> None:
    assert taken({"Value": "1", "Timestamp": "2025-11-22T11:00:00"})[0].at == NOON - 3600


@pytest.mark.parametrize(
    "entry",
    [
        {"Values": ["1"] * 150},
        {"Value": "1", "Timestamp": at(days=14)},
        {"Value": "1", "Timestamp": at(hours=-2)},
        {"Value": "1", "StorageResolution": "1"},
        {"StatisticValues": SET | {"Minimum": "2"}},
    ],
    ids=["150 values", "two weeks old", "two hours ahead", "high resolution", "summary of equal values"],
)
def test_the_limits_themselves_are_allowed(entry: dict[str, object]) -> None:
    assert len(taken(entry)) == 1


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "151 values": ({"Values": ["1"] * 151}, "InvalidParameterValue"),
    "over two weeks old": ({"Value": "1", "Timestamp": at(days=14, seconds=1)}, "InvalidParameterValue"),
    "over two hours ahead": ({"Value": "1", "Timestamp": at(hours=-2, seconds=-1)}, "InvalidParameterValue"),
    "not a number": ({"Value": "nan"}, "InvalidParameterValue"),
    "infinite": ({"Values": ["1", "inf"]}, "InvalidParameterValue"),
    "beyond 2^360": ({"Value": "1e109"}, "InvalidParameterValue"),
    "infinite summary": ({"StatisticValues": SET | {"Sum": "inf"}}, "InvalidParameterValue"),
    "empty summary": ({"StatisticValues": SET | {"SampleCount": "0"}}, "InvalidParameterValue"),
    "upside down summary": ({"StatisticValues": SET | {"Minimum": "3"}}, "InvalidParameterValue"),
    "count of zero": ({"Values": ["1"], "Counts": ["0"]}, "InvalidParameterValue"),
    "counts that do not fit": ({"Values": ["1"], "Counts": ["1", "1"]}, "InvalidParameterValue"),
    "unknown unit": ({"Value": "1", "Unit": "Parsecs"}, "InvalidParameterValue"),
    "empty dimension": ({"Value": "1", "Dimensions": [{"Name": "d", "Value": ""}]}, "InvalidParameterValue"),
    "dimension without value": ({"Value": "1", "Dimensions": [{"Name": "d"}]}, "MissingParameter"),
    "31 dimensions": (
        {"Value": "1", "Dimensions": [{"Name": f"d{number}", "Value": "x"} for number in range(31)]},
        "InvalidParameterValue",
    ),
    "value beside values": ({"Value": "1", "Values": ["1"]}, "InvalidParameterCombination"),
    "value beside summary": ({"Value": "1", "StatisticValues": SET}, "InvalidParameterCombination"),
    "nothing": ({}, "InvalidParameterCombination"),
}


@pytest.mark.parametrize(("entry", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(entry: dict[str, object], code: str) -> None:
    with pytest.raises(AwsError) as caught:
        taken({"Value": "1"}, entry)
    assert caught.value.code == code


@pytest.mark.parametrize("namespace", ["AWS/ApiGateway", "AWS/Mine", ":odd", "", "x" * 256])
def test_refused_namespaces(namespace: str) -> None:
    with pytest.raises(AwsError, match="InvalidParameterValue"):
        taken({"Value": "1"}, namespace=namespace)


def test_1000_datums_are_allowed_and_1001_are_not() -> None:
    assert len(taken(*({"Value": "1"} for _ in range(1000)))) == 1000
    with pytest.raises(AwsError, match="InvalidParameterValue"):
        taken(*({"Value": "1"} for _ in range(1001)))
