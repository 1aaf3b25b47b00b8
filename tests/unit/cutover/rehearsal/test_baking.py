"""The bake clock as a rehearsal saw it: how far, and why minutes did not count."""

from typing import Any

import pytest

from cutover.rehearsal.baking import NOT_YET, UNKNOWN, Still, looks, stood_still
from tests.unit.cutover.rehearsal.recordings import BAKE, HOLD, PASS, Document, recorded, shift, tick

HELD = {**HOLD, "why": "band"}
FEW = {**HOLD, "text": "Lambda error rate 0%, at most 4%", "why": "samples"}


def baked(minute: float, counted: int, *findings: Document, weight: int = 10, **fields: Any) -> Document:
    """A look at which so many minutes have counted."""
    return tick(minute, weight, *(findings or (PASS,)), bake={**BAKE, "counted_minutes": counted}, **fields)


def test_a_look_tells_how_far_of_what_the_step_asks_for() -> None:
    [look] = looks(recorded([baked(5, 9)]))
    assert (look.minute, look.weight, look.why) == (5, 10, ())
    assert look.time_part == 0.5
    assert look.request_part == 240 / 250


def test_a_step_that_asks_for_nothing_is_done() -> None:
    nothing = {**BAKE, "required_minutes": 0, "required_requests": 0}
    [look] = looks(recorded([tick(5, 10, PASS, bake=nothing)]))
    assert (look.time_part, look.request_part) == (1.0, 1.0)


def test_more_than_enough_is_all() -> None:
    [look] = looks(recorded([tick(5, 10, PASS, bake={**BAKE, "counted_minutes": 99, "requests": 9999})]))
    assert (look.time_part, look.request_part) == (1.0, 1.0)


def test_looks_without_traffic_on_lambda_or_while_a_change_is_under_way_are_none() -> None:
    documents = [baked(1, 1, weight=0), baked(2, 1, phase="settling"), tick(3, 10, PASS)]
    assert looks(recorded(documents)) == []


def test_a_look_that_could_not_be_judged_has_the_bake_of_the_one_before() -> None:
    documents = [
        baked(5, 3),
        tick(6, 10, trouble="CloudWatch does not answer"),
        *shift(1, 7, 10, 50),
        tick(10, 50, PASS),
    ]
    assert [(look.minute, look.counted, look.why) for look in looks(recorded(documents))] == [
        (5, 3, ()),
        (6, 3, ("CloudWatch does not answer",)),
    ]


def test_a_clock_that_goes_on_never_stood_still() -> None:
    assert stood_still(recorded([baked(5 + n / 2, n // 2) for n in range(30)])) == []


def test_a_held_stretch_is_told_with_the_newest_words_of_each_reason() -> None:
    older = {**HELD, "text": HELD["text"].replace("600", "700")}
    documents = [baked(5, 1), *(baked(6 + n, 2, older if n < 2 else HELD) for n in range(6)), baked(12, 3)]
    assert stood_still(recorded(documents)) == [Still(10, 6, 11, (HELD["text"],))]


def test_lack_of_samples_keeps_no_minute_from_counting() -> None:
    documents = [baked(5 + n, 0, FEW) for n in range(5)]
    assert stood_still(recorded(documents)) == [Still(10, 5, 9, (NOT_YET,))]


def test_a_stretch_without_a_reason_is_told_as_what_it_can_be() -> None:
    documents = [baked(5 + n, 4) for n in range(5)]
    assert stood_still(recorded(documents)) == [Still(10, 5, 9, (UNKNOWN,))]


def test_a_bake_with_all_its_minutes_may_wait_for_requests() -> None:
    assert stood_still(recorded([baked(5 + n, 18) for n in range(5)])) == []


@pytest.mark.parametrize("minutes", [1, 2])
def test_two_minutes_without_one_that_counts_are_nothing(minutes: int) -> None:
    assert stood_still(recorded([baked(5, 3, HELD), baked(5 + minutes, 3, HELD)])) == []


def test_steps_are_told_apart() -> None:
    documents = [*(baked(5 + n, 3, HELD) for n in range(4)), *(baked(9 + n, 3, HELD, weight=50) for n in range(4))]
    found = stood_still(recorded(documents))
    assert [(one.weight, one.start, one.end) for one in found] == [(10, 5, 8), (50, 9, 12)]
