"""Alarms go on by themselves, and telling holds up nobody."""

import asyncio
import threading
import time
from collections.abc import Callable

import msgspec

from cutover.clock import CompressedClock
from cutover.rehearsal.aws.cloudwatch.alarming.notices import Notice
from cutover.rehearsal.aws.cloudwatch.alarming.shapes import DescribeAlarmHistory, PutMetricAlarm
from cutover.rehearsal.aws.cloudwatch.alarms import AlarmBoard
from cutover.rehearsal.aws.cloudwatch.store import MetricStore
from cutover.rehearsal.aws.watching import Watch
from tests.unit.cutover.rehearsal.aws.alarm_desk import ARN, PLAIN

CLOCK = CompressedClock(1200, time.time())  # a minute is 50 ms


def board() -> AlarmBoard:
    made = AlarmBoard(ARN, MetricStore(60.0))
    asked = PLAIN | {"TreatMissingData": "breaching", "AlarmActions": ["t1", "t2"]}
    made.put(msgspec.convert(asked, PutMetricAlarm), CLOCK.timestamp())
    return made


def actions(made: AlarmBoard) -> list[str]:
    items: object = made.history(DescribeAlarmHistory(history_item_type="Action"), CLOCK.timestamp())[
        "AlarmHistoryItems"
    ]
    assert isinstance(items, list)
    return [item["HistorySummary"] for item in items]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)


async def test_alarms_are_evaluated_and_topics_told_while_nobody_asks() -> None:
    told: list[str] = []
    made = board()
    watch = Watch(made, CLOCK, lambda notice: told.append(notice.topic))
    watch.start()
    await until(lambda: told == ["t1", "t2"])
    await until(lambda: len(actions(made)) == 2)
    await watch.stop()
    assert actions(made) == ["Successfully executed action t2", "Successfully executed action t1"]


async def test_a_topic_that_hangs_or_fails_holds_up_no_evaluation() -> None:
    gate = threading.Event()

    def hang(_notice: Notice) -> None:
        gate.wait(10)
        raise OSError("no route")

    made = board()
    watch = Watch(made, CLOCK, hang)
    watch.start()
    await until(lambda: made._minute is not None and bool(made._history._events))
    before = made._minute
    await until(lambda: made._minute is not None and before is not None and made._minute > before + 1)
    assert actions(made) == []
    gate.set()
    await until(lambda: len(actions(made)) == 2)
    await watch.stop()
    assert set(actions(made)) == {
        f"Failed to execute action {topic}. Received error: no route" for topic in ("t1", "t2")
    }
