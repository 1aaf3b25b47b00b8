"""PutDashboard's rules, and what is kept."""

import json
from typing import Any

import pytest

from cutover.rehearsal.aws.cloudwatch.dashboards import (
    DashboardShelf,
    DeleteDashboards,
    GetDashboard,
    ListDashboards,
    PutDashboard,
    problems,
)
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.factories import NOON

METRIC = ["AWS/Lambda", "Errors", "FunctionName", "f", {"stat": "Sum"}]


def widget(kind: str = "metric", properties: dict[str, Any] | None = None, **place: object) -> dict[str, Any]:
    return {"type": kind, "properties": properties or {"region": "us-east-1", "metrics": [METRIC]}, **place}


def with_metrics(*metrics: object) -> dict[str, Any]:
    return widget(properties={"region": "us-east-1", "metrics": list(metrics)})


FINE = {
    "nothing": [],
    "text": [widget("text", {"markdown": "# here"}, x=0, y=0, width=24, height=2)],
    "metrics": [with_metrics(METRIC, ["...", "g"], [".", ".", ".", "h"], [{"expression": "m1 / 2", "id": "e1"}])],
    "alarms alone": [widget(properties={"region": "us-east-1", "annotations": {"alarms": ["arn"]}})],
    "log and alarm": [widget("log", {"region": "x", "query": "fields @message"}), widget("alarm", {"alarms": []})],
}
WRONG = {
    "no object": ("x", ""),
    "no properties": ({"type": "text"}, ""),
    "unknown type": (widget("graph"), "/type"),
    "no type": ({"properties": {}}, "/type"),
    "no region": (widget(properties={"metrics": [METRIC]}), "/properties"),
    "no markdown": (widget("text", {"text": "x"}), "/properties"),
    "beyond the grid": (widget(x=20, width=6), ""),
    "left of the grid": (widget(x=-1), "/x"),
    "half a column": (widget(width=1.5), "/width"),
    "no metrics": (widget(properties={"region": "x"}), "/properties/metrics"),
    "metric of one word": (with_metrics(["AWS/Lambda"]), "/properties/metrics/0"),
    "dimension without value": (with_metrics(["AWS/Lambda", "Errors", "FunctionName"]), "/properties/metrics/0"),
    "number in a metric": (with_metrics(["AWS/Lambda", "Errors", "FunctionName", 1]), "/properties/metrics/0"),
    "no list": (with_metrics("AWS/Lambda"), "/properties/metrics/0"),
    "repeats nothing": (with_metrics(["...", "f"]), "/properties/metrics/0"),
    "dots for nothing": (with_metrics([".", "Errors"]), "/properties/metrics/0"),
    "options alone": (with_metrics([{"label": "x"}]), "/properties/metrics/0"),
}


@pytest.mark.parametrize("widgets", FINE.values(), ids=FINE.keys())
def test_what_can_be_drawn_is_taken(widgets: list[object]) -> None:
    assert list(problems(json.dumps({"widgets": widgets}))) == []


@pytest.mark.parametrize(("wrong", "where"), WRONG.values(), ids=WRONG.keys())
def test_what_can_not_is_refused_with_the_place(wrong: object, where: str) -> None:
    body = json.dumps({"widgets": [widget(), wrong]})
    assert [path for path, _ in problems(body)] == [f"/widgets/1{where}"]


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"widgets": {}}'])
def test_what_is_no_dashboard_is_refused(body: str) -> None:
    with pytest.raises(AwsError, match="there are 1 validation errors"):
        DashboardShelf("1").put(PutDashboard(dashboard_name="d", dashboard_body=body), NOON)


def test_there_are_at_most_five_hundred_widgets() -> None:
    assert [path for path, _ in problems(json.dumps({"widgets": [widget()] * 501}))] == ["/widgets"]


def test_dashboards_are_kept_listed_and_deleted() -> None:
    shelf = DashboardShelf("123456789012")
    for name in ("b-2", "a", "b-1"):
        shelf.put(PutDashboard(dashboard_name=name, dashboard_body='{"widgets": []}'), NOON)
    listed: Any = shelf.listed(ListDashboards(dashboard_name_prefix="b"))["DashboardEntries"]
    assert [(entry["DashboardName"], entry["Size"]) for entry in listed] == [("b-1", 15), ("b-2", 15)]
    assert shelf.get(GetDashboard(dashboard_name="a")) == {
        "DashboardArn": "arn:aws:cloudwatch::123456789012:dashboard/a",
        "DashboardBody": '{"widgets": []}',
        "DashboardName": "a",
    }
    with pytest.raises(AwsError, match="nobody"):
        shelf.delete(DeleteDashboards(dashboard_names=("a", "nobody")))
    shelf.delete(DeleteDashboards(dashboard_names=("a", "b-1")))
    with pytest.raises(AwsError, match="ResourceNotFound"):
        shelf.get(GetDashboard(dashboard_name="a"))
