"""The page of all rehearsals: a row for each, with its link, and what failed said at once."""

from typing import Any

from cutover.rehearsal.index_page import render
from tests.unit.cutover.render.html_page import Page

NASTY = "<script>alert(1)</script>{{ 7 * 7 }}"
HAPPY = {
    "name": "happy",
    "title": "Nothing goes wrong",
    "expected": "exit 0, went on",
    "actual": "exit 0, Lambda at 100%",
    "passed": True,
    "seconds": 81.2,
    "report": "happy/report.html",
    "reason": "finished",
}
FAILED: dict[str, Any] = {**HAPPY, "name": "redis-lost", "passed": False, "report": "", "reason": "it did not start"}


def test_every_scenario_has_its_row_and_the_link_to_its_report() -> None:
    page = Page(render([HAPPY, FAILED]))
    page.assert_self_contained()
    assert [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")] == ["happy/report.html"]
    assert "ok happy Nothing goes wrong exit 0, went on exit 0, Lambda at 100% finished 81" in page.text
    assert "FAIL redis-lost" in page.text


def test_what_failed_is_said_at_once() -> None:
    page = Page(render([HAPPY, FAILED]))
    assert "1 of 2 Not as they must: redis-lost. 162 real seconds in all." in page.text
    assert ("div", "class", "verdict fail") in page.attributes


def test_that_all_went_as_they_must_is_said() -> None:
    page = Page(render([HAPPY]))
    assert "1 of 1 All of them ended as they must." in page.text
    assert ("div", "class", "verdict pass") in page.attributes


def test_that_nothing_was_rehearsed_is_no_success() -> None:
    page = Page(render([]))
    assert "0 of 0 Nothing was rehearsed." in page.text
    assert ("div", "class", "verdict warned") in page.attributes


def test_text_from_outside_stays_text() -> None:
    row = {**FAILED, **dict.fromkeys(("name", "title", "expected", "actual", "reason"), NASTY)}
    text = render([row])
    assert "<script>alert" not in text
    assert Page(text).text.count(NASTY) == 6
