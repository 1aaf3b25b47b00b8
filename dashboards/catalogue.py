"""The one entry: every metric, alarm and board, and what has to hold between them.

`problems` says what does not; a test wants it to say nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from dashboards.alarms import ALARMS, COMPOSITES, MONEY
from dashboards.boards import business, cutover, data, functions, service
from dashboards.boards.board import Board
from dashboards.deployed import description
from dashboards.measured import shown
from dashboards.metrics import METRICS
from dashboards.model import Alarm, Composite, Metric, MoneyAlarm, Series

__all__ = ["ALARMS", "BOARDS", "COMPOSITES", "METRICS", "MONEY", "TOLD", "problems"]

BOARDS: Sequence[Board] = (service.BOARD, functions.BOARD, data.BOARD, business.BOARD, cutover.BOARD)
TOLD: Sequence[Alarm | Composite | MoneyAlarm] = (*ALARMS, *COMPOSITES, *MONEY)  # each has a runbook

# CloudWatch's: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
MOST_METRICS_OF_AN_ALARM = 10
MOST_SECONDS_LOOKED_AT = 86_400
MOST_WIDGETS = 500
MOST_METRICS_OF_A_WIDGET, MOST_METRICS_OF_A_BOARD = 500, 2500
LONGEST_DESCRIPTION = 1024  # of PutMetricAlarm, in characters


def problems() -> Iterator[str]:
    """Each as a sentence."""
    yield from _twice([alarm.name for alarm in TOLD])
    yield from _twice([board.name for board in BOARDS])
    yield from _twice([f"{metric.namespace} {metric.name} {metric.dimensions}" for metric in METRICS])
    for alarm in ALARMS:
        yield from _of_alarm(alarm)
    for board in BOARDS:
        yield from _of_board(board)
    yield from _unseen()


def _twice(names: Sequence[str]) -> Iterator[str]:
    yield from (f"{name} is there {times} times" for name, times in Counter(names).items() if times > 1)


def _of_alarm(alarm: Alarm) -> Iterator[str]:
    watched = [one for one in alarm.watched if isinstance(one, Series)]
    if len(watched) > MOST_METRICS_OF_AN_ALARM:
        yield f"{alarm.name} looks at {len(watched)} metrics, and an alarm may at {MOST_METRICS_OF_AN_ALARM}"
    if not 1 <= alarm.datapoints <= alarm.periods:
        yield f"{alarm.name} fires at {alarm.datapoints} of {alarm.periods} periods"
    if alarm.periods * alarm.period_seconds > MOST_SECONDS_LOOKED_AT:
        yield f"{alarm.name} looks back longer than a day"
    if len(description(alarm, pages="x" * 200)) > LONGEST_DESCRIPTION:
        yield f"{alarm.name} says more than CloudWatch takes"
    yield from (f"{alarm.name}: {id_}" for id_ in _twice([one.id for one in alarm.watched]))
    yield from (f"{alarm.name}: {one.metric.name} is in no catalogue" for one in watched if one.metric not in METRICS)


def _of_board(board: Board) -> Iterator[str]:
    widgets = board.body()["widgets"]
    of_each = [len(one["properties"].get("metrics", ())) for one in widgets]
    if len(widgets) > MOST_WIDGETS or sum(of_each) > MOST_METRICS_OF_A_BOARD:
        yield f"{board.name} has {len(widgets)} widgets and {sum(of_each)} metrics"
    if max(of_each) > MOST_METRICS_OF_A_WIDGET:
        yield f"{board.name} has a widget of {max(of_each)} metrics"


def _unseen() -> Iterator[str]:
    """Metrics that no board shows, and alarms that stand in no row."""
    seen = {key for board in BOARDS for key in shown(board.body())}
    yield from (f"{metric.name} is on no board" for metric in METRICS if not _is_in(metric, seen))
    yield from (f"{key} is on a board and in no catalogue" for key in sorted(seen) if not _known(key))
    rows = {arn for board in BOARDS for one in board.body()["widgets"] for arn in one["properties"].get("alarms", ())}
    alarms: Sequence[Alarm | Composite] = (*ALARMS, *COMPOSITES)
    for alarm in alarms:
        if not any(f":alarm:lego-api-{alarm.name}-" in arn for arn in rows):
            yield f"{alarm.name} stands in no board's row of alarms"


def _is_in(metric: Metric, seen: set[tuple[str, str, tuple[str, ...]]]) -> bool:
    return any((metric.namespace, metric.name, tuple(sorted(names))) in seen for names in metric.dimensions)


def _known(key: tuple[str, str, tuple[str, ...]]) -> bool:
    return any(
        key == (metric.namespace, metric.name, tuple(sorted(names)))
        for metric in METRICS
        for names in metric.dimensions
    )
