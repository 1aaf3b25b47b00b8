"""How a run goes just now: the newest ten seconds, whatever order and how many processes they come from."""

from cutover.core.load.lines import Cell, Note, Second
from cutover.core.load.pulse import Pulses
from tests.fakes.load_generator import PROFILES, second

SPIKE = PROFILES["spike"]


def test_nothing_is_said_before_the_first_second() -> None:
    pulses = Pulses(SPIKE)

    assert not pulses.take([Note(5, "begun")])
    assert pulses.now() is None


def test_rates_are_those_of_the_newest_ten_seconds() -> None:
    pulses = Pulses(SPIKE)
    pulses.take([second(100, 1000, ms=900.0)])

    assert pulses.take([second(at, 100, ms=50.0) for at in range(110, 120)])

    now = pulses.now()
    assert now
    assert (now.asked, now.answered, now.p95_ms) == (100, 100, 50.0)
    assert (now.seconds, now.left_seconds, now.phase) == (20, 340, "calm")


def test_a_run_that_has_just_begun_is_not_shared_out_over_ten_seconds() -> None:
    pulses = Pulses(SPIKE)
    pulses.take([second(100, 40), second(101, 60)])

    now = pulses.now()
    assert now
    assert now.answered == 50


def test_what_several_processes_saw_in_one_second_adds_up_even_if_it_comes_late() -> None:
    pulses = Pulses(SPIKE)
    cell = Cell(requests=10, errors=1, wrong=1, throttled=4)
    pulses.take([second(101, 30)])
    pulses.take([Second(100, asked={"calm": 20}, dropped={"calm": 3}, cells={("calm", "x", "y"): cell}, in_flight=7)])
    pulses.take([Second(101, asked={"calm": 20}, dropped={"calm": 2}, in_flight=9)])

    now = pulses.now()
    assert now
    assert (now.asked, now.answered, now.dropped, now.in_flight) == (35, 20, 5, 9)
    assert (now.errors, now.throttled) == (2 / 40, 4 / 40)


def test_phases_follow_each_other_and_the_last_one_stays() -> None:
    pulses = Pulses(SPIKE)
    phases = []
    for at in (1, 121, 181, 400):
        pulses.take([second(at)])
        now = pulses.now()
        assert now
        phases.append(now.phase)

    assert phases == ["calm", "spike", "recovery", "recovery"]


def test_only_the_newest_seconds_are_kept() -> None:
    pulses = Pulses(SPIKE)

    pulses.take([second(at) for at in range(1000)])

    assert len(pulses._newest) == 30
