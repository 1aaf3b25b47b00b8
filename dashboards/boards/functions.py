"""Each function of Lambda by itself: invocations, durations, concurrency, cold starts, errors."""

from collections.abc import Callable, Sequence

from dashboards import critical, metrics, warning
from dashboards.boards.board import Board
from dashboards.model import Metric
from dashboards.places import ON_LAMBDA, of, on_named_function
from dashboards.widgets import (
    BOTH,
    FORBIDDEN,
    Limit,
    Row,
    Widget,
    alarm_row,
    graph,
    hidden,
    limit,
    line,
    math,
    pages,
    text,
)
from infra.functions import FUNCTIONS, Function

_ALARMS = (critical.LAMBDA_ERRORS, warning.LAMBDA_THROTTLES, critical.COLD_STARTS, warning.PARSER_DEAD_LETTERS)
_STATISTICS = {"Average": "average", "p50": "p50", "p95": "p95", "p99": "p99", "Maximum": "longest"}


def _all_of(metric: Metric, statistic: str) -> list[Row]:
    """A line for each function."""
    return [
        line(of(_id("f", function), metric, statistic, on_named_function(function.name)), function.name)
        for function in FUNCTIONS
    ]


def _error_rates() -> list[Row]:
    rows = []
    for function in FUNCTIONS:
        where, (errors, calls) = on_named_function(function.name), (_id("e", function), _id("c", function))
        rows += [
            hidden(of(errors, metrics.FUNCTION_ERRORS, "Sum", where)),
            hidden(of(calls, metrics.INVOCATIONS, "Sum", where)),
            math(_id("r", function), f"100 * FILL({errors}, 0) / {calls}", function.name),
        ]
    return rows


def _id(letter: str, function: Function) -> str:
    return letter + function.name.replace("-", "")


def _invocations(function: Function) -> Widget:
    where = on_named_function(function.name)
    rows = [
        line(of("calls", metrics.INVOCATIONS, "Sum", where), "all"),
        math("good", "calls - FILL(errors, 0)", "good", color=BOTH),
        line(of("errors", metrics.FUNCTION_ERRORS, "Sum", where), "errors", color=FORBIDDEN),
        line(of("throttles", metrics.THROTTLES, "Sum", where), "refused"),
    ]
    return graph(f"{function.name}: invocations a minute", rows, unit="invocations")


def _durations(function: Function) -> Widget:
    where, most = on_named_function(function.name), function.timeout_seconds * 1000
    rows = [
        line(of(f"d{statistic.lower()}", metrics.FUNCTION_DURATION, statistic, where), label)
        for statistic, label in _STATISTICS.items()
    ]
    given_up = Limit(label=f"timeout: {function.timeout_seconds} s", value=most, fill="above")
    return graph(f"{function.name}: durations", rows, unit="ms", limits=[given_up])


def _environments(function: Function) -> Widget:
    own = {**ON_LAMBDA, "Function": function.name}
    rows = [
        line(of("busy", metrics.CONCURRENCY, "Maximum", on_named_function(function.name)), "at work"),
        line(of("cold", metrics.COLD_STARTS, "Sum", own), "cold starts"),
        line(of("init", metrics.INIT_DURATION, "p99", own), "start, p99, ms", yAxis="right"),
    ]
    limits = [limit(critical.COLD_STARTS, at="p99 of all functions over", right=True)]
    if function.reserved is not None:
        limits.append(Limit(label=f"reserved: {function.reserved}", value=function.reserved, fill="above"))
    return graph(f"{function.name}: environments", rows, unit="environments", right="ms", limits=limits)


def _failures(function: Function) -> Widget:
    where = on_named_function(function.name)
    rows = [
        hidden(of("errors", metrics.FUNCTION_ERRORS, "Sum", where)),
        hidden(of("calls", metrics.INVOCATIONS, "Sum", where)),
        math("rate", "100 * FILL(errors, 0) / calls", "errors", color=FORBIDDEN),
    ]
    return graph(f"{function.name}: error rate", rows, unit="%", limits=[limit(critical.LAMBDA_ERRORS)])


_OF_EACH: Sequence[Callable[[Function], Widget]] = (_invocations, _durations, _environments, _failures)

BOARD = Board(
    name="functions",
    title="Functions of Lambda",
    says="All together, then each in a row of its own.",
    rows=[
        [alarm_row("Alarms of the functions", _ALARMS, height=4)],
        [
            graph("Error rate", _error_rates(), unit="%", limits=[limit(critical.LAMBDA_ERRORS)]),
            graph("Duration, p95", _all_of(metrics.FUNCTION_DURATION, "p95"), unit="ms"),
            graph("Environments at work", _all_of(metrics.CONCURRENCY, "Maximum"), unit="environments"),
        ],
        *([widget(function) for widget in _OF_EACH] for function in FUNCTIONS),
        [text(pages(_ALARMS))],
    ],
)
