"""The alarms that the migration plan asks for, written down a second time: a slip in the catalogue is one here, too."""

import pytest

from dashboards.alarms import ALARMS
from dashboards.model import Comparison, Severity
from dashboards.places import DOCUMENT

OVER, UNDER, FROM = Comparison.OVER, Comparison.UNDER, Comparison.AT_LEAST
PLAN = {
    "lambda-errors": (Severity.CRITICAL, OVER, 5.0, "%", 300, 1, 1),
    "gateway-5xx": (Severity.CRITICAL, OVER, 3.0, "%", 300, 1, 1),
    "database-cpu": (Severity.CRITICAL, OVER, 80.0, "%", 300, 2, 2),
    "search-red": (Severity.CRITICAL, FROM, 1.0, "", 60, 1, 1),
    "cold-starts": (Severity.CRITICAL, OVER, 2000.0, "ms", 300, 3, 2),  # the plan names no time: two of three periods
    "lambda-throttles": (Severity.WARNING, OVER, 10.0, "invocations", 300, 1, 1),
    "gateway-latency": (Severity.WARNING, OVER, 1000.0, "ms", 300, 1, 1),
    "database-memory": (Severity.WARNING, UNDER, 1e9, "bytes", 300, 1, 1),
    "redis-evictions": (Severity.WARNING, OVER, 100.0, "keys a minute", 60, 1, 1),
}


def test_the_plans_alarms_are_those_that_say_so() -> None:
    assert {alarm.name for alarm in ALARMS if alarm.origin == DOCUMENT} == set(PLAN)


@pytest.mark.parametrize("name", PLAN)
def test_an_alarm_is_as_the_plan_has_it(name: str) -> None:
    (alarm,) = [one for one in ALARMS if one.name == name]
    limit = (alarm.severity, alarm.comparison, alarm.threshold, alarm.unit)
    assert (*limit, alarm.period_seconds, alarm.periods, alarm.datapoints) == PLAN[name]
