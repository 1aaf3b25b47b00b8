"""Numbers and marks go out beside the work: nobody waits for them, and a loss is told once."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from cutover.background import MOST_WAITING, Background, BackgroundMarker, BackgroundMeter
from cutover.core.metering import Measured, Reading
from cutover.ports import Undelivered

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG = 60.0


def reading(value: float, minutes: float = 0) -> Reading:
    return Reading(Measured.LAMBDA_WEIGHT, value, AT + timedelta(minutes=minutes))


def test_what_is_put_is_sent_together_at_the_end_without_waiting_for_more() -> None:
    sent: list[Sequence[Reading]] = []
    meter = BackgroundMeter(lambda readings: sent.append(list(readings)), LONG)

    meter.put([reading(0)])
    meter.put([reading(0), reading(10)])
    began = time.monotonic()

    assert meter.finish(5.0) == []
    assert time.monotonic() - began < 5.0
    assert sent == [[reading(0), reading(10)]]


def test_putting_never_waits_for_the_sending() -> None:
    go_on = Event()

    def stuck(_: Sequence[Reading]) -> None:
        go_on.wait(LONG)

    meter = BackgroundMeter(stuck, 0.0)

    began = time.monotonic()
    for minute in range(50):
        meter.put([reading(minute, minute)])
    took = time.monotonic() - began
    problems = meter.finish(0.05)
    go_on.set()

    assert took < 0.5
    assert problems == ["not done within 0 s"]
    assert meter.finish(5.0) == []


def test_what_goes_wrong_is_told_once_and_stops_nothing() -> None:
    answers = [Undelivered("cloudwatch:PutMetricData: no"), Undelivered("cloudwatch:PutMetricData: no"), None]
    sent: list[int] = []

    def deliver(items: Sequence[int]) -> None:
        sent.extend(items)
        if answer := answers.pop(0):
            raise answer

    background = Background("test", deliver, 0.0)
    for number in range(3):
        background.put([number])
        while background._waiting or background._is_busy:
            time.sleep(0.001)

    assert background.finish(5.0) == ["cloudwatch:PutMetricData: no"]
    assert background.finish(0.0) == []
    assert sent == [0, 1, 2]


def _broken(items: Sequence[int]) -> None:
    items.index(7)


def test_a_bug_in_it_is_told_and_not_raised() -> None:
    background: Background[int] = Background("test", _broken, 0.0)

    background.put([1])

    assert background.finish(5.0) == ["this is a bug: ValueError"]


def test_the_oldest_are_left_out_where_nothing_can_be_sent() -> None:
    sent: list[int] = []
    background: Background[int] = Background("test", sent.extend, LONG)

    background.put(range(MOST_WAITING + 10))

    assert background.finish(5.0) == ["more came than could be sent: the oldest were left out"]
    assert sent == list(range(10, MOST_WAITING + 10))


def test_a_system_without_a_thread_to_spare_costs_the_numbers_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Sequence[Reading]] = []
    meter = BackgroundMeter(sent.append, 0.0)
    with monkeypatch.context() as system:
        system.setattr(Thread, "start", _no_thread)
        meter.put([reading(0)])
        assert meter.finish(5.0) == ["can't start new thread"]

    meter.put([reading(10)])

    assert meter.finish(5.0) == []
    assert sent == [[reading(10)]]


def _no_thread(_: Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_nothing_to_send_starts_no_thread() -> None:
    background: Background[int] = Background("test", lambda items: None, 0.0)

    background.put([])

    assert background._thread is None
    assert background.finish(0.0) == []


def test_many_marks_are_made_by_one_writing() -> None:
    made: list[int] = []
    marker = BackgroundMarker(lambda: made.append(1), LONG)

    for _ in range(20):
        marker.mark()

    assert marker.finish(5.0) == []
    assert made == [1]
