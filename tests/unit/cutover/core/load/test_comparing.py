"""Two runs side by side: the ratio, and whether it is more than noise."""

import random
from typing import Any

import pytest

from cutover.core.load.comparing import Comparison, Difference, Row, compare
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import EndedBy, LoadRun
from tests.unit.cutover.core.load.made import ROUTE, START, Came, flat, made, spiky


def row(comparison: Comparison, phase: str = "steady", route: str = "") -> Row:
    (one,) = [one for one in comparison.rows if (one.phase, one.route) == (phase, route)]
    return one


def steady(ms: float, seconds: float = 200.0, **more: Any) -> LoadRun:
    """A p95 that wanders by 5% from one ten seconds to the next."""
    return made(flat(100, seconds), lambda at: Came(ms=ms * (1 + (at // 10 % 5) / 100), **more))


@pytest.mark.parametrize(
    ("second_ms", "difference"),
    [
        (100.0, Difference.NOISE),
        (102.0, Difference.NOISE),  # 101 to 103 against 103 to 105
        (104.0, Difference.SLOWER),
        (96.0, Difference.FASTER),
    ],
)
def test_runs_differ_if_the_middle_halves_of_their_windows_lie_apart(second_ms: float, difference: Difference) -> None:
    assert row(compare(steady(100.0), steady(second_ms))).difference is difference


def test_few_windows_have_to_lie_apart_all_of_them() -> None:
    first = steady(100.0, 60.0)
    assert row(compare(first, steady(103.0, 60.0))).difference is Difference.NOISE
    assert row(compare(first, steady(104.0, 60.0))).difference is Difference.NOISE
    assert row(compare(first, steady(105.0, 60.0))).difference is Difference.SLOWER
    assert row(compare(steady(105.0, 60.0), first)).difference is Difference.FASTER


@pytest.mark.parametrize(("seconds", "difference"), [(30.0, Difference.UNKNOWN), (40.0, Difference.SLOWER)])
def test_of_fewer_than_four_windows_nothing_is_told(seconds: float, difference: Difference) -> None:
    one = row(compare(steady(100.0, seconds), steady(300.0, seconds)))
    assert one.difference is difference
    assert one.ratio("p95_ms") == pytest.approx(3.0, rel=0.02)


def test_windows_of_too_few_requests_are_not_compared() -> None:
    sparse = made(flat(1, 200.0))
    one = row(compare(sparse, sparse))
    assert one.difference is Difference.UNKNOWN
    assert one.why == "too few windows of ten seconds hold enough requests"


def test_it_says_what_the_difference_is_told_from() -> None:
    assert (
        row(compare(steady(100.0), steady(200.0))).why
        == "p95 of ten seconds: 101 ms to 103 ms against 202 ms to 206 ms"
    )


def test_equal_services_seldom_seem_to_differ() -> None:
    def drawn(seed: int) -> LoadRun:
        dice = random.Random(seed)  # noqa: S311 - made-up times
        return made(flat(20, 120.0), lambda _: Came(ms=dice.lognormvariate(4, 0.4)))

    told = [row(compare(drawn(2 * seed), drawn(2 * seed + 1))).difference for seed in range(60)]
    assert sum(one is not Difference.NOISE for one in told) <= 4


def test_a_row_holds_the_figures_of_both() -> None:
    first = made(flat(), lambda _: Came(errors=1, wrong=2, throttled=3))
    one = row(compare(first, made(flat(), lambda _: Came(ms=150.0, dropped=50))))
    assert one.first is not None
    assert one.second is not None
    assert (one.first.requests, one.first.errors, one.first.wrong, one.first.throttled) == (6000, 60, 120, 180)
    assert (one.first.error_rate, one.second.error_rate) == (0.03, 0.0)
    assert (one.first.delivered, one.second.delivered) == (1.0, 0.5)
    assert [one.ratio(name) for name in ("p50_ms", "p95_ms", "p99_ms")] == [1.5, 1.5, 1.5]


def test_routes_are_compared_whichever_side_answered() -> None:
    one = row(compare(steady(100.0, side="ecs"), steady(200.0, side="lambda")), route=ROUTE)
    assert one.difference is Difference.SLOWER
    assert one.first is not None
    assert one.first.delivered is None


def test_what_only_one_run_has_stands_alone() -> None:
    other = steady(100.0, route="GET /api/albums")
    compared = compare(steady(100.0), other)
    old, new = row(compared, route=ROUTE), row(compared, route="GET /api/albums")
    assert (old.second, new.first) == (None, None)
    assert (old.difference, new.difference) == (Difference.UNKNOWN, Difference.UNKNOWN)
    assert (old.ratio("p95_ms"), new.ratio("p95_ms")) == (None, None)
    assert old.why == new.why == "too few windows of ten seconds hold enough requests"


def test_without_requests_there_is_no_ratio_and_no_rate() -> None:
    one = row(compare(made(flat(), seconds=[]), made(flat())))
    assert one.first is not None
    assert (one.first.error_rate, one.first.delivered, one.ratio("p95_ms")) == (0.0, 0.0, None)


def test_a_time_of_nothing_has_no_ratio() -> None:
    assert row(compare(steady(0.0), steady(5.0))).ratio("p50_ms") is None


def test_rows_are_in_the_order_of_the_phases_and_then_of_the_routes() -> None:
    rows = compare(made(flat()), made(spiky())).rows
    assert [(one.phase, one.route) for one in rows] == [
        (phase, route) for phase in ("steady", "calm", "spike", "back") for route in ("", ROUTE)
    ]


def test_different_profiles_are_said_to_be() -> None:
    compared = compare(made(flat()), made(flat(50)))
    assert compared.same_profile is False
    assert compared.cautions == (
        "They were asked for different loads: flat (steady 100/s for 60 s), flat (steady 50/s for 60 s).",
    )


def test_the_same_phases_under_another_name_are_the_same_load() -> None:
    compared = compare(made(flat()), made(Profile("renamed", flat().phases)))
    assert (compared.same_profile, compared.cautions) == (True, ())


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (EndedBy.PERSON, "The second run was interrupted."),
        (EndedBy.ABORT, "The second run was aborted."),
        (EndedBy.LOST, "The second run lost a worker."),
        (EndedBy.NOTHING, "The second run has no written end."),
    ],
)
def test_a_run_that_did_not_end_well_is_said_to_be_one(by: EndedBy, said: str) -> None:
    assert compare(made(flat()), made(flat(), ended_by=by)).cautions == (said,)


def test_requests_of_a_phase_that_the_profile_does_not_have_are_left_out() -> None:
    run = made(flat())
    cell = run.seconds[0].cell(("other", "ecs", ROUTE))
    cell.requests = 5
    assert {one.phase for one in compare(run, run).rows} == {"steady"}


def test_requests_that_ended_after_their_phase_are_in_none_of_its_windows() -> None:
    run = made(Profile("two", (Phase("first", 100, 40.0), Phase("second", 100, 40.0))))
    for second in run.seconds[40:]:
        cell = second.cell(("first", "ecs", ROUTE))
        cell.requests = 30
        for _ in range(30):
            cell.response.add(30_000.0)
    figures = row(compare(run, run), "first").first
    assert figures is not None
    assert figures.windows == (100.0,) * 4
    assert figures.response.longest_ms == 30_000.0
    assert run.seconds[0].second == START
