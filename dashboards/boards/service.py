"""The service as its users see it, then what it is made of: where one looks first."""

from dashboards import alarms, critical, metrics, warning
from dashboards.boards import sides
from dashboards.boards.board import Board
from dashboards.boards.gates import PASS_ERRORS_PERCENT, PASS_P95_MS
from dashboards.model import Expression, Owner, Series
from dashboards.places import ON_API, ON_BALANCER, ON_ECS, ON_LAMBDA, ON_TARGETS, ON_TASKS, both, of
from dashboards.widgets import (
    BOTH,
    ECS,
    FORBIDDEN,
    LAMBDA,
    Limit,
    Row,
    Widget,
    alarm_row,
    graph,
    hidden,
    limit,
    line,
    log_lines,
    math,
    pages,
    text,
)

_OURS = tuple(alarm for alarm in alarms.ALARMS if alarm.owner is Owner.API)
_PERCENTILES = ("p50", "p95", "p99")


def _objectives() -> list[Widget]:
    least = 100 - PASS_ERRORS_PERCENT
    answered = graph(
        "Answered without an error of ours, both sides",
        sides.availability(),
        unit="%",
        limits=[Limit(label=f"objective: {least:g}%", value=least, fill="below")],
        minimum=90,
    )
    slow = Limit(label=f"objective: p95 under {PASS_P95_MS:g} ms", value=PASS_P95_MS, fill="above")
    return [
        answered,
        graph("Latency, p95 of each side", sides.latencies("p95"), unit="ms", limits=[slow]),
        graph("Requests a minute", sides.requests(), unit="requests"),
    ]


def _errors() -> list[Widget]:
    usual = [_as_watched(one) for one in warning.TRAFFIC_GONE.watched]
    return [
        graph(
            "5xx, share of answers",
            sides.error_rates(),
            unit="%",
            limits=[limit(critical.GATEWAY_5XX), limit(critical.ECS_5XX)],
        ),
        graph("4xx, share of answers", sides.refusal_rates(), unit="%"),
        graph(
            "Requests of both sides in 5 minutes, and what is usual",
            usual,
            unit="requests",
            period_seconds=warning.TRAFFIC_GONE.period_seconds,
        ),
    ]


def _latency() -> list[Widget]:
    gateway = [line(of(one, metrics.GATEWAY_LATENCY, one, ON_API), one) for one in _PERCENTILES]
    balancer = [line(of(one, metrics.ALB_LATENCY, one, ON_BALANCER), one) for one in _PERCENTILES]
    return [
        graph("API Gateway: latency", gateway, unit="ms", limits=[limit(warning.GATEWAY_LATENCY, at="p99 over")]),
        graph("ECS: latency", balancer, unit="s", limits=[limit(warning.ECS_LATENCY, at="p99 over")]),
    ]


def _tasks() -> list[Widget]:
    standing = [
        line(of("healthy", metrics.HEALTHY_TASKS, "Minimum", ON_TARGETS), "take requests", color=BOTH),
        line(of("unhealthy", metrics.UNHEALTHY_TASKS, "Maximum", ON_TARGETS), "fail their check", color=FORBIDDEN),
    ]
    load = [
        line(of("cpu", metrics.TASKS_CPU, "Average", ON_TASKS), "CPU, all tasks"),
        line(of("cpumost", metrics.TASKS_CPU, "Maximum", ON_TASKS), "CPU, the busiest"),
        line(of("memory", metrics.TASKS_MEMORY, "Maximum", ON_TASKS), "memory, the fullest"),
    ]
    waits = [
        line(of(f"{one}{key}", metrics.POOL_WAIT, one, where), f"{name} {one}", color=colour)
        for key, name, where, colour in (("e", "ECS", ON_ECS, ECS), ("l", "Lambda", ON_LAMBDA, LAMBDA))
        for one in _PERCENTILES
    ]
    return [
        graph("ECS: tasks", standing, unit="tasks", limits=[limit(critical.ECS_UNHEALTHY, at="fail: from")]),
        graph("ECS: CPU and memory", load, unit="%"),
        graph(
            "Waiting for a database connection",
            waits,
            unit="ms",
            limits=[limit(warning.POOL_WAIT, at="p99 on ECS over")],
        ),
    ]


def _starts() -> list[Widget]:
    made = [line(of("made", metrics.COLD_STARTS, "Sum", ON_LAMBDA), "environments of Lambda", color=LAMBDA)]
    ready = [line(of(f"{one}l", metrics.INIT_DURATION, one, ON_LAMBDA), f"Lambda {one}") for one in _PERCENTILES]
    refused = warning.LAMBDA_THROTTLES
    return [
        graph("Cold starts a minute", made, unit="starts"),
        graph(
            "From a start until it is ready",
            ready,
            unit="ms",
            limits=[limit(critical.COLD_STARTS, at="p99 over")],
        ),
        graph(
            "Invocations refused in 5 minutes",
            [_as_watched(one) for one in refused.watched],
            unit="invocations",
            limits=[limit(refused)],
            period_seconds=refused.period_seconds,
        ),
    ]


def _dependencies() -> list[Widget]:
    searches = [
        *sides.added("engine", both("opensearch", metrics.SEARCHES_BY_ENGINE), "by OpenSearch"),
        *sides.added("database", both("postgresql", metrics.SEARCHES_BY_DATABASE), "by PostgreSQL"),
        math("fallen", "100 * database / (engine + database)", "fallen back, %", yAxis="right", color=FORBIDDEN),
    ]
    cache = [
        *(hidden(one) for one in _cache()),
        math("hits", "FILL(foundl, 0) + FILL(founde, 0)", "found", visible=False),
        math("misses", "FILL(missedl, 0) + FILL(missede, 0)", "missed", visible=False),
        math("errors", "FILL(failedl, 0) + FILL(failede, 0)", "failed", visible=False),
        math("answered", "100 * hits / (hits + misses)", "answered by Redis, %"),
        math("lost", "100 * errors / (hits + misses + errors)", "without an answer, %", color=FORBIDDEN),
    ]
    circuits = [
        line(
            of(f"{dependency}{key}", metrics.CIRCUIT_OPEN, "Maximum", {**where, "Dependency": dependency}),
            f"{dependency}, {name}",
        )
        for dependency in ("opensearch", "redis")
        for key, name, where in (("e", "ECS", ON_ECS), ("l", "Lambda", ON_LAMBDA))
    ]
    return [
        graph(
            "Searches a minute",
            searches,
            unit="searches",
            right="%",
            limits=[limit(warning.SEARCH_FALLBACK, right=True)],
        ),
        graph(
            "Cache",
            cache,
            unit="%",
            limits=[limit(warning.CACHE_HIT_RATE), limit(warning.CACHE_FAILING)],
        ),
        graph("Circuits: 1 while calls are left out", circuits, unit="open"),
    ]


def _cache() -> list[Series]:
    counted = (("found", metrics.CACHE_HITS), ("missed", metrics.CACHE_MISSES), ("failed", metrics.CACHE_ERRORS))
    return [series for id_, metric in counted for series in both(id_, metric)]


def _as_watched(one: Series | Expression) -> Row:
    """As an alarm has it; of series, nothing is drawn."""
    if isinstance(one, Series):
        return hidden(one)
    return math(one.id, one.text, one.label)


BOARD = Board(
    name="service",
    title="The API",
    says="What users get on top, what it is made of below.",
    rows=[
        [alarm_row("Alarms of the API, and what vetoes a raise", [alarms.VETO, *_OURS], height=5)],
        _objectives(),
        _errors(),
        _latency(),
        _tasks(),
        _starts(),
        _dependencies(),
        [log_lines("The newest errors, both sides")],
        [text(pages([alarms.VETO, *_OURS]))],
    ],
)
