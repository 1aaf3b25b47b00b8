"""Which readings are sent: each news once, and no minute left out between two looks."""

from datetime import UTC, datetime, timedelta

from cutover.core.metering import COUNTED, UNITS, Measured, Reading, due
from dashboards.metrics import CUTOVER_METRICS

AT = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)


def reading(value: float, seconds: float = 0, name: Measured = Measured.BLIND) -> Reading:
    return Reading(name, value, AT + timedelta(seconds=seconds))


def test_the_metrics_are_those_of_the_catalogue_with_their_units() -> None:
    assert {name.value: UNITS[name] for name in Measured} == {metric.name: metric.unit for metric in CUTOVER_METRICS}


def test_the_first_reading_is_sent() -> None:
    assert due(None, reading(1)) == (reading(1),)


def test_the_same_once_more_in_one_minute_is_not_sent_again() -> None:
    assert due(reading(1), reading(1, 20)) == ()
    assert due(reading(1), reading(0, 20)) == (reading(0, 20),)


def test_every_minute_is_told_even_if_nothing_changes() -> None:
    assert due(reading(1), reading(1, 40)) == (reading(1, 40),)


def test_a_minute_between_two_looks_has_the_value_of_the_first() -> None:
    held, now = due(reading(1), reading(0, 121))

    assert (held.value, held.at.minute) == (1, 1)
    assert now == reading(0, 121)


def test_nothing_is_made_up_for_a_long_silence() -> None:
    assert due(reading(1), reading(1, 360)) == (reading(1, 360),)


def test_nothing_is_made_up_when_the_clock_goes_back() -> None:
    assert due(reading(1), reading(1, -600)) == (reading(1, -600),)


def test_each_rollback_counts() -> None:
    for name in COUNTED:
        first = reading(1, name=name)
        assert due(first, first) == (first,)
