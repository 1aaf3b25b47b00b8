"""A suite as rows, a table, a document: what was expected, what came, and why not."""

from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from cutover.exits import Exit
from cutover.rehearsal.library import named
from cutover.rehearsal.rows import Row, document, exit_of, not_held, row_of, table

ERRORS = named("errors-at-50")
GOOD = Row("happy", "Nothing goes wrong", "exit 0", "exit 0", True, 41.2, "happy/report.html", "all on Lambda")
BAD = replace(GOOD, name="dns-stuck", passed=False, actual="exit 0, Lambda at 50%", reason="ended as it must: exit 0")


def summary(**fields: Any) -> dict[str, Any]:
    """A rehearsal's document."""
    checks = [{"name": "ended as it must", "passed": True, "detail": "exit 4, expected 4"}]
    weights = {"asked": {"ecs": 100, "lambda": 0}}
    return {"passed": True, "run_exit": 4, "reason": "rolled back", "checks": checks, "weights": weights, **fields}


def test_a_rehearsal_that_ended_as_it_must() -> None:
    assert row_of(ERRORS, summary(), 38.04) == Row(
        name="errors-at-50",
        title="Lambda fails at 50%",
        expected="exit 4, rolled back (error-rate), Lambda at 0%",
        actual="exit 4, Lambda at 0%",
        passed=True,
        seconds=38.0,
        report="errors-at-50/report.html",
        reason="rolled back",
    )


def test_the_reason_of_one_that_did_not_is_every_check_that_failed() -> None:
    wrong = [{"name": name, "passed": False, "detail": "so"} for name in ("ended as it must", "ECS")]
    row = row_of(ERRORS, summary(passed=False, checks=[*wrong, *summary()["checks"]]), 1)
    assert (row.passed, row.reason) == (False, "ended as it must: so; ECS: so")


def test_one_that_could_not_be_held_has_no_report() -> None:
    row = not_held(ERRORS, 3.21, "no memory")
    assert (row.actual, row.passed, row.report, row.seconds) == ("could not be held", False, "", 3.2)
    assert row.reason == "no memory"


@pytest.mark.parametrize(
    ("rows", "interrupted", "code"),
    [([GOOD], False, 0), ([GOOD, BAD], False, 12), ([BAD], True, 130), ([GOOD], True, 130), ([], False, 0)],
)
def test_the_exit_says_whether_all_ended_as_they_must(rows: list[Row], interrupted: bool, code: int) -> None:
    assert exit_of(rows, interrupted=interrupted) is Exit(code)


def test_the_document_has_every_row() -> None:
    told = document([GOOD, BAD], quick=True, interrupted=False)
    assert {key: told[key] for key in ("schema", "exit", "quick", "interrupted", "passed", "seconds")} == {
        "schema": "cutover.rehearsals/1", "exit": 12, "quick": True, "interrupted": False, "passed": 1, "seconds": 82.4,
    }  # fmt: skip
    assert [row["name"] for row in told["scenarios"]] == ["happy", "dns-stuck"]
    assert told["scenarios"][0]["report"] == "happy/report.html"


def test_the_table_says_what_was_expected_and_what_came() -> None:
    console = Console(width=140, record=True, quiet=False, file=None, force_terminal=False)
    with console.capture() as printed:
        console.print(table([GOOD, BAD]))
    head, good, bad = [line.split() for line in printed.get().splitlines()]
    assert head == ["scenario", "expected", "came", "seconds"]
    assert good == ["ok", "happy", "exit", "0", "exit", "0", "41"]
    assert (bad[:2], bad[-1]) == (["FAIL", "dns-stuck"], "41")
