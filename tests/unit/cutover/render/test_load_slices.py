"""A run cut into slices: nothing is lost, and percentiles are of all that ended in a slice."""

from dataclasses import replace

import pytest

from cutover.core.load.lines import Second
from cutover.core.load.profile import Phase
from cutover.render.load_slices import Slice, coarser, cores, seconds_of, slices, width_for
from tests.unit.cutover.render.load_runs import ROUTES, SPIKE, START, bad, resources, run


def test_every_request_is_in_one_slice() -> None:
    whole = run(SPIKE)
    parts = slices(whole, 7)
    assert sum(part.requests for part in parts) == sum(part.asked for part in parts) == 9000
    assert [part.seconds for part in parts[-2:]] == [7, 5]
    assert sum(part.response.total for part in parts) == 9000
    assert sum(times.total for part in parts for times in part.routes.values()) == 9000


def test_percentiles_are_those_of_all_that_ended_in_the_slice() -> None:
    [part, _] = slices(run((Phase("a", 10, 20),), ms=lambda second, _: 1000.0 if second == 3 else 10.0), 10)
    assert part.response.percentile(50) == 10
    assert part.response.percentile(91) == 1000
    assert part.service.percentile(91) == 500


def test_counts_add_up_and_the_highest_is_kept() -> None:
    whole = run(seconds=1)
    seen = Second(int(START) + 1, dropped={"sustained": 3}, late_ms=70.0, in_flight=9)
    seen.cells["sustained", "ecs", "GET /x"] = bad(10, errors=1, wrong=2, throttled=3, cold=4)
    [part] = slices(replace(whole, seconds=[*whole.seconds, seen]), 5)
    counts = (part.dropped, part.requests, part.errors, part.wrong, part.throttled, part.cold)
    assert counts == (3, 30, 1, 2, 3, 4)
    assert (part.late_ms, part.in_flight) == (70.0, 9)
    assert part.share(part.errors) == pytest.approx(1 / 30)
    assert (part.middle, part.seconds) == (1.0, 2.0)


def test_without_requests_there_is_no_share() -> None:
    assert Slice(0, 5).share(0) is None


@pytest.mark.parametrize(
    ("rate", "seconds", "width"),
    [(200, 200, 1), (200, 201, 2), (200, 780, 5), (20, 600, 5), (20, 100, 5), (1, 600, 15), (500, 3, 1), (1, 3, 1)],
)
def test_slices_are_some_hundred_and_wider_where_there_are_few_requests(rate: int, seconds: int, width: int) -> None:
    assert width_for([run((Phase("a", rate, seconds),))]) == width


@pytest.mark.parametrize(("seconds", "width"), [(14_400, 600), (200 * 3600, 3600)])
def test_hours_without_an_answer_are_wide_slices(seconds: float, width: int) -> None:
    assert width_for([run(seconds=0, ended=START + seconds)]) == width


def test_a_run_of_months_has_few_slices_too() -> None:
    endless = run(seconds=0, ended=START + 10_000_000)
    assert len(slices(endless, width_for([endless]))) <= 200


def test_a_run_without_a_second_is_one_slice_of_a_second() -> None:
    nothing = run(seconds=0)
    assert seconds_of(nothing) == 1.0
    assert [part.requests for part in slices(nothing, 1)] == [0]


def test_what_ends_after_the_end_is_in_the_last_slice() -> None:
    whole = run()
    late = Second(int(START) + 61)
    late.cells["sustained", "ecs", "GET /x"] = bad(1)
    parts = slices(replace(whole, seconds=[*whole.seconds, late]), 10)
    assert [part.requests for part in parts] == [200] * 6 + [1]


def test_a_second_before_the_start_is_in_the_first_slice() -> None:
    assert slices(run(seconds=3, started=START + 0.9), 1)[0].requests == 20
    early = run(seconds=0)
    early.seconds = [Second(int(START) - 5, asked={"sustained": 3})]
    assert slices(early, 1)[0].asked == 3


def test_routes_of_several_slices_are_put_together() -> None:
    first, last = coarser(slices(run(), 10), 4)
    assert {route: times.total for route, times in first.items()} == dict.fromkeys(ROUTES, 400)
    assert {route: times.total for route, times in last.items()} == dict.fromkeys(ROUTES, 200)


def test_processes_of_the_generator_add_up_and_all_else_is_told_by_each() -> None:
    whole = run()
    whole.resources = [
        resources(1, {"generator": 0.5, "machine": 1.5}, "a"),
        resources(1, {"generator": 0.25, "machine": 1.4}, "b"),
        resources(2, {"generator": 0.25, "machine": 0.5}, "a"),
        resources(12, {"generator": 1.0}, "a"),
    ]
    assert list(cores(whole, 10)) == [(5.0, {"generator": 0.5, "machine": 1.0}), (15.0, {"generator": 1.0})]
