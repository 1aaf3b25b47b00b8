"""One JSON line an event, with the same fields wherever the service runs."""

import ast
import io
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

import service
from service.telemetry import log
from service.telemetry.about import About, about, asked_by
from service.telemetry.log import Log
from service.telemetry.origin import Origin
from service.telemetry.pseudonym import main, pseudonym, without_owner
from tests.fakes.log_lines import log_lines

LOG = Log("service.some.module")
ALWAYS = ["timestamp", "level", "logger", "service", "stage", "platform", "message"]
TAKEN = {*ALWAYS, "function", "requestId", "traceId"}


def line_from(origin: Origin) -> dict[str, Any]:
    """A line of a process there."""
    stream = io.StringIO()
    with log_lines():
        log.configure("INFO", stream, origin)
        LOG.info("something", count=1)
    found: dict[str, Any] = json.loads(stream.getvalue())
    return found


def test_a_line_says_when_what_and_where() -> None:
    line = line_from(Origin("staging"))
    assert list(line) == [*ALWAYS, "count"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert line == {
        "level": "info",
        "logger": "service.some.module",
        "service": "lego-api",
        "stage": "staging",
        "platform": "ecs",
        "message": "something",
        "count": 1,
    }


def test_on_lambda_it_names_the_function_as_well() -> None:
    line = line_from(Origin("staging", "lego-api-mocs-staging"))
    assert list(line) == [*ALWAYS[:-1], "function", "message", "count"]
    assert (line["platform"], line["function"]) == ("lambda", "lego-api-mocs-staging")


@pytest.mark.parametrize(
    ("env", "stage", "platform", "short"),
    [
        ({}, "development", "ecs", ""),
        ({"STAGE": "staging"}, "staging", "ecs", ""),
        ({"STAGE": "development", "DEPLOYMENT": "rehearsal"}, "rehearsal", "ecs", ""),
        (
            {"DEPLOYMENT": "dev-x", "AWS_LAMBDA_FUNCTION_NAME": "lego-api-csv-parser-dev-x"},
            "dev-x",
            "lambda",
            "csv-parser",
        ),
    ],
)
def test_where_it_comes_from_is_read_once_from_the_environment(
    env: dict[str, str], stage: str, platform: str, short: str
) -> None:
    origin = Origin.of(env)
    assert (origin.stage, origin.platform, origin.short_function) == (stage, platform, short)


def test_levels_are_small_words_and_those_below_the_threshold_are_not_written() -> None:
    with log_lines("DEBUG") as lines:
        LOG.debug("a")
        LOG.info("b")
        LOG.warning("c")
        LOG.problem("d")
        LOG.crash("e", ValueError("no"))
    assert [line["level"] for line in lines.all()] == ["debug", "info", "warning", "error", "error"]
    with log_lines("WARNING") as lines:
        LOG.info("b")
        LOG.warning("c")
    assert [line["message"] for line in lines.all()] == ["c"]


def test_a_crash_tells_its_error_and_its_stack() -> None:
    with log_lines() as lines:
        try:
            int("no\nsuch thing")
        except ValueError as error:
            LOG.crash("crashed", error, work="x")
    (line,) = lines.all()
    assert (line["error"], line["work"]) == (
        "ValueError: invalid literal for int() with base 10: 'no\\nsuch thing'",
        "x",
    )
    assert "test_log_line.py" in line["stack"]


def test_what_libraries_log_comes_out_alike() -> None:
    with log_lines() as lines:
        logging.getLogger("some.library").warning("it says: %s", "ada@example.com")
        logging.getLogger("some.library").log(55, "louder")
        try:
            int("no")
        except ValueError:
            logging.getLogger("some.library").exception("broken")
    assert [(line["level"], line["logger"], line["message"]) for line in lines.all()] == [
        ("warning", "some.library", "library_message"),
        ("error", "some.library", "library_message"),
        ("error", "some.library", "library_message"),
    ]
    assert lines.all()[0]["text"] == "it says: …"
    assert lines.all()[2]["error"].startswith("ValueError: ")


@pytest.mark.parametrize("text", ['"},{"', "a\nb", "\x1b[31m", "\udcff", "\u2028"])
def test_whatever_a_field_holds_a_line_stays_one_line(text: str) -> None:
    with log_lines() as lines:
        LOG.info("something", value=text, error=ValueError(text))
    assert lines.stream.getvalue().count("\n") == 1
    assert lines.all()[0]["value"] == text


def test_the_lines_of_a_request_carry_its_ids_and_its_user_once_that_is_known() -> None:
    with log_lines() as lines:
        token = about.set(About("r-1", "1-5f84c7a9-000000000000000000000001", sampled=True))
        LOG.info("before")
        asked_by("alice")
        LOG.info("after")
        about.reset(token)
        LOG.info("outside")
    before, after, outside = lines.all()
    ids = {"requestId": "r-1", "traceId": "1-5f84c7a9-000000000000000000000001"}
    assert ids.items() <= before.items()
    assert "userId" not in before
    assert {**ids, "userId": pseudonym("alice")}.items() <= after.items()
    assert not TAKEN & {"requestId"} & set(outside)


def test_without_a_trace_there_is_no_trace_id_and_outside_of_requests_nobody_asks() -> None:
    asked_by("alice")
    assert About("r-1", "", sampled=True).fields() == {"requestId": "r-1"}


def test_a_pseudonym_is_the_beginning_of_a_hash_and_a_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["alice", "bob"])
    assert capsys.readouterr().out.split() == [pseudonym("alice"), pseudonym("bob")]
    assert pseudonym("alice") == "u-2bd806c97f0e00af"
    with pytest.raises(SystemExit, match="Say whose"):
        main([])


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("images/alice/1.webp", f"images/{pseudonym('alice')}/1.webp"),
        ("images/alice/thumbnails/1.webp", f"images/{pseudonym('alice')}/thumbnails/1.webp"),
        ("a/b", "a/b"),
        ("", ""),
    ],
)
def test_a_key_is_told_without_its_owner(key: str, told: str) -> None:
    assert without_owner(key) == told


def test_no_line_says_twice_what_every_line_says() -> None:
    """A field of one of the fixed names would stand in the line a second time."""
    calls = (
        (path, keyword.arg)
        for path in Path(service.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "log"
        for keyword in node.keywords
    )
    forbidden = (TAKEN - {"requestId"}) | {"path", "url_path", "title", "email", "user", "body", "token", "filename"}
    assert [(str(path), name) for path, name in calls if name in forbidden] == []
