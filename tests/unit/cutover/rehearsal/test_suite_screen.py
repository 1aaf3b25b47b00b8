"""The list of a suite: on a terminal drawn in place, else a line at each beginning and end."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from cutover.rehearsal.library import named
from cutover.rehearsal.rows import Row
from cutover.rehearsal.suite_screen import LiveList, PlainList, picture

HAPPY, ERRORS, STUCK = (named(name) for name in ("happy", "errors-at-50", "dns-stuck"))
ROW = Row("happy", "T", "exit 0", "exit 0, Lambda at 100%", True, 41.2, "happy/report.html", "all on Lambda")
WRONG = replace(ROW, passed=False, reason="ended as it must: exit 1")


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=120, force_terminal=False)


def printed(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_plain_lines_at_each_beginning_and_end(console: Console) -> None:
    with PlainList(console, 13) as screen:
        screen.begins(HAPPY)
        screen.look("… cutover run")
        screen.ended(ROW)
        screen.begins(ERRORS)
        screen.ended(replace(WRONG, name="errors-at-50"))
    assert printed(console) == [
        "1/13  happy: Nothing goes wrong",
        "ok    happy: exit 0, Lambda at 100%; 41 s",
        "2/13  errors-at-50: Lambda fails at 50%",
        "FAIL  errors-at-50: exit 0, Lambda at 100%; 41 s; ended as it must: exit 1",
    ]


def test_the_list_shows_what_is_over_what_is_under_way_and_what_will_be(console: Console) -> None:
    console.print(picture([HAPPY, ERRORS, STUCK], {"happy": ROW}, ("errors-at-50", "… cutover run", 7.4)))
    lines = [line.split(maxsplit=1) for line in printed(console) if line]
    assert lines[0] == ["all", "scenarios   everything here is simulated"]
    assert lines[1][0] == "ok"
    assert lines[1][1].split() == ["happy", "41", "s", "exit", "0,", "Lambda", "at", "100%"]
    assert (lines[2][0], lines[2][1].split()) == ("…", ["errors-at-50", "7", "s", "…", "cutover", "run"])
    assert lines[3] == ["dns-stuck", "Route 53 takes the change, and nothing happens"]
    assert lines[4][0] == "Ctrl-C"


def test_one_that_went_wrong_says_why(console: Console) -> None:
    console.print(picture([HAPPY], {"happy": WRONG}, ("", "", 0.0)))
    [line] = [line for line in printed(console) if "happy" in line]
    assert line.startswith("FAIL happy")
    assert line.endswith("ended as it must: exit 1")


def test_the_live_list_ends_with_what_came() -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True, color_system=None)
    with LiveList(console, [HAPPY, ERRORS]) as screen:
        screen.begins(HAPPY)
        screen.look("… cutover run")
        screen.ended(ROW)
    assert isinstance(console.file, io.StringIO)
    assert "exit 0, Lambda at 100%" in console.file.getvalue()
