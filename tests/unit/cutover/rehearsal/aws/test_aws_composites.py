"""Composite alarms: their rules, what moves them, and what is refused."""

import msgspec
import pytest

from cutover.rehearsal.aws.cloudwatch.alarms import Alarm
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.alarm_desk import ARN, PLAIN, Desk
from tests.unit.cutover.rehearsal.aws.factories import NOON


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        ("ALARM(a)", "ALARM"),
        ("OK(a)", "OK"),
        ("OK(b) AND ALARM(a)", "ALARM"),
        ("OK(a) OR INSUFFICIENT_DATA(c)", "ALARM"),
        ("NOT ALARM(a)", "OK"),
        ("NOT (OK(a) OR ALARM(b))", "ALARM"),
        (f'ALARM("{ARN}:a") AND TRUE', "ALARM"),
        ("FALSE OR ALARM(b)", "OK"),
        ('ALARM("d e")', "ALARM"),
    ],
)
def test_a_composite_alarm_follows_its_rule(rule: str, state: str) -> None:
    desk = Desk()
    states = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA", "d e": "ALARM"}
    desk.watch.alarms.replace(
        [msgspec.convert({"AlarmName": name, "StateValue": value}, Alarm) for name, value in states.items()], NOON
    )
    desk.composite(rule)
    assert desk.state("veto") == state
    assert desk.shown("veto")["StateReason"] == f"{ARN}:veto was created and its alarm rule evaluates to {state}"


@pytest.mark.parametrize(
    "rule", ["", "ALARM", "ALARM(", "ALARM(a", "a", "ALARM(a) ALARM(a)", "(ALARM(a)", 'ALARM("a)', "NOT", "BROKEN(a)"]
)
def test_a_rule_that_is_none_is_refused(rule: str) -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN | {"AlarmName": "a"})
    with pytest.raises(AwsError):
        desk.composite(rule)


def test_a_rule_names_alarms_that_there_are_no_more_than_a_hundred_and_never_itself() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN)
    for rule, says in {
        "ALARM(nobody)": "do not exist",
        " OR ".join(["ALARM(errors)"] * 101): "100 are allowed",
    }.items():
        with pytest.raises(AwsError, match=says):
            desk.composite(rule)
    desk.composite("ALARM(errors)", "one")
    desk.composite("ALARM(one)", "two")
    with pytest.raises(AwsError, match="cycle"):
        desk.composite("ALARM(two)", "one")
    with pytest.raises(AwsError, match="exists already"):
        desk.composite("TRUE", "errors")


def test_composites_over_composites_move_in_the_same_minute_and_say_what_moved_them() -> None:
    desk = Desk()
    desk.ask("PutMetricAlarm", **PLAIN)
    desk.composite("ALARM(errors)", "z-inner")
    desk.composite('ALARM("z-inner")', "a-outer")
    desk.minute(1)
    desk.minute(9)
    desk.minute()
    assert (desk.state("z-inner"), desk.state("a-outer")) == ("ALARM", "ALARM")
    assert desk.shown("a-outer")["StateReason"] == (
        f"{ARN}:z-inner transitioned to ALARM at Saturday 22 November, 2025 12:03:00 UTC"
    )
    body = desk.ask("DescribeAlarms", ChildrenOfAlarmName="z-inner")
    assert "<AlarmName>errors</AlarmName>" in body
    body = desk.ask("DescribeAlarms", ParentsOfAlarmName="z-inner", AlarmTypes=["CompositeAlarm"])
    assert "<AlarmName>a-outer</AlarmName>" in body
