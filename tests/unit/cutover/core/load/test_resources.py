"""Which resource was used up: said only where it was measured, and only where a limit broke."""

from collections.abc import Sequence
from typing import Any

import pytest

from cutover.core.load.lines import Resources
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import EndedBy, Limits
from cutover.core.load.verdict import judge
from tests.unit.cutover.core.load.made import START, Came, busy, flat, made, seconds_of

IDLE = {"generator": 0.3, "machine": 0.5}
FULL = {"generator": 0.3, "API": 0.94, "PostgreSQL": 0.5, "machine": 1.9}


def slow(_second: int) -> Came:
    return Came(ms=900.0)


def told(resources: Sequence[Resources] = (), came: Any = slow, **changes: Any) -> str:
    return judge(made(flat(), came, resources=resources, **changes)).exhausted


def test_nothing_is_said_where_no_limit_broke() -> None:
    assert told(busy(flat(), FULL), lambda _: Came()) == ""


def test_a_machine_without_free_cores_is_named_with_those_who_use_it() -> None:
    assert told(busy(flat(), FULL)) == (
        "both cores of this machine are busy in 100% of the time: API 0.9, PostgreSQL 0.5, generator 0.3 of 2 cores"
    )


@pytest.mark.parametrize(
    ("of_cores", "used", "said"),
    [
        (1, 0.95, "the core of this machine is busy in 100% of the time"),
        (8, 7.5, "all 8 cores of this machine are busy in 100% of the time"),
    ],
)
def test_a_machine_with_any_number_of_cores_is_spoken_of_well(of_cores: int, used: float, said: str) -> None:
    assert told(busy(flat(), {"machine": used}, of_cores)) == said


@pytest.mark.parametrize(("used", "named"), [(1.80, False), (1.81, True)])
def test_busy_is_more_than_nine_tenths_of_all_cores(used: float, named: bool) -> None:
    assert ("both cores" in told(busy(flat(), {"machine": used, "generator": 0.1}))) is named


@pytest.mark.parametrize(("seconds", "named"), [(5, False), (6, True)])
def test_a_tenth_of_the_time_is_long_enough(seconds: int, named: bool) -> None:
    lines = [*busy(flat(60 - seconds, 60.0 - seconds), IDLE)]
    full = [Resources(START + 60 - at, 2, FULL) for at in range(seconds)]
    said = told([*lines, *full])
    assert said.startswith("both cores of this machine are busy in 10% of the time: API 0.9") is named
    assert ("not the generator" in said) is not named


def test_an_idle_generator_and_machine_point_to_the_target() -> None:
    assert told(busy(flat(), IDLE)) == (
        "not the generator: it used 0.3 of 2 cores, and everything on its machine together 0.5; look at the target"
    )


def test_a_machine_of_which_nobody_said_anything_is_left_out() -> None:
    assert told(busy(flat(), {"generator": 0.3}, 1)) == "not the generator: it used 0.3 of 1 core; look at the target"


def test_what_nobody_measured_is_not_known() -> None:
    assert told() == "not known: nobody measured how busy this machine was; look at the target"


@pytest.mark.parametrize(
    ("workers", "worker", "used", "named"),
    [
        (1, "", 0.80, False),
        (1, "", 0.81, True),
        (4, "", 3.2, False),  # of all four processes
        (4, "", 3.3, True),
        (4, "w1", 0.81, True),  # of that one
        (4, "w1", 0.80, False),
    ],
)
def test_a_process_of_the_generator_can_use_most_of_one_core(
    workers: int, worker: str, used: float, named: bool
) -> None:
    said = told(busy(flat(), {"generator": used, "machine": used}, 8, worker), workers=workers)
    assert ("the generator itself" in said) is named


@pytest.mark.parametrize(("late_ms", "named"), [(100.0, False), (100.1, True)])
def test_a_late_generator_is_named(late_ms: float, named: bool) -> None:
    said = told(busy(flat(), IDLE), lambda _: Came(ms=900.0, late_ms=late_ms))
    assert ("the generator itself" in said) is named


def test_the_one_late_second_of_a_hundred_is_forgiven() -> None:
    profile = flat(100, 100.0)
    said = []
    for late in ({7}, {7, 8}):
        seconds = seconds_of(profile, lambda _: Came(ms=900.0))
        for at in late:
            seconds[at].late_ms = 500.0
        said.append(judge(made(profile, seconds=seconds, resources=busy(profile, IDLE))).exhausted)
    assert ["the generator itself" in one for one in said] == [False, True]


def test_a_late_generator_says_how_late_and_how_busy_it_was() -> None:
    lines = busy(flat(), {"generator": 0.91, "machine": 1.2})
    assert told(lines, lambda _: Came(ms=900.0, late_ms=250.0)) == (
        "the generator itself: it used 0.9 of 2 cores, and it was up to 250 ms behind; use more processes"
    )


def test_processes_of_a_generator_add_up_and_the_machine_is_counted_once() -> None:
    used = {"w1": {"generator": 0.5, "machine": 1.4}, "w2": {"generator": 0.3, "machine": 1.2}}
    lines = [line for worker, cores in used.items() for line in busy(flat(), cores, 4, worker)]
    assert told(lines, workers=2) == (
        "not the generator: it used 0.8 of 4 cores, and everything on its machine together 1.4; look at the target"
    )


@pytest.mark.parametrize(("in_flight", "named"), [(1999, False), (2000, True)])
def test_the_cap_on_requests_under_way_is_named_when_it_is_reached(in_flight: int, named: bool) -> None:
    said = told(busy(flat(), IDLE), lambda _: Came(ms=900.0, in_flight=in_flight))
    assert (said == "the cap of 2 000 requests under way at once") is named


def test_throttled_requests_speak_of_the_target_s_concurrency() -> None:
    assert told(busy(flat(), IDLE), lambda _: Came(throttled=3)) == (
        "the target's concurrency: 3% of the requests were throttled (429)"
    )


def test_a_few_throttled_requests_are_not_the_reason_for_slow_ones() -> None:
    assert "429" not in told(came=lambda at: Came(ms=900.0, throttled=int(at == 1)))


def test_cold_starts_are_not_the_reason_where_all_others_are_slow_too() -> None:
    assert "cold starts" not in told(came=lambda _: Came(ms=900.0, cold=6))


def test_several_reasons_are_all_told() -> None:
    said = told(busy(flat(), FULL), lambda _: Came(dropped=10, throttled=5, late_ms=300.0))
    assert [part.split(" ")[0:2] for part in said.split("; ")] == [
        ["both", "cores"],
        ["the", "generator"],
        ["the", "cap"],
        ["the", "target's"],
    ]


def test_a_generator_that_the_machine_leaves_too_little_is_not_told_to_use_more_processes() -> None:
    said = told(busy(flat(), FULL), lambda _: Came(ms=900.0, late_ms=300.0))
    assert said.endswith("; the generator had to wait for a core, too: it was up to 300 ms behind")
    assert "use more" not in said


def test_a_generator_that_is_late_on_an_idle_machine_is_named_without_advice() -> None:
    said = told(busy(flat(), IDLE), lambda _: Came(ms=900.0, late_ms=300.0))
    assert said == "the generator itself: it used 0.3 of 2 cores, and it was up to 300 ms behind"


def test_only_the_phases_that_broke_a_limit_are_looked_at() -> None:
    profile = Profile("two", (Phase("first", 100, 30.0), Phase("second", 100, 30.0)))
    lines = [Resources(START + at + 1, 2, FULL if at < 30 else IDLE) for at in range(60)]
    run = made(profile, lambda at: Came(ms=100.0 if at < 30 else 900.0), resources=lines)
    assert judge(run).exhausted.startswith("not the generator: it used 0.3 of 2 cores")


def test_what_was_measured_after_the_end_is_not_looked_at() -> None:
    assert told([Resources(START + 200, 2, FULL)]).startswith("not known")


def test_missing_measurements_don_t_speak_of_the_target() -> None:
    assert told(busy(flat(), IDLE), lambda at: None if at % 2 else Came(), ended_by=EndedBy.LOST) == ""


def test_the_share_of_throttled_requests_that_counts_is_the_run_s_limit() -> None:
    assert "429" in told(came=lambda _: Came(ms=900.0, throttled=1), limits=Limits(fail_throttle_rate=0.01))
    assert "429" not in told(came=lambda _: Came(ms=900.0, throttled=1), limits=Limits(fail_throttle_rate=0.02))
