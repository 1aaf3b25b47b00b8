"""Alarms by their requests: what is taken and refused, how they stand and why, what is told, history."""

import json
from typing import Any

import msgspec
import pytest

from cutover.rehearsal.aws.cloudwatch.alarming.wording import java_number
from cutover.rehearsal.aws.cloudwatch.alarms import Alarm
from cutover.rehearsal.aws.cloudwatch.store import Datum, series_of
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.alarm_desk import MATH, PLAIN, Desk, between, formula, metric
from tests.unit.cutover.rehearsal.aws.factories import NOON


def test_a_new_alarm_is_unchecked_until_the_next_minute() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN)
    assert (desk.state(), desk.shown()["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    desk.minute()
    assert desk.shown()["StateReason"] == "Insufficient Data: 1 datapoint was unknown."


def test_the_reason_is_worded_as_cloudwatch_does() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN)
    desk.minute(12.5)
    desk.minute()
    alarm = desk.shown()
    assert alarm["StateReason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [12.5 (22/11/25 12:00:00)] was greater than the threshold "
        "(5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    facts = json.loads(alarm["StateReasonData"])
    assert (facts["statistic"], facts["threshold"], facts["recentDatapoints"]) == ("Sum", 5.0, [12.5])
    desk.minute(0)
    desk.minute()
    assert desk.shown()["StateReason"].endswith(
        "was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )


def test_several_datapoints_are_told_newest_first() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"EvaluationPeriods": 3, "DatapointsToAlarm": 2})
    for value in (6.0, 1.0, 7.0):
        desk.minute(value)
    desk.minute()
    assert desk.shown()["StateReason"] == (
        "Threshold Crossed: 2 out of the last 3 datapoints [7.0 (22/11/25 12:02:00), 6.0 (22/11/25 12:00:00)] were "
        "greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )


@pytest.mark.parametrize(
    ("treated", "word", "state"), [("breaching", "Breaching", "ALARM"), ("notBreaching", "NonBreaching", "OK")]
)
def test_missing_data_are_told(treated: str, word: str, state: str) -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"TreatMissingData": treated})
    desk.minute()
    assert desk.state() == state
    assert desk.shown()["StateReason"] == (
        f"Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [{word}]."
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0.0"),
        (5, "5.0"),
        (1e6, "1000000.0"),
        (1e9, "1.0E9"),
        (-1.25e10, "-1.25E10"),
        (0.0001, "1.0E-4"),
        (1e7, "1.0E7"),
    ],
)
def test_numbers_are_written_as_java_does(number: float, text: str) -> None:
    assert java_number(number) == text


BAND = formula("ANOMALY_DETECTION_BAND(a, 2)", "band")
UNDER_BAND = {"ComparisonOperator": "LessThanLowerThreshold", "ThresholdMetricId": "band"}
NO_THRESHOLD = {name: value for name, value in MATH.items() if name != "Threshold"} | UNDER_BAND
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "period of 45 s": (PLAIN | {"Period": 45}, "multiple of 60"),
    "more than a day": (PLAIN | {"Period": 900, "EvaluationPeriods": 97}, "more than 1 day"),
    "more than a week": (PLAIN | {"Period": 3600, "EvaluationPeriods": 169}, "more than 7 day"),
    "M over N": (PLAIN | {"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
    "no threshold": ({name: value for name, value in PLAIN.items() if name != "Threshold"}, "Threshold"),
    "no statistic": ({name: value for name, value in PLAIN.items() if name != "Statistic"}, "Statistic"),
    "two statistics": (PLAIN | {"ExtendedStatistic": "p99"}, "Statistic"),
    "no metric": ({name: value for name, value in PLAIN.items() if name != "MetricName"}, "MetricName"),
    "odd statistic": ({**{k: v for k, v in PLAIN.items() if k != "Statistic"}, "ExtendedStatistic": "tm95"}, "tm95"),
    "metrics and metric": (PLAIN | {"Metrics": [metric("a", told=True)]}, "together"),
    "eleven metrics": (
        MATH | {"Metrics": [*(metric(f"m{number}") for number in range(11)), formula("m0 + m10")]},
        "more than 10",
    ),
    "two returned": (MATH | {"Metrics": [metric("a", told=True), formula("a * 2")]}, "Exactly one element"),
    "none returned": (MATH | {"Metrics": [metric("a"), formula("a", told=False)]}, "Exactly one element"),
    "unknown id": (MATH | {"Metrics": [metric("a"), formula("b")]}, "Unknown id 'b'"),
    "capital id": (MATH | {"Metrics": [{**metric("a"), "Id": "A"}]}, "regex"),
    "same id": (MATH | {"Metrics": [metric("a"), metric("a")]}, "not unique"),
    "several periods": (MATH | {"Metrics": [metric("a"), metric("b", 300), formula("a")]}, "same period"),
    "a scalar": (MATH | {"Metrics": [metric("a"), formula("SUM(a)")]}, "single time series"),
    "several series": (MATH | {"Metrics": [metric("a"), formula("[a, a]")]}, "single time series"),
    "a search": (MATH | {"Metrics": [formula("SUM(SEARCH('x', 'Sum', 60))")]}, "SEARCH"),
    "nothing but numbers": (MATH | {"Metrics": [formula("TIME_SERIES(1)")]}, "Unknown function"),
    "band and threshold": (MATH | UNDER_BAND | {"Metrics": [metric("a", told=True), BAND]}, "band's comparison"),
    "band not returned": (NO_THRESHOLD | {"Metrics": [metric("a"), BAND]}, "Exactly two elements"),
    "band that is none": (
        NO_THRESHOLD | {"Metrics": [metric("a", told=True), formula("a", "band")]},
        "ANOMALY_DETECTION_BAND",
    ),
    "long description": (PLAIN | {"AlarmDescription": "x" * 1025}, "1024"),
    "six actions": (PLAIN | {"AlarmActions": [f"arn:{number}" for number in range(6)]}, "length"),
}


@pytest.mark.parametrize(("asked", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_an_alarm_that_cloudwatch_would_refuse_is_refused(asked: dict[str, Any], says: str) -> None:
    desk = Desk()
    with pytest.raises(AwsError, match=says) as caught:
        desk.ask("PutMetricAlarm", **asked)
    assert caught.value.code == "ValidationError"


@pytest.mark.parametrize("period", [10, 20, 30, 60, 3600, 86_400])
def test_periods_that_cloudwatch_takes_are_taken(period: int) -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"Period": period})
    assert desk.shown()["Period"] == period


def test_an_alarm_on_a_band_has_no_opinion_before_anything_is_usual_and_then_has_one() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **NO_THRESHOLD | {"Metrics": [metric("a", told=True), BAND]})
    for _ in range(10):
        desk.minute(100, "a")
    assert desk.state("share") == "INSUFFICIENT_DATA"
    for _ in range(10):
        desk.minute(100, "a")
    assert desk.state("share") == "OK"
    desk.minute(80, "a")
    desk.minute()
    assert desk.state("share") == "ALARM"
    assert desk.shown("share")["StateReason"].startswith(
        "Thresholds Crossed: 1 out of the last 1 datapoints [80.0 (22/11/25 12:20:00)] was less than the lower "
        "thresholds [90.0]"
    )


def test_a_renewed_alarm_keeps_its_state() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN)
    desk.minute(9)
    desk.minute()
    desk.ask("PutMetricAlarm", **PLAIN | {"Threshold": 20.0})
    assert (desk.state(), desk.shown()["Threshold"]) == ("ALARM", 20.0)
    desk.minute(9)
    assert desk.state() == "OK"


def test_a_state_that_is_set_lasts_until_the_next_evaluation() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"TreatMissingData": "notBreaching"})
    desk.composite("ALARM(errors)")
    desk.minute()
    desk.ask("SetAlarmState", AlarmName="errors", StateValue="ALARM", StateReason="drill", StateReasonData="{}")
    assert (desk.state(), desk.shown()["StateReason"], desk.state("veto")) == ("ALARM", "drill", "ALARM")
    desk.minute()
    assert (desk.state(), desk.state("veto")) == ("OK", "OK")


def test_a_pinned_alarm_hides_the_one_of_its_name_and_gives_it_back() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"TreatMissingData": "notBreaching"})
    desk.composite("ALARM(errors)")
    desk.minute()
    desk.watch.alarms.replace([msgspec.convert({"AlarmName": "errors", "StateValue": "ALARM"}, Alarm)], desk.now)
    assert (desk.state(), desk.state("veto")) == ("ALARM", "ALARM")
    desk.minute()
    assert desk.state() == "ALARM"
    desk.watch.alarms.replace([], desk.now)
    assert (desk.state(), desk.state("veto")) == ("OK", "OK")


def test_actions_can_be_disabled_and_enabled() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"AlarmActions": ["arn:aws:sns:x:1:t"], "TreatMissingData": "breaching"})
    desk.ask("DisableAlarmActions", AlarmNames=["errors", "nobody"])
    desk.minute()
    assert (desk.state(), desk.watch.alarms.take_notices()) == ("ALARM", [])
    desk.ask("EnableAlarmActions", AlarmNames=["errors"])
    desk.ask("SetAlarmState", AlarmName="errors", StateValue="OK", StateReason="again")
    desk.minute()
    (notice,) = desk.watch.alarms.take_notices()
    assert (notice.topic, notice.subject) == ("arn:aws:sns:x:1:t", 'ALARM: "errors" in us-east-1')
    told = json.loads(notice.message)
    assert (told["OldStateValue"], told["NewStateValue"], told["Trigger"]["Period"]) == ("OK", "ALARM", 60)
    body = desk.ask("DescribeAlarms", ActionPrefix="arn:aws:sns")
    assert "<AlarmName>errors</AlarmName>" in body
    assert "<AlarmName>" not in desk.ask("DescribeAlarms", ActionPrefix="arn:aws:lambda")


def test_the_history_tells_everything_and_in_pages() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"TreatMissingData": "breaching", "AlarmActions": ["arn:t"]})
    desk.minute()
    (notice,) = desk.watch.alarms.take_notices()
    desk.watch.alarms.sent(notice, desk.now, None)
    desk.watch.alarms.sent(notice, desk.now, "no such topic")
    desk.ask("PutMetricAlarm", **PLAIN)
    desk.ask("DeleteAlarms", AlarmNames=["errors"])
    desk.watch.alarms.sent(notice, desk.now, None)  # too late: nobody's any more
    body = desk.ask("DescribeAlarmHistory", AlarmName="errors", ScanBy="TimestampAscending")
    assert [part.partition("<")[0] for part in body.split("<HistorySummary>")[1:]] == [
        'Alarm "errors" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Successfully executed action arn:t",
        "Failed to execute action arn:t. Received error: no such topic",
        'Alarm "errors" updated',
        'Alarm "errors" deleted',
    ]
    assert "&quot;newState" in body or '"newState' in body
    only = {"HistoryItemType": "StateUpdate", "StartDate": NOON, "EndDate": NOON + 60}
    assert desk.ask("DescribeAlarmHistory", **only).count("<HistorySummary>") == 1
    first = desk.ask("DescribeAlarmHistory", MaxRecords=4)
    rest = desk.ask("DescribeAlarmHistory", MaxRecords=4, NextToken=between(first, "NextToken"))
    assert (first.count("<HistorySummary>"), rest.count("<HistorySummary>")) == (4, 2)
    assert "deleted" in first


def test_what_is_not_there_can_be_neither_deleted_nor_set() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN)
    with pytest.raises(AwsError, match="nobody") as caught:
        desk.ask("DeleteAlarms", AlarmNames=["errors", "nobody"])
    assert (caught.value.code, caught.value.status, desk.state()) == ("ResourceNotFound", 404, "INSUFFICIENT_DATA")
    with pytest.raises(AwsError, match="ResourceNotFound"):
        desk.ask("SetAlarmState", AlarmName="nobody", StateValue="OK", StateReason="x")


def test_minutes_that_nobody_asked_about_are_made_up_for_one_by_one() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"TreatMissingData": "notBreaching"})
    for minute, value in enumerate((9.0, 0.0, 9.0)):
        at = NOON + 60 * minute
        desk.watch.store.push(Datum(series_of("app", "Errors", {}), "None", at, [value], [1.0]), at)
    desk.now += 3600
    body = desk.ask("DescribeAlarmHistory", HistoryItemType="StateUpdate", ScanBy="TimestampAscending")
    moves = [part.partition("<")[0] for part in body.split("Alarm updated from ")[1:]]
    assert moves == ["INSUFFICIENT_DATA to OK", "OK to ALARM", "ALARM to OK", "OK to ALARM", "ALARM to OK"]


def test_datapoints_without_math_are_had_by_get_metric_statistics() -> None:
    desk = Desk()
    for value in (1.0, 3.0):
        desk.minute(value)
    desk.minute()
    asked = {"Namespace": "app", "MetricName": "Errors", "StartTime": NOON, "EndTime": NOON + 180, "Period": 60}
    body = desk.ask("GetMetricStatistics", **asked, Statistics=["Sum", "Maximum"], ExtendedStatistics=["p99"])
    assert body.count("<Timestamp>") == 2
    assert "<Sum>3.0</Sum><Maximum>3.0</Maximum>" in body
    assert "<ExtendedStatistics><entry><key>p99</key><value>3.0</value></entry></ExtendedStatistics>" in body
    assert "<Unit>None</Unit>" in body
    for wrong in ({"Statistics": ["Mode"]}, {}, {"Statistics": ["Sum"], "EndTime": NOON}):
        with pytest.raises(AwsError):
            desk.ask("GetMetricStatistics", **asked | wrong)
