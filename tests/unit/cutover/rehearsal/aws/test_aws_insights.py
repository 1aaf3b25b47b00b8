"""Logs Insights: what each command does, what is refused and where, and the ready queries of the runbooks."""

import json
from pathlib import Path

import pytest

from cutover.rehearsal.aws.cloudwatch_logs.events import Event
from cutover.rehearsal.aws.cloudwatch_logs.insights.query import Query
from cutover.rehearsal.aws.cloudwatch_logs.insights.tokens import MalformedQuery

ACCOUNT = "123456789012"
START_MS = 1_700_000_000_000  # 2023-11-14T22:13:20Z
OWNERS = (
    'fields @timestamp, message, userId, error | filter level = "error" and userId = "u-1"'
    " | sort @timestamp desc | limit 100"
)
REPORT = (
    "REPORT RequestId: r-1\tDuration: 1.50 ms\tBilled Duration: 703 ms\tMemory Size: 512 MB\tMax Memory Used: 80 MB\t"
    "Init Duration: 701.25 ms\t"
)


def event(number: int, message: str, minute: int = 0, group: str = "/ecs/api", stream: str = "task") -> Event:
    return Event(number, group, stream, START_MS + minute * 60_000, message)


def line(number: int, **fields: object) -> Event:
    return event(number, json.dumps({"level": "info", "message": "request"} | fields), minute=number)


EVENTS = [
    line(0, status=200, durationMs=10.0, userId="u-1", route="/api/mocs"),
    line(1, status=503, durationMs=30.0, userId="u-1", level="error", error="pool is empty", route="/api/mocs"),
    line(2, status=200, durationMs=20.0, coldStart=True, route="/health"),
    line(3, status=404, durationMs=5.0, userId="u-2", route="/api/mocs", parts=[{"row": 7}]),
    line(4, status=500, durationMs=40.5, userId="u-1", level="error", error="disk is full", route="/health"),
    event(5, "not JSON at all", minute=5),
    event(6, REPORT, minute=6, group="/aws/lambda/mocs", stream="2026/01/01/[$LATEST]a"),
]


def rows(query: str) -> list[dict[str, str]]:
    """The result without the pointers."""
    found, _ = Query(query).run(EVENTS, ACCOUNT)
    return [{name: value for name, value in row.items() if name != "@ptr"} for row in found]


def column(query: str) -> list[str]:
    """The values of the one column."""
    return [value for row in rows(query) for value in row.values()]


def test_the_owners_query_finds_a_users_errors_newest_first() -> None:
    assert rows(OWNERS) == [
        {"@timestamp": "2023-11-14 22:17:20.000", "message": "request", "userId": "u-1", "error": "disk is full"},
        {"@timestamp": "2023-11-14 22:14:20.000", "message": "request", "userId": "u-1", "error": "pool is empty"},
    ]


@pytest.mark.parametrize(
    ("condition", "statuses"),
    [
        ("status = 200", ["200", "200"]),
        ("status != 200", ["500", "404", "503"]),
        ("status > 404 and status <= 503", ["500", "503"]),
        ("status >= 500 or status < 300", ["500", "200", "503", "200"]),
        ("not (status < 500)", ["500", "503"]),
        ('status in [404, "503"]', ["404", "503"]),
        ("status not in [200, 500]", ["404", "503"]),
        ("error like 'is'", ["500", "503"]),
        ("error like /^p.*y$/", ["503"]),
        ("error not like /pool/", ["500"]),
        ("error =~ /full/", ["500"]),
        ("ispresent(userId) and not ispresent(error)", ["404", "200"]),
        ("coldStart = 1", ["200"]),
        ("parts.0.row = 7", ["404"]),
        ("status / 100 = 5", ["500"]),
        ("status % 100 > 3 and durationMs * 2 - 1 < 10", ["404"]),
        ("userId > 'u-1'", ["404"]),
        ("@log = '123456789012:/ecs/api' and @logStream = 'task' and status = 404", ["404"]),
        ("nothing = 1 or nothing != 1 or nothing like /./ or nothing in [1]", []),
        ("isempty(error) and isblank(error) and strcontains(route, 'health')", ["200"]),
        ("coalesce(nothing, status) = 404 and strlen(toupper(concat(level, '!'))) = 5", ["404"]),
        ("greatest(status, 450) = 450 and least(status, 450) = 404 and floor(durationMs + 0.5) = 5", ["404"]),
        ("ispresent(status) and status / 0 > 1", []),
    ],
)
def test_a_filter_keeps_what_fits(condition: str, statuses: list[str]) -> None:
    assert column(f"display status | filter {condition}") == statuses


def test_without_fields_the_time_and_the_line_are_shown_and_unsorted_events_come_newest_first() -> None:
    found = rows("filter @message like 'JSON' or @type = 'REPORT' # a comment | limit 1\n| limit 2")
    assert [row["@message"] for row in found] == [REPORT, "not JSON at all"]
    assert {name for row in found for name in row} == {"@timestamp", "@message"}


def test_lambdas_report_has_fields_of_its_own() -> None:
    query = "filter @type = 'REPORT' | display @requestId, @duration, @billedDuration, @initDuration, @maxMemoryUsed"
    assert column(query) == ["r-1", "1.5", "703", "701.25", "80000000"]


def test_stats_groups_by_fields_and_by_periods() -> None:
    query = """
        filter message = "request"
        | stats count(*) as requests, sum(status >= 500) / count(*) * 100 as failed, avg(durationMs), max(durationMs),
                pct(durationMs, 50) as middle by route, bin(5m) as t
        | sort route desc, t
    """
    assert rows(query) == [
        {
            "route": "/health", "t": "2023-11-14 22:15:00.000", "requests": "2", "failed": "50",
            "avg(durationMs)": "30.25", "max(durationMs)": "40.5", "middle": "30.25",
        },
        {
            "route": "/api/mocs", "t": "2023-11-14 22:10:00.000", "requests": "2", "failed": "50",
            "avg(durationMs)": "20", "max(durationMs)": "30", "middle": "20",
        },
        {
            "route": "/api/mocs", "t": "2023-11-14 22:15:00.000", "requests": "1", "failed": "0",
            "avg(durationMs)": "5", "max(durationMs)": "5", "middle": "5",
        },
    ]  # fmt: skip


def test_stats_counts_what_is_there_and_what_differs_and_tells_first_and_last() -> None:
    query = "stats count() as all, count(error), count_distinct(userId), min(status), earliest(status), latest(status)"
    assert rows(query) == [
        {
            "all": "7", "count(error)": "2", "count_distinct(userId)": "2", "min(status)": "200",
            "earliest(status)": "200", "latest(status)": "500",
        }
    ]  # fmt: skip
    assert rows("filter status = 1 | stats count(*), sum(status), avg(status), max(status), latest(status)") == [
        {"count(*)": "0", "sum(status)": "0"}
    ]


def test_a_second_stats_works_on_the_first_ones_rows() -> None:
    query = "stats count(*) as n by userId | filter ispresent(userId) | stats max(n) as most, count(*) as users"
    assert rows(query) == [{"most": "3", "users": "2"}]


def test_parse_cuts_fields_out_by_glob_and_by_regular_expression() -> None:
    assert column("parse error '* is *' as what, how | filter ispresent(what) | display how") == ["full", "empty"]
    assert column(r"parse @message /status\": (?<code>\d+)/ | filter code > 500 | display code") == ["503"]
    assert column("parse 'not * at *' as a, b | filter ispresent(a) | display b") == ["all"]


def test_dedup_keeps_the_newest_of_each_and_whatever_lacks_the_field() -> None:
    assert column("filter ispresent(status) | dedup route | display status") == ["500", "404"]
    assert len(rows("dedup userId")) == 5


def test_fields_add_up_and_display_replaces() -> None:
    assert rows("fields status | fields durationMs as ms | filter ms > 40") == [{"status": "500", "ms": "40.5"}]
    assert rows("fields status | display `level` | sort status desc | limit 1") == [{"level": "error"}]


def test_sorting_puts_what_is_missing_first_then_text_then_numbers() -> None:
    assert column("display coalesce(parts.0.row, error) as x | sort x asc | filter ispresent(x)") == [
        "disk is full",
        "pool is empty",
        "7",
    ]


def test_a_result_has_at_most_as_many_rows_as_asked_for() -> None:
    found, matched = Query("fields status").run(EVENTS, ACCOUNT, most=2)
    assert (len(found), matched) == (2, 7)
    assert found[0]["@ptr"] == "6"


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("", 0),
        ("unmask x", 0),
        ("fields a |", 10),
        ("fields a, ", 10),
        ("fields a b", 9),
        ("fields nosuch(a)", 7),
        ("fields strlen(a, b)", 7),
        ("fields count(*)", 7),
        ('fields "open', 7),
        ("filter a == 1", 10),
        ("filter (a = 1", 13),
        ("filter a not 1", 13),
        ("filter a like b", 14),
        ("filter a like /(/", 14),
        ("filter a like /x", 14),
        ("filter a in 1", 12),
        ("filter a = /x/", 11),
        ("filter and", 7),
        ("limit 0", 6),
        ("limit many", 6),
        ("stats status", 12),
        ("stats sum(avg(a))", 10),
        ("stats pct(a, 101)", 13),
        ("stats pct(a, b)", 13),
        ("stats count(*) by bin(5)", 22),
        ("stats count(*) by bin(1mo)", 22),
        ("parse a b as c", 8),
        ("parse a 'x *' as b, c", 8),
        ("parse a /x/", 11),
        ("fields a ~ b", 9),
    ],
)
def test_what_is_not_understood_is_refused_at_its_place(query: str, at: int) -> None:
    with pytest.raises(MalformedQuery) as refused:
        Query(query)
    assert refused.value.begin == at


READY = sorted((Path(__file__).parents[5] / "runbooks/queries").glob("*.txt"))


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_each_ready_query_of_the_runbooks_is_understood_and_runs(path: Path) -> None:
    Query(path.read_text()).run(EVENTS, ACCOUNT)
