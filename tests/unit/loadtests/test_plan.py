"""What every process knows of a run, and the one time that all of them keep."""

import msgspec
import pytest

from cutover.core.load.profile import Phase, Profile
from loadtests._clock import RunClock
from loadtests._plan import Plan

PROFILE = Profile("p", (Phase("calm", 10, 60), Phase("up", 50, 20, ramp=True), Phase("spike", 50, 30, spike=True)))
PLAN = Plan("r", "http://x", PROFILE, seed=7, persons=5, in_flight=9, clean=True, started=1000.0)


def test_it_survives_a_message() -> None:
    part = PLAN.part(1, 2)

    assert Plan.of_plain(msgspec.msgpack.decode(msgspec.msgpack.encode(part.plain()))) == part


def test_all_parts_together_are_the_whole() -> None:
    parts = [PLAN.part(index, 3) for index in range(3)]

    assert sorted(number for part in parts for number in part.own_persons) == [0, 1, 2, 3, 4]
    assert [part.own_in_flight for part in parts] == [3, 3, 3]


def test_every_process_has_somebody() -> None:
    assert [list(PLAN.part(index, 7).own_persons) for index in (0, 6)] == [[0], [6]]


@pytest.mark.parametrize(
    ("moment", "name", "soon"),
    [
        (999.9, None, 1000.0),
        (1000.0, "calm", 1060.0),
        (1060.0, "up", 1080.0),
        (1109.9, "spike", 1110.0),
        (1110.0, None, 1110.0),
    ],
)
def test_a_moment_has_a_phase_and_a_next_change(moment: float, name: str | None, soon: float) -> None:
    phase = PLAN.phase_at(moment)

    assert (phase.name if phase else None, PLAN.next_start(moment)) == (name, soon)


@pytest.mark.parametrize(
    ("moment", "since"),
    [(1001.5, 1000.0), (1003.0, 1003.0), (1060.5, 1060.5), (1080.3, 1080.0), (990.0, 1000.0)],
)
def test_who_begins_a_little_late_counts_from_the_change_of_the_rate_but_for_a_ramp(
    moment: float, since: float
) -> None:
    assert PLAN.since(moment) == since


def test_a_worker_keeps_its_masters_time_whatever_its_own_clock_says() -> None:
    clock = RunClock.agreed(5000.0)

    assert 5000.0 <= clock.now() < 5005.0
    assert RunClock(100.0, lambda: 7.0).now() == 107.0
