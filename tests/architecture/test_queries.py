"""The ready queries for Logs Insights: each says what it answers, can be read, and asks for what the service writes."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import service
from cutover.rehearsal.aws.cloudwatch_logs.events import Event
from cutover.rehearsal.aws.cloudwatch_logs.insights.query import Query
from dashboards.widgets import WRONG
from infra.constructs.http_api import ACCESS_LOG
from service.telemetry.pseudonym import pseudonym

FOLDER = Path(__file__).parents[2] / "runbooks" / "queries"
QUERIES = sorted(FOLDER.glob("*.txt"))
SERVICE = Path(service.__file__).parent
ALWAYS = {"level", "message", "logger", "service", "stage", "platform", "function", "requestId", "traceId", "userId"}
# What Lambda writes itself for functions with the JSON log format, and its runtime of a handler that raised.
LAMBDAS = {"type", "record", "errorType", "errorMessage", "requestId"}
OF_RECORDS = {"status", "errorType", "requestId"}
WORDS = {
    *("fields", "filter", "stats", "sort", "limit", "desc", "asc", "by", "as", "and", "or", "in", "like", "not"),
    *("count", "avg", "max", "pct", "bin", "latest"),
}


def told() -> tuple[set[str], set[str]]:
    """The events that the service writes, and the fields of all their lines."""
    events, fields = set(), {*ALWAYS, "error", "stack"}
    for path in SERVICE.rglob("*.py"):
        for call in calls_of_log(path):
            events |= {str(one.value) for one in call.args[:1] if isinstance(one, ast.Constant)}
            fields |= {keyword.arg for keyword in call.keywords if keyword.arg}
    return events, fields


def calls_of_log(path: Path) -> Iterator[ast.Call]:
    """`log.warning(…)` and its like."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "log":
                yield node


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_says_first_what_it_answers_and_asks_for_what_is_there(path: Path) -> None:
    first, _, query = path.read_text(encoding="utf-8").partition("\n")
    assert re.fullmatch(r"# [A-Z].{20,}\.", first)
    Query(query)
    events, fields = told()
    for text in re.findall(r'message (?:=|in) (\[[^\]]*\]|"[^"]*")', query):
        assert set(re.findall(r'"([^"]+)"', text)) <= events
    bare = re.sub(r'"[^"]*"|/[^/]*/', "", query)
    titles = set(re.findall(r"\bas (\w+)", bare))
    assert set(re.findall(r"\brecord\.(\w+)", bare)) <= OF_RECORDS
    names = set(re.findall(r"(?<![\w@.])[A-Za-z]\w*", re.sub(r"\b\d\w*", "", bare)))
    known = set(ACCESS_LOG) if path.stem.startswith("gateway") else fields | LAMBDAS
    assert names - WORDS - titles <= known


def test_the_owners_query_finds_what_went_wrong_for_one_user() -> None:
    line = {"level": "error", "message": "crashed", "userId": pseudonym("alice"), "error": "ValueError: no"}
    others = [{**line, "userId": pseudonym("bob")}, {**line, "level": "info"}, {"level": "error", "message": "x"}]
    events = [
        Event(number, "/ecs/lego-api-service-production", "s", 1_800_000_000_000 + number, json.dumps(one))
        for number, one in enumerate([line, *others])
    ]
    text = (FOLDER / "user-errors.txt").read_text(encoding="utf-8").partition("\n")[2]
    outcome, matched = Query(text).run(events, "123456789012")
    assert matched == 1
    assert "ValueError: no" in str(outcome)


def test_no_line_of_a_query_asks_for_a_person() -> None:
    assert not re.search(r"@[a-z]+\.[a-z]{2,}|email|title", "".join(path.read_text() for path in QUERIES))


SAID = [
    ("error", {"level": "error", "message": "crashed", "error": "KeyError: 'x'"}),
    ("pool", {"level": "warning", "message": "database_pool_exhausted"}),
    ("answer", {"level": "info", "message": "request", "status": 503, "route": "/api/mocs"}),
    ("raised", {"level": "ERROR", "errorType": "Runtime.ImportModuleError", "requestId": "r-1"}),
    ("timeout", {"type": "platform.report", "record": {"requestId": "r-2", "status": "timeout"}}),
    ("exit", {"type": "platform.report", "record": {"status": "error", "errorType": "Runtime.ExitError"}}),
    ("text", "2026-01-01T00:00:00.000Z r-3 Task timed out after 29.00 seconds"),
    ("well", {"level": "info", "message": "request", "status": 404}),
    ("report", {"type": "platform.report", "record": {"requestId": "r-4", "status": "success"}}),
    ("start", {"type": "platform.start", "record": {"requestId": "r-4"}}),
]


def test_the_query_of_errors_finds_what_the_service_and_lambda_say_of_failures() -> None:
    events = [
        Event(number, "/g", name, 1_800_000_000_000 + number, said if isinstance(said, str) else json.dumps(said))
        for number, (name, said) in enumerate(SAID)
    ]
    text = (FOLDER / "errors.txt").read_text(encoding="utf-8").partition("\n")[2]
    outcome, _ = Query(f"{text} | display @logStream").run(events, "123456789012")
    found = {row["@logStream"] for row in outcome}
    assert found == {"error", "pool", "answer", "raised", "timeout", "exit", "text"}
    assert f"| filter {WRONG}\n" in text


def test_the_query_of_the_gateway_counts_its_5xx_by_what_went_wrong() -> None:
    throttled = {"status": "503", "integrationStatus": "429", "integrationError": "Rate Exceeded.", "route": "ANY /"}
    events = [
        Event(number, "/g", "s", 1_800_000_000_000 + number, json.dumps(one))
        for number, one in enumerate([throttled, throttled, {**throttled, "status": "200"}])
    ]
    outcome, _ = Query((FOLDER / "gateway.txt").read_text(encoding="utf-8")).run(events, "123456789012")
    assert [(row["answers"], row["integrationError"]) for row in outcome] == [("2", "Rate Exceeded.")]
