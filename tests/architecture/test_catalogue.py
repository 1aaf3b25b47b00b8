"""Metrics, alarms, boards, runbooks and what emits the metrics agree, each with each."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cutover.core.metering import UNITS
from cutover.core.models import Limits
from dashboards.alarms import MONEY
from dashboards.aws_names import LISTED
from dashboards.boards.gates import FAIL_ERRORS_PERCENT, FAIL_P95_MS, PASS_ERRORS_PERCENT, PASS_P95_MS
from dashboards.catalogue import ALARMS, BOARDS, METRICS, TOLD, problems
from dashboards.measured import shown
from dashboards.metrics import AWS_METRICS, CUTOVER_METRICS, SERVICE_METRICS, billed
from dashboards.model import Alarm, Comparison, Metric, Severity
from dashboards.variables import VARIABLES
from dashboards.widgets import COLUMNS
from service.telemetry import metrics as emitted

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "runbooks" / "alarms"
INDEX = ROOT / "runbooks" / "README.md"
IN_WORDS = {10.0: "ten", 50.0: "half", 100.0: "a hundred"}  # as people write them
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_FUNCTIONS = {"FILL", "IF", "SUM", "ANOMALY_DETECTION_BAND", "SEARCH"}

every_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
every_alarm = pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)


def committed(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((ROOT / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
    return body


def forms(alarm: Alarm) -> set[str]:
    """How a runbook may write the threshold."""
    assert alarm.threshold is not None
    number = alarm.threshold
    written = {
        "%": {f"{number:g}%"},
        "ms": {f"{number:g} ms", f"{number / 1000:g} s"},
        "s": {f"{number:g} s"},
        "µs": {f"{number / 1000:g} ms"},
        "bytes": {f"{number / 1e9:g} GB"},
    }.get(alarm.unit, {f"{number:g}"})
    return written | ({IN_WORDS[number]} if number in IN_WORDS else set())


def test_the_catalogue_does_not_contradict_itself() -> None:
    """Every metric on a board, every alarm in a row, no more of anything than CloudWatch takes."""
    assert list(problems()) == []


@every_board
def test_what_is_committed_is_what_the_catalogue_makes(board: Any) -> None:
    path = ROOT / "dashboards" / f"{board.name}.json"
    assert path.read_text(encoding="utf-8") == board.json(), "python -m dashboards writes it anew"


def test_there_is_no_board_that_the_catalogue_does_not_know() -> None:
    assert {path.stem for path in (ROOT / "dashboards").glob("*.json")} == {board.name for board in BOARDS}


def test_every_alarm_has_a_runbook_and_every_runbook_an_alarm() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {one.name for one in TOLD}
    assert all((ROOT / one.runbook).is_file() for one in TOLD)


@every_alarm
def test_the_runbook_names_owner_and_threshold_as_the_catalogue_does(alarm: Alarm) -> None:
    text = (ROOT / alarm.runbook).read_text(encoding="utf-8")

    assert f"\nowner: {alarm.owner.value}\n" in text
    if alarm.threshold is not None and alarm.comparison is not Comparison.AT_LEAST:
        assert any(form in text for form in forms(alarm)), forms(alarm)


@pytest.mark.parametrize("one", TOLD, ids=lambda one: one.name)
def test_the_runbook_and_the_index_say_whether_it_wakes_somebody_as_the_catalogue_does(one: Any) -> None:
    waking, _, waiting = INDEX.read_text(encoding="utf-8").partition("| until the morning | page |")
    listed = {Severity.CRITICAL: waking, Severity.WARNING: waiting.partition("\n\n")[0]}

    assert f"\nseverity: {one.severity.value}\n" in (ROOT / one.runbook).read_text(encoding="utf-8")
    assert f"](alarms/{one.name}.md)" in listed[one.severity]


@pytest.mark.parametrize("money", MONEY, ids=lambda one: one.name)
def test_what_costs_too_much_has_the_owner_that_its_runbook_names(money: Any) -> None:
    assert f"\nowner: {money.owner.value}\n" in (ROOT / money.runbook).read_text(encoding="utf-8")


def test_what_the_service_emits_is_what_the_catalogue_lists() -> None:
    kinds = (emitted.Counted, emitted.Measured, emitted.Gauged)
    names = [one.value for kind in kinds for one in kind]

    assert sorted(names) == sorted(metric.name for metric in SERVICE_METRICS)
    by_function = {metric.name for metric in SERVICE_METRICS if any("Function" in names for names in metric.dimensions)}
    assert {one.value for one in emitted.PER_FUNCTION} == by_function


def test_what_cutover_emits_is_what_the_catalogue_lists() -> None:
    assert {name.value: unit for name, unit in UNITS.items()} == {
        metric.name: metric.unit for metric in CUTOVER_METRICS
    }


@pytest.mark.parametrize("metric", AWS_METRICS, ids=lambda one: f"{one.namespace}-{one.name}-{len(one.dimensions[0])}")
def test_what_aws_is_asked_for_stands_in_its_documentation(metric: Metric) -> None:
    listed = [
        one
        for one in LISTED
        if one.namespace == metric.namespace and metric.name in one.metrics
        if [one.dimensions] == [frozenset(names) for names in metric.dimensions]
    ]

    (page,) = listed
    assert page.metrics[metric.name] == metric.unit
    assert page.page.startswith("https://docs.aws.amazon.com/")


@every_board
def test_a_board_asks_for_nothing_that_is_in_no_catalogue(board: Any) -> None:
    known = {(one.namespace, one.name, tuple(sorted(names))) for one in METRICS for names in one.dimensions}

    asked = set(shown(committed(board.name)))

    assert asked
    assert asked <= known


@every_board
def test_a_board_leaves_open_only_what_differs_between_stages(board: Any) -> None:
    text = (ROOT / "dashboards" / f"{board.name}.json").read_text(encoding="utf-8")

    assert set(_VARIABLE.findall(text)) <= VARIABLES.keys()


@every_board
def test_widgets_fill_their_rows_and_cover_each_other_nowhere(board: Any) -> None:
    taken: set[tuple[int, int]] = set()
    for one in committed(board.name)["widgets"]:
        cells = {(one["x"] + x, one["y"] + y) for x in range(one["width"]) for y in range(one["height"])}
        assert not cells & taken
        taken |= cells
    lowest = max(y for _, y in taken)
    assert taken == {(x, y) for x in range(COLUMNS) for y in range(lowest + 1)}


@every_board
def test_expressions_name_only_what_stands_beside_them(board: Any) -> None:
    for widget in committed(board.name)["widgets"]:
        rows = [row[-1] for row in widget["properties"].get("metrics", ())]
        ids = [row["id"] for row in rows]
        assert len(ids) == len(set(ids)), widget["properties"]["title"]
        assert all(_ID.fullmatch(id_) for id_ in ids)
        for row in rows:
            if "expression" in row and not row["expression"].startswith("SEARCH("):
                words = set(re.findall(r"[A-Za-z_]\w*", row["expression"]))
                assert words - _FUNCTIONS <= set(ids), row["expression"]


@every_board
def test_one_board_has_one_period_but_where_an_alarm_counts_over_a_longer_one(board: Any) -> None:
    periods = {
        widget["properties"]["period"]
        for widget in committed(board.name)["widgets"]
        if widget["properties"].get("view") == "timeSeries"
    }

    assert periods - {300} in ({60}, {3600})


@every_board
def test_latency_is_never_told_by_an_average_alone(board: Any) -> None:
    for widget in committed(board.name)["widgets"]:
        of = {
            row[-1]["stat"]
            for row in widget["properties"].get("metrics", ())
            if len(row) > 1 and re.search("Latency|Duration|ResponseTime|PoolWait", row[1])
        }
        assert of != {"Average"} or widget["properties"]["title"].startswith("Until the proxy")


def test_lines_on_graphs_are_where_the_alarms_are() -> None:
    """A label that begins with an alarm's name stands at its threshold, in the graph's unit."""
    by_name = {alarm.name: alarm for alarm in ALARMS}
    drawn = {
        (one["label"].partition(":")[0], one["value"])
        for board in BOARDS
        for widget in committed(board.name)["widgets"]
        for one in widget["properties"].get("annotations", {}).get("horizontal", ())
        if one["label"].partition(":")[0] in by_name
    }

    assert {name for name, _ in drawn} == {name for name, alarm in by_name.items() if alarm.threshold is not None}
    for name, value in drawn:
        threshold = by_name[name].threshold
        assert value in (threshold, pytest.approx((threshold or 0) * 1e-9))


def test_the_bands_of_the_gates_are_those_of_the_gates() -> None:
    limits = Limits()

    assert (limits.pass_error_rate * 100, limits.fail_error_rate * 100) == (PASS_ERRORS_PERCENT, FAIL_ERRORS_PERCENT)
    assert (limits.pass_p95_ms, limits.fail_p95_ms) == (PASS_P95_MS, FAIL_P95_MS)


def test_our_own_metrics_stay_few() -> None:
    """Each combination of dimensions is billed: a user's or a request's id among them would be thousands."""
    allowed = {"Stage", "Platform", "Function", "Dependency"}

    assert {
        name for metric in (*SERVICE_METRICS, *CUTOVER_METRICS) for names in metric.dimensions for name in names
    } <= (allowed)
    assert billed() == 54
