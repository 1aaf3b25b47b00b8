"""A dashboard's JSON: places, variables, the span; and what its widgets ask."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cutover.core.boards.answers import key
from cutover.core.boards.asking import Asked, asked
from cutover.core.boards.board import VARIABLES, BadBoard, Board, Place, deployed_name, filled, read
from cutover.core.boards.series import BadSeries, plotted, queries
from cutover.core.boards.units import UNITS, number, speller, unit_named
from dashboards import variables
from dashboards.metrics import METRICS

HOURS_3 = timedelta(hours=3)
FOLDER = Path(variables.__file__).parent
PLAIN = {"Count", "None"}


def board(*widgets: Mapping[str, Any], known: Mapping[str, str] | None = None, **more: Any) -> Board:
    return read("test", json.dumps({"widgets": widgets, **more}), known or {})


def metric(*rows: list[Any], **properties: Any) -> Mapping[str, Any]:
    return {"type": "metric", "properties": {"metrics": list(rows), **properties}}


def one(widget: Mapping[str, Any], **known: str) -> Asked:
    return asked(board(widget, known=known), HOURS_3)[0]


def told(*rows: Any, **properties: Any) -> list[Any]:
    """Of each row: namespace, name, dimensions in one list."""
    found = []
    for query in queries(plotted({"metrics": list(rows), **properties}, HOURS_3)):
        what = query["MetricStat"]["Metric"]
        pairs = [part for each in what["Dimensions"] for part in (each["Name"], each["Value"])]
        found.append([what["Namespace"], what["MetricName"], *pairs])
    return found


def test_the_variables_are_those_of_the_catalogue() -> None:
    assert {*VARIABLES} == {*variables.VARIABLES}


def test_units_are_those_of_the_catalogue() -> None:
    catalogue = {(one.namespace, one.name): one.unit for one in METRICS if one.unit not in PLAIN}
    ours = {name: unit for name, unit in UNITS.items() if name in {(one.namespace, one.name) for one in METRICS}}
    assert ours == catalogue


def test_every_board_of_the_repository_can_be_asked_when_all_variables_are_known() -> None:
    files = sorted(FOLDER.glob("*.json"))
    assert len(files) >= 5
    for file in files:
        found = read(file.stem, file.read_text(encoding="utf-8"), dict.fromkeys(VARIABLES, "x"))
        wrong = [(one.widget.title, one.trouble, one.missing) for one in asked(found, HOURS_3) if one.trouble]
        assert wrong == []
        assert found.span is not None


def test_widgets_are_told_from_top_to_bottom() -> None:
    rows: list[dict[str, object]] = [
        {"type": "text", "x": 0, "y": y, "width": 24, "height": 2, "properties": {}} for y in (4, 0)
    ]

    assert [one.place.y for one in board(*rows).widgets] == [0, 4]


def test_widgets_without_a_place_follow_each_other() -> None:
    widget = {"type": "text", "width": 10, "height": 3}

    places = [one.place for one in board(*[widget] * 3).widgets]

    assert places == [Place(0, 0, 10, 3), Place(10, 0, 10, 3), Place(0, 3, 10, 3)]


def test_a_place_that_makes_no_sense_stays_in_the_grid() -> None:
    wide = {"type": "text", "x": 30, "y": True, "width": 99, "height": "tall"}

    assert board(wide).widgets[0].place == Place(0, 0, 24, 6)


@pytest.mark.parametrize(
    ("start", "span"),
    [
        ("-PT3H", timedelta(hours=3)),
        ("-P1W", timedelta(days=7)),
        ("-P2DT1H30M", timedelta(days=2, minutes=90)),
        ("2026-01-01T00:00:00Z", None),
        ("-P", None),
        (7, None),
    ],
    ids=["hours", "week", "mixed", "absolute", "nothing", "a number"],
)
def test_a_relative_start_is_how_far_it_looks_back(start: Any, span: timedelta | None) -> None:
    assert board(start=start).span == span


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no dashboard"),
        ('{"widgets": 1}', "no dashboard"),
        ('{"widgets": [1]}', r"widgets\[0\] has no type"),
        ('{"widgets": [{"type": "text", "properties": 1}]}', r"widgets\[0\].properties"),
    ],
    ids=["half", "deep", "list", "number", "a widget that is none", "properties"],
)
def test_what_is_no_dashboard_is_told(text: str, why: str) -> None:
    with pytest.raises(BadBoard, match=why):
        read("x", text, {})


def test_variables_are_filled_in_and_labels_of_cloudwatch_stay() -> None:
    assert filled("${Stage} ${LABEL} ${ApiId} ${Mine}", {"Stage": "production", "Mine": "1"}) == (
        "production ${LABEL} ${ApiId} 1",
        ("ApiId",),
    )


def test_the_deployed_name_is_that_of_infra() -> None:
    assert deployed_name("cutover", "production") == "lego-api-cutover-production"


def test_a_widget_says_which_variable_it_lacks_and_asks_nothing() -> None:
    found = one(metric(["AWS/ES", "CPUUtilization", "DomainName", "${SearchDomain}"], title="${Pages}"))

    assert found.missing == ("SearchDomain",)
    assert found.question == {}
    assert found.key == ""


def test_one_that_is_missing_in_a_title_alone_hinders_nothing() -> None:
    found = one(metric(["A", "B"], title="${SearchDomain}"))

    assert found.missing == ()
    assert found.key


def test_an_alarm_is_asked_for_by_its_name_whatever_else_is_not_known() -> None:
    arn = "arn:aws:cloudwatch:${Region}:${AccountId}:alarm:lego-api-veto-${Stage}"
    widget = {"type": "alarm", "properties": {"alarms": [arn, arn]}}

    assert one(widget, Stage="production").alarms == ["lego-api-veto-production"]
    assert one(widget, Stage="production").missing == ()
    assert one(widget).missing == ("Stage",)
    assert one({"type": "alarm", "properties": {}}).trouble == "it names no alarms"


def test_a_log_widget_has_groups_and_a_query() -> None:
    found = one(
        {"type": "log", "properties": {"query": "SOURCE '/a' | SOURCE '/b', \"/c\" | fields @message | limit 3"}}
    )

    assert found.question == {"groups": ["/a", "/b", "/c"], "query": "fields @message | limit 3"}
    assert one({"type": "log", "properties": {"query": "fields x"}}).trouble
    assert one({"type": "log", "properties": {"query": "SOURCE '/a' | "}}).trouble


def test_a_kind_that_is_not_known_asks_nothing() -> None:
    assert one({"type": "explorer", "properties": {}}).question == {}


def test_short_forms_are_spelled_out() -> None:
    first = ["AWS/X", "Errors", "A", "1", "B", "2"]

    assert told(first, [".", "Hits", ".", ".", ".", "3"], ["...", "4"], ["...", "5", ".", "6"]) == [
        first,
        ["AWS/X", "Hits", "A", "1", "B", "3"],
        ["AWS/X", "Hits", "A", "1", "B", "4"],
        ["AWS/X", "Hits", "A", "5", "B", "6"],
    ]


def test_a_row_says_its_statistic_and_period_itself_or_the_widget_does() -> None:
    rows = [["A", "B"], ["A", "B", {"stat": "p99", "period": 60}], [{"expression": "q1 * 2", "period": 120}]]

    plain, own, expression = queries(plotted({"metrics": rows, "stat": "Sum", "period": 30}, HOURS_3))

    assert (plain["MetricStat"]["Stat"], plain["MetricStat"]["Period"]) == ("Sum", 30)
    assert (own["MetricStat"]["Stat"], own["MetricStat"]["Period"]) == ("p99", 60)
    assert expression == {"Id": "q3", "Expression": "q1 * 2", "Period": 120, "ReturnData": True}


def test_one_number_over_all_of_the_time_has_that_period() -> None:
    [query] = queries(plotted({"metrics": [["A", "B"]], "setPeriodToTimeRange": True}, HOURS_3))

    assert query["MetricStat"]["Period"] == 10_800


def test_ids_are_the_rows_own_and_never_taken_twice() -> None:
    rows = plotted({"metrics": [["A", "B"], ["A", "C", {"id": "q1", "visible": False, "yAxis": "right"}]]}, HOURS_3)

    assert [row.id for row in rows] == ["q2", "q1"]
    assert [row.query["ReturnData"] for row in rows] == [True, False]
    assert [row.right for row in rows] == [False, True]


@pytest.mark.parametrize(
    "rows", ["x", ["x"], [[]], [["A"]], [["A", "B", "C"]]], ids=["text", "row", "empty", "short", "odd"]
)
def test_rows_that_are_none_are_told(rows: Any) -> None:
    with pytest.raises(BadSeries):
        plotted({"metrics": rows}, HOURS_3)
    assert one({"type": "metric", "properties": {"metrics": rows}}).trouble


def test_a_widget_without_metrics_says_so() -> None:
    assert one(metric()).trouble == "it has no metrics"


def test_the_same_question_has_the_same_key_wherever_it_stands() -> None:
    assert one(metric(["A", "B"], title="one")).key == one(metric(["A", "B"], title="two")).key
    assert one(metric(["A", "B"])).key != one(metric(["A", "C"])).key
    assert key({"a": 1, "b": 2}) == key({"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("", 0, "0"), ("", 0.01234, "0.0123"), ("", 12_500, "12 500"), ("", -2500, "-2 500"),
        ("Percent", 12.5, "12.5%"),
        ("Milliseconds", 340, "340 ms"), ("Milliseconds", 1500, "1.5 s"), ("Seconds", 0.25, "250 ms"),
        ("Microseconds", 12, "12 µs"), ("Seconds", 0, "0 ms"), ("Bytes", 2.1e9, "2.1 GB"), ("Bytes", 12, "12 B"),
        ("Megabytes", 1500, "1.5 GB"),
    ],
)  # fmt: skip
def test_values_read_with_their_unit(unit: str, value: float, said: str) -> None:
    assert speller(unit)(value).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ") == said


def test_a_label_names_a_unit_or_none() -> None:
    assert unit_named(" ms ") == "Milliseconds"
    assert unit_named("%") == "Percent"
    assert unit_named("tasks") == ""
    assert number(1.0) == "1"
