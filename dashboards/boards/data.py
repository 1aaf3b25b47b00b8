"""What keeps data: PostgreSQL and its proxy, Redis, OpenSearch, the parser's dead letters."""

from dashboards import alarms, critical, metrics, warning
from dashboards.boards import sides
from dashboards.boards.board import Board
from dashboards.model import Metric, Owner
from dashboards.places import ON_DATABASE, ON_DEAD_LETTERS, ON_PROXY, ON_SEARCH, both, of
from dashboards.widgets import (
    BOTH,
    FORBIDDEN,
    WARNED,
    Row,
    Widget,
    alarm_row,
    graph,
    hidden,
    limit,
    line,
    math,
    pages,
    redis_nodes,
    text,
)

_ALARMS = (
    *(alarm for alarm in alarms.ALARMS if alarm.owner is Owner.DATA),
    warning.CACHE_HIT_RATE,
    warning.PARSER_DEAD_LETTERS,
)
_GB = 1e-9


def _in_gb(id_: str, metric: Metric, statistic: str, label: str) -> list[Row]:
    series = of(f"{id_}bytes", metric, statistic, ON_DATABASE)
    return [hidden(series), math(id_, f"{series.id} / 1000000000", label)]


def _database() -> list[Widget]:
    cpu = [
        line(of("cpu", metrics.DATABASE_CPU, "Average", ON_DATABASE), "average"),
        line(of("cpumost", metrics.DATABASE_CPU, "Maximum", ON_DATABASE), "most"),
    ]
    left = [
        *_in_gb("memory", metrics.DATABASE_MEMORY, "Average", "memory"),
        *_in_gb("storage", metrics.DATABASE_STORAGE, "Minimum", "volume"),
    ]
    return [
        graph("PostgreSQL: CPU", cpu, unit="%", limits=[limit(critical.DATABASE_CPU)]),
        graph(
            "PostgreSQL: what is left",
            left,
            unit="GB",
            limits=[limit(warning.DATABASE_MEMORY, factor=_GB), limit(warning.DATABASE_STORAGE, factor=_GB)],
        ),
        graph(
            "PostgreSQL: connections",
            [line(of("connections", metrics.DATABASE_CONNECTIONS, "Maximum", ON_DATABASE), "everybody's")],
            unit="connections",
        ),
    ]


def _proxy() -> list[Widget]:
    """Each of a proxy's machines publishes its own: their sum is the proxy's, minute by minute."""
    connections = [
        line(of("clients", metrics.PROXY_CLIENTS, "Sum", ON_PROXY), "clients"),
        line(of("borrowed", metrics.PROXY_CONNECTIONS, "Sum", ON_PROXY), "to the database, at work"),
        hidden(of("open", metrics.PROXY_OPEN, "Sum", ON_PROXY)),
        math("idle", "open - borrowed", "to the database, idle"),
        line(of("pinned", metrics.PROXY_PINNED, "Sum", ON_PROXY), "pinned", color=FORBIDDEN),
    ]
    borrow = [
        line(of("borrow", metrics.PROXY_BORROW, "Average", ON_PROXY), "average"),
        line(of("borrowmost", metrics.PROXY_BORROW, "Maximum", ON_PROXY), "longest"),
    ]
    return [
        graph("RDS Proxy: connections", connections, unit="connections"),
        graph(
            "RDS Proxy: until it has a connection",
            borrow,
            unit="µs",
            limits=[limit(warning.PROXY_BORROW, at="average over")],
        ),
    ]


def _redis() -> list[Widget]:
    keys = [
        *sides.added("found", both("hits", metrics.CACHE_HITS), "found"),
        *sides.added("missed", both("misses", metrics.CACHE_MISSES), "missed"),
        math("share", "100 * found / (found + missed)", "hit rate, %", yAxis="right", color=BOTH),
    ]
    return [
        graph(
            "Redis: reads a minute, and its hit rate",
            keys,
            unit="reads",
            right="%",
            limits=[limit(warning.CACHE_HIT_RATE, right=True)],
        ),
        graph(
            "Redis: evictions a minute, each node",
            [redis_nodes("evictions", metrics.REDIS_EVICTIONS, "Sum")],
            unit="keys",
            limits=[limit(warning.REDIS_EVICTIONS)],
        ),
        graph(
            "Redis: memory, each node",
            [redis_nodes("memory", metrics.REDIS_MEMORY, "Maximum")],
            unit="%",
        ),
    ]


def _redis_load() -> list[Widget]:
    return [
        graph("Redis: CPU, each node", [redis_nodes("cpu", metrics.REDIS_CPU, "Maximum")], unit="% of one core"),
        graph(
            "Redis: connections, each node",
            [redis_nodes("connections", metrics.REDIS_CONNECTIONS, "Maximum")],
            unit="connections",
        ),
        graph(
            "Redis: reads without an answer",
            sides.apart(both("failed", metrics.CACHE_ERRORS)),
            unit="reads a minute",
        ),
    ]


def _search() -> list[Widget]:
    status = [
        line(of("red", metrics.SEARCH_RED, "Maximum", ON_SEARCH), "red", color=FORBIDDEN),
        line(of("yellow", metrics.SEARCH_YELLOW, "Maximum", ON_SEARCH), "yellow", color=WARNED),
    ]
    latency = [
        line(of(one.lower(), metrics.SEARCH_LATENCY, one, ON_SEARCH), label)
        for one, label in (
            ("Average", "average"),
            ("p50", "p50"),
            ("p95", "p95"),
            ("p99", "p99"),
            ("Maximum", "longest"),
        )
    ]
    rates = [
        line(of("searches", metrics.SEARCH_RATE, "Sum", ON_SEARCH), "searches of shards"),
        line(of("indexed", metrics.INDEXING_RATE, "Sum", ON_SEARCH), "documents indexed"),
    ]
    return [
        graph("OpenSearch: status", status, unit="1: it is", limits=[limit(critical.SEARCH_RED, at="from")]),
        graph("OpenSearch: latency of a search on a shard", latency, unit="ms"),
        graph("OpenSearch: a minute", rates, unit="searches, documents"),
    ]


def _search_load() -> list[Widget]:
    load = [
        line(of("cpu", metrics.SEARCH_CPU, "Maximum", ON_SEARCH), "CPU, the busiest node"),
        line(of("heap", metrics.SEARCH_HEAP, "Maximum", ON_SEARCH), "heap, the fullest node"),
    ]
    return [
        graph("OpenSearch: CPU and heap", load, unit="%"),
        graph(
            "OpenSearch: what is left",
            [line(of("left", metrics.SEARCH_STORAGE, "Minimum", ON_SEARCH), "of the fullest node's volume")],
            unit="MB",
        ),
        graph(
            "Events that the parser gave up",
            [line(of("letters", metrics.DEAD_LETTERS, "Maximum", ON_DEAD_LETTERS), "in the queue", color=FORBIDDEN)],
            unit="events",
            limits=[limit(warning.PARSER_DEAD_LETTERS, at="from")],
        ),
    ]


BOARD = Board(
    name="data",
    title="Data stores",
    says="PostgreSQL and its proxy, Redis, OpenSearch.",
    rows=[
        [alarm_row("Alarms of the data stores", _ALARMS, height=4)],
        _database(),
        _proxy(),
        _redis(),
        _redis_load(),
        _search(),
        _search_load(),
        [text(pages(_ALARMS))],
    ],
)
