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
from service.telemetry.pseudonym import pseudonym

FOLDER = Path(__file__).parents[2] / "runbooks" / "queries"
QUERIES = sorted(FOLDER.glob("*.txt"))
SERVICE = Path(service.__file__).parent
ALWAYS = {"level", "message", "logger", "service", "stage", "platform", "function", "requestId", "traceId", "userId"}
WORDS = {
    *("fields", "filter", "stats", "sort", "limit", "desc", "asc", "by", "as", "and", "or", "in", "like", "not"),
    *("count", "avg", "max", "pct", "bin"),
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
    names = set(re.findall(r"(?<![\w@])[A-Za-z]\w*", re.sub(r"\b\d\w*", "", bare)))
    assert names - WORDS - titles <= fields


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
