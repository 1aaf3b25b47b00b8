"""Metrics embedded in lines: every set of dimensions, values and arrays, and what CloudWatch would drop."""

import json
from typing import Any

import pytest

from cutover.rehearsal.aws.cloudwatch.store import Datum, series_of
from cutover.rehearsal.aws.cloudwatch_logs.emf import EmbeddedMetrics

NOON = 1_763_812_800.0


def document(metrics: object, dimensions: object = (("Stage",),), **members: Any) -> dict[str, Any]:
    """A line's content: one directive, and what it points at."""
    directive = {"Namespace": "LegoApi", "Dimensions": dimensions, "Metrics": metrics}
    return {"_aws": {"Timestamp": 1, "CloudWatchMetrics": [directive]}, "Stage": "production", **members}


def told(content: object) -> tuple[list[Datum], EmbeddedMetrics]:
    """What one line gives."""
    embedded = EmbeddedMetrics()
    return embedded.values_in(json.dumps(content), NOON), embedded


def test_every_metric_counts_under_every_set_of_dimensions_in_the_minute_of_its_arrival() -> None:
    metrics = [{"Name": "PoolWait", "Unit": "Milliseconds", "StorageResolution": 60}, {"Name": "Searches"}]
    content = document(
        metrics, [["Stage"], ["Stage", "Platform"]], Platform="ecs", PoolWait=[1.5, 2], Searches=3, more={"a": 1}
    )
    found, embedded = told(content)
    one, two = {"Stage": "production"}, {"Stage": "production", "Platform": "ecs"}
    assert found == [
        Datum(series_of("LegoApi", "PoolWait", one), "Milliseconds", NOON, (1.5, 2.0), (1.0, 1.0)),
        Datum(series_of("LegoApi", "PoolWait", two), "Milliseconds", NOON, (1.5, 2.0), (1.0, 1.0)),
        Datum(series_of("LegoApi", "Searches", one), "None", NOON, (3.0,), (1.0,)),
        Datum(series_of("LegoApi", "Searches", two), "None", NOON, (3.0,), (1.0,)),
    ]
    assert embedded.told() == {
        "lines": 1,
        "totals": {"PoolWait": 3.5, "Searches": 3.0},
        "malformed": {},
        "examples": [],
    }


def test_a_line_without_metrics_is_none_of_its_business() -> None:
    for message in ("plain", '{"message": "request"}', '{"_aws": {"Timestamp": 1}}'):
        embedded = EmbeddedMetrics()
        assert embedded.values_in(message, NOON) == []
        assert (embedded.lines, embedded.malformed) == (0, {})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (document([{"Name": "a"}]), "a: its value is missing"),
        (document([{"Name": "a"}], a="1"), "a: its value is no number"),
        (document([{"Name": "a"}], a=True), "a: its value is no number"),
        (document([{"Name": "a"}], a=[]), "a: 0 values; 1 to 100 are taken"),
        (document([{"Name": "a"}], a=[1] * 101), "a: 101 values; 1 to 100 are taken"),
        (document([{"Name": "a"}], [["Nobody"]], a=1), "dimension Nobody: its value is missing"),
        (
            document([{"Name": "a"}], [["Platform"]], a=1, Platform=7),
            "dimension Platform: its value is no fitting string",
        ),
        (document([{"Name": "a", "Unit": "Furlongs"}], a=1), "_aws: Invalid enum value 'Furlongs'"),
        (document([{"Unit": "Count"}], a=1), "_aws: Object missing required field `Name`"),
        (document([{"Name": "a"}], "Stage", a=1), "_aws: Expected `array`, got `str`"),
        (document([{"Name": "a"}], [["Stage"] * 31], a=1), "_aws: Expected `array` of length <= 30"),
    ],
)
def test_a_malformed_document_makes_no_metric_and_is_named(content: object, why: str) -> None:
    found, embedded = told(content)
    assert found == []
    assert [reason.startswith(why) for reason in embedded.malformed] == [True]
    assert list(embedded.malformed.values()) == [1]
    assert len(embedded.examples) == 1


def test_a_line_that_is_cut_off_is_counted_as_malformed() -> None:
    embedded = EmbeddedMetrics()
    assert embedded.values_in(json.dumps(document([{"Name": "a"}], a=1))[:-5], NOON) == []
    assert dict(embedded.malformed) == {"the line is not JSON": 1}
    assert embedded.values_in('[{"_aws": {"CloudWatchMetrics": 1}}]', NOON) == []
    assert embedded.malformed["the line is no JSON object"] == 1
