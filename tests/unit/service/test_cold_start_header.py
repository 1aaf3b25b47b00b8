"""A load test is told of cold starts, and nobody else is."""

import time
from pathlib import Path
from typing import Any

import pytest

from service.entrypoints.cold_starts import process_age_ms, telling_cold_starts
from tests.fakes.lambda_events import http_event

ASKING = http_event("GET", "/api/mocs", {"X-Load-Test": "run-1"})
PLAIN = http_event("GET", "/api/mocs")


def handle(event: Any, context: Any) -> dict[str, Any]:
    """A function that answers always alike."""
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "yes", "isBase64Encoded": False}


def test_the_first_answer_of_an_environment_tells_a_load_test_how_long_its_start_took() -> None:
    told = telling_cold_starts(handle, 1234.4)(ASKING, None)

    assert told["headers"] == {"content-type": "text/plain", "server-timing": "cold-start;dur=1234"}
    assert (told["statusCode"], told["body"]) == (200, "yes")


def test_later_answers_tell_nothing() -> None:
    function = telling_cold_starts(handle, 1.0)
    function(ASKING, None)

    assert function(ASKING, None) == handle(None, None)


def test_a_load_test_that_comes_second_has_waited_for_nothing() -> None:
    function = telling_cold_starts(handle, 1.0)

    assert [function(event, None) for event in (PLAIN, ASKING)] == [handle(None, None)] * 2


@pytest.mark.parametrize("event", [PLAIN, {}, None, [], {"headers": None}, {"headers": {1: 2}}])
def test_without_the_header_nothing_differs_whatever_comes_in(event: Any) -> None:
    assert telling_cold_starts(handle, 1.0)(event, None) == handle(None, None)


def test_the_age_of_a_process_is_that_which_the_kernel_knows() -> None:
    before = process_age_ms()
    time.sleep(0.05)
    after = process_age_ms()

    assert 0 < before < after
    assert after - before >= 50  # milliseconds, and from the same clock


@pytest.mark.parametrize("text", ["", "1 (python) R 1", "1 (python) " + "x " * 30])
def test_where_the_system_does_not_say_when_a_process_began_it_is_new(tmp_path: Path, text: str) -> None:
    stat = tmp_path / "stat"
    stat.write_text(text)

    assert (process_age_ms(stat), process_age_ms(tmp_path / "none")) == (0.0, 0.0)


def test_a_name_with_blanks_and_brackets_is_no_field(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    fields = ["R", *["0"] * 18, "100"]  # the twentieth behind the name: one second after the machine's start
    stat.write_text(f"1 (a) b) {' '.join(fields)} 7")

    age_ms = process_age_ms(stat)

    assert age_ms == pytest.approx((time.clock_gettime(time.CLOCK_BOOTTIME) - 1) * 1000, abs=5000)
