"""Every alarm of the catalogue as it is deployed: it fires on its condition, stays quiet just below it, and ends."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from cutover.rehearsal.aws.cloudwatch.alarming.shapes import DescribeAlarms, PutCompositeAlarm, PutMetricAlarm
from cutover.rehearsal.aws.cloudwatch.alarms import AlarmBoard
from cutover.rehearsal.aws.cloudwatch.metric_math.bands import HISTORY_SECONDS
from cutover.rehearsal.aws.cloudwatch.store import Datum, MetricStore, series_of
from cutover.rehearsal.stack.monitoring import variables
from dashboards.alarms import ALARMS, VETO
from dashboards.deployed import (
    alarm_names,
    deployed_name,
    filled,
    put_composite_alarm_arguments,
    put_metric_alarm_arguments,
)
from dashboards.model import Alarm, Comparison, Each, Missing, Series
from tests.unit.cutover.rehearsal.aws.every_alarm import CONDITIONS, Minute, condition
from tests.unit.cutover.rehearsal.aws.factories import NOON

GIVEN = variables()
BY_NAME = {alarm.name: alarm for alarm in ALARMS}
WITH_MISSING = {alarm.name: alarm for alarm in ALARMS if alarm.comparison is not Comparison.UNDER_BAND}
LASTING = 3  # evaluation ranges: so long everything that was before is forgotten


class Sky:
    """A CloudWatch with the copies of one alarm, in virtual time."""

    def __init__(self, *alarms: Alarm) -> None:
        self.store = MetricStore(60.0)
        self.board = AlarmBoard(f"arn:aws:cloudwatch:us-east-1:{GIVEN['AccountId']}:alarm", self.store)
        self.now = NOON
        for alarm in alarms:
            for _, arguments in put_metric_alarm_arguments(alarm, GIVEN):
                self.board.put(msgspec.convert(arguments, PutMetricAlarm), self.now)

    def pass_minutes(self, alarm: Alarm, minute: Minute, count: int) -> list[str]:
        """So many minutes like this one for the first copy of the alarm; its state after each."""
        states = []
        for _ in range(count):
            for id_, values in minute.items():
                series = next(one for one in alarm.watched if isinstance(one, Series) and one.id == id_)
                datum = Datum(series_of_first(alarm, series), series.metric.unit, self.now, values, [1.0] * len(values))
                self.store.push(datum, self.now)
            self.now += 60
            self.board.advance(self.now)
            states.append(self.state(alarm_names(alarm, GIVEN)[0]))
        return states

    def state(self, name: str) -> str:
        request = DescribeAlarms(alarm_names=(name,), alarm_types=("MetricAlarm", "CompositeAlarm"))
        shown: Any = self.board.described(request, self.now)
        state: str = (shown["MetricAlarms"] + shown["CompositeAlarms"])[0]["StateValue"]
        return state

    def calm(self, alarm: Alarm) -> None:
        """Long enough for whatever it looks at, also for a band."""
        banded = alarm.comparison is Comparison.UNDER_BAND
        minutes = HISTORY_SECONDS // 60 if banded else LASTING * span_minutes(alarm)
        assert self.pass_minutes(alarm, condition(alarm).calm, minutes)[-1] == "OK"


def series_of_first(alarm: Alarm, series: Series) -> Any:
    dimensions = {name: filled(value, first_variables(alarm)) for name, value in series.dimensions.items()}
    return series_of(series.metric.namespace, series.metric.name, dimensions)


def first_variables(alarm: Alarm) -> Mapping[str, str]:
    """Those of the first copy."""
    return {**GIVEN, "FunctionName": "lego-api-health-rehearsal"} if alarm.each is Each.FUNCTION else GIVEN


def span_minutes(alarm: Alarm) -> int:
    """The periods that it evaluates and the two beyond."""
    return (alarm.periods + 2) * alarm.period_seconds // 60


every_alarm = pytest.mark.parametrize("alarm", BY_NAME.values(), ids=BY_NAME.keys())


def test_every_alarm_has_a_condition() -> None:
    assert CONDITIONS.keys() == BY_NAME.keys()


@every_alarm
def test_it_fires_on_its_condition_and_ends_with_it(alarm: Alarm) -> None:
    for minute in (condition(alarm).fires, *condition(alarm).also):
        sky = Sky(alarm)
        sky.calm(alarm)
        assert sky.pass_minutes(alarm, minute, span_minutes(alarm))[-1] == "ALARM", minute
        assert sky.pass_minutes(alarm, condition(alarm).calm, span_minutes(alarm))[-1] == "OK", minute


@every_alarm
def test_it_fires_when_its_periods_have_breached_and_not_before(alarm: Alarm) -> None:
    sky = Sky(alarm)
    sky.calm(alarm)
    wait = alarm.datapoints * alarm.period_seconds // 60 + 1  # the minute's publication
    states = sky.pass_minutes(alarm, condition(alarm).fires, wait)
    assert states[-1] == "ALARM"
    assert "ALARM" not in states[: (alarm.datapoints - 1) * alarm.period_seconds // 60]


@every_alarm
def test_it_is_quiet_just_below_its_threshold(alarm: Alarm) -> None:
    sky = Sky(alarm)
    sky.calm(alarm)
    assert set(sky.pass_minutes(alarm, condition(alarm).just_not, LASTING * span_minutes(alarm))) == {"OK"}


@every_alarm
def test_it_is_quiet_where_there_is_too_little_to_say(alarm: Alarm) -> None:
    for minute in condition(alarm).neither:
        sky = Sky(alarm)
        if alarm.comparison is Comparison.UNDER_BAND:
            sky.calm(alarm)
        assert set(sky.pass_minutes(alarm, minute, LASTING * span_minutes(alarm))) == {"OK"}, minute


@every_alarm
def test_without_any_data_it_says_what_it_may(alarm: Alarm) -> None:
    sky = Sky(alarm)
    known = alarm.missing is Missing.FINE
    assert set(sky.pass_minutes(alarm, {}, span_minutes(alarm))) == {"OK" if known else "INSUFFICIENT_DATA"}


@pytest.mark.parametrize("alarm", WITH_MISSING.values(), ids=WITH_MISSING.keys())
def test_when_the_data_end_in_an_alarm_it_does_as_its_missing_data_are_treated(alarm: Alarm) -> None:
    sky = Sky(alarm)
    sky.calm(alarm)
    sky.pass_minutes(alarm, condition(alarm).fires, span_minutes(alarm))
    expected = {Missing.FINE: "OK", Missing.UNKNOWN: "INSUFFICIENT_DATA", Missing.AS_BEFORE: "ALARM"}
    assert sky.pass_minutes(alarm, {}, span_minutes(alarm) + 2)[-1] == expected[alarm.missing]


@pytest.mark.parametrize("alarm", [alarm for alarm in ALARMS if alarm.each is Each.FUNCTION], ids=lambda one: one.name)
def test_only_the_function_that_it_concerns_raises_its_copy(alarm: Alarm) -> None:
    sky = Sky(alarm)
    sky.calm(alarm)
    sky.pass_minutes(alarm, condition(alarm).fires, span_minutes(alarm))
    states = [sky.state(name) for name in alarm_names(alarm, GIVEN)]
    assert states == ["ALARM", *["OK"] * (len(states) - 1)]
    assert len(states) > 5


@pytest.mark.parametrize("alarm", [*VETO.members], ids=lambda one: one.name)
def test_every_alarm_that_vetoes_raises_the_veto(alarm: Alarm) -> None:
    sky = Sky(*VETO.members)
    _, arguments = put_composite_alarm_arguments(VETO, GIVEN)
    sky.board.put(msgspec.convert(arguments, PutCompositeAlarm), sky.now)
    name = deployed_name(VETO, GIVEN["Stage"])
    sky.calm(alarm)
    assert sky.state(name) == "OK"
    sky.pass_minutes(alarm, condition(alarm).fires, span_minutes(alarm))
    assert sky.state(name) == "ALARM"
    sky.pass_minutes(alarm, condition(alarm).calm, span_minutes(alarm))
    assert sky.state(name) == "OK"
