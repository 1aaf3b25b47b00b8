"""After a spike, the p95 has to come back to what it was, and to stay there."""

from collections.abc import Callable
from typing import Any

import pytest

from cutover.core.load.profile import Phase, Profile
from cutover.core.load.recovery import calm_before, recoveries
from cutover.core.load.run import EndedBy
from cutover.core.load.verdict import Rule, Standing, judge
from tests.unit.cutover.core.load.made import START, Came, made, spiky

BACK = 80  # the second in which the phase that recovers begins
Slow = Callable[[int], bool]


def recovering(slow: Slow, ms: float = 400.0, seconds: float = 200.0) -> Any:
    """A run in which those ten seconds of the phase that recovers, by number, are slow; calm it was 100 ms."""
    return made(spiky(seconds), lambda at: Came(ms=ms if at >= BACK and slow((at - BACK) // 10) else 100.0))


def after(run: Any) -> float | None:
    (recovery,) = recoveries(run)
    return recovery.after_seconds


@pytest.mark.parametrize(
    ("slow", "seconds"),
    [
        (lambda _at: False, 10.0),
        (lambda at: at < 3, 40.0),
        (lambda at: at < 3 or at == 10, 40.0),  # one of the sixteen later ones
        (lambda at: at < 3 or at in {10, 12}, 140.0),  # two of the sixteen later ones are too many
        (lambda at: at < 19, 200.0),
        (lambda _at: True, None),
        (lambda at: at == 19, 10.0),
        (lambda at: at in {18, 19}, None),
    ],
)
def test_it_has_recovered_at_the_end_of_the_ten_seconds_from_which_on_it_stays_quick(
    slow: Slow, seconds: float | None
) -> None:
    assert after(recovering(slow)) == seconds


@pytest.mark.parametrize(("ms", "seconds"), [(110.0, 10.0), (110.1, None)])
def test_a_tenth_more_than_the_highest_calm_p95_is_allowed(ms: float, seconds: float | None) -> None:
    assert after(recovering(lambda _: True, ms)) == seconds


def test_it_is_the_highest_of_the_calm_windows_that_counts() -> None:
    run = made(spiky(), lambda at: Came(ms=200.0 if 20 <= at < 30 else 100.0 if at < BACK else 220.0))
    (recovery,) = recoveries(run)
    assert recovery.limit_ms == pytest.approx(220.0)
    assert recovery.after_seconds == 10.0


@pytest.mark.parametrize(
    ("windows", "standing", "found", "passed"),
    [
        (0, Standing.PASS, "after 10s", True),
        (11, Standing.PASS, "after 2m", True),
        (12, Standing.FAIL, "after 2m10s", False),
        (20, Standing.FAIL, "not in 3m20s", False),
    ],
)
def test_it_has_to_be_in_time(windows: int, standing: Standing, found: str, passed: bool) -> None:
    verdict = judge(recovering(lambda at: at < windows))
    (check,) = [check for check in verdict.checks if check.name is Rule.RECOVERY]
    assert (verdict.standing, check.found, check.passed) == (standing, found, passed)
    assert (check.limit, check.why) == ("within 2m", "p95 at most 110 ms")
    assert verdict.recovered_after_seconds == (None if windows == 20 else 10.0 * (windows + 1))


def test_a_phase_shorter_than_the_time_allowed_leaves_it_open() -> None:
    verdict = judge(recovering(lambda _: True, seconds=60.0))
    (check,) = verdict.untold
    assert (check.name, check.found) == (Rule.RECOVERY, "not yet")
    assert check.why == "p95 at most 110 ms; nothing is known after 1m"
    assert verdict.standing is Standing.UNSURE


def test_an_interrupted_run_leaves_it_open() -> None:
    run = made(spiky(), lambda at: Came() if at < 70 else None, ended=START + 70.0, ended_by=EndedBy.PERSON)
    verdict = judge(run)
    assert verdict.standing is Standing.UNSURE
    assert verdict.recovered_after_seconds is None
    assert Rule.RECOVERY in {check.name for check in verdict.untold}


def sparse(at: int) -> Came:
    """A request a second: ten in ten seconds."""
    return Came(asked=1, requests=1) if at >= BACK else Came()


def test_ten_seconds_with_too_few_requests_are_passed_over() -> None:
    (recovery,) = recoveries(made(spiky(), sparse))
    assert (recovery.after_seconds, recovery.seen_seconds) == (None, 0.0)


def test_ten_seconds_in_which_nothing_ends_although_it_was_asked_are_slow() -> None:
    run = made(spiky(), lambda at: Came(requests=0) if BACK <= at < BACK + 30 else Came())
    assert after(run) == 40.0


def test_a_phase_in_which_nothing_ends_at_all_has_not_recovered() -> None:
    (recovery,) = recoveries(made(spiky(), lambda at: Came(requests=0) if at >= BACK else Came()))
    assert (recovery.after_seconds, recovery.seen_seconds) == (None, 120.0)


def test_calm_phases_without_enough_requests_leave_it_open() -> None:
    run = made(spiky(), lambda at: Came(asked=1, requests=1) if at < 60 else Came())
    (check,) = [check for check in judge(run).checks if check.name is Rule.RECOVERY]
    assert (check.found, check.passed) == ("not known", None)
    assert check.why == "no ten seconds before the spike had enough requests for a p95"


def test_a_standstill_before_the_spike_is_nothing_to_come_back_to() -> None:
    run = made(spiky(), lambda at: Came(requests=0) if at < 10 else Came())
    (recovery,) = recoveries(run)
    assert recovery.limit_ms == pytest.approx(110.0)


def test_calm_is_what_is_neither_spike_nor_recovery_before_the_last_spike() -> None:
    phases = (
        Phase("calm", 10, 10.0),
        Phase("spike", 50, 10.0, spike=True),
        Phase("back", 10, 10.0, recovers=True),
        Phase("calm again", 10, 10.0),
        Phase("second spike", 50, 10.0, spike=True),
        Phase("between", 10, 10.0),
        Phase("second back", 10, 10.0, recovers=True),
    )
    profile = Profile("twice", phases)
    assert [phase.name for phase in calm_before(profile, phases[2])] == ["calm"]
    assert [phase.name for phase in calm_before(profile, phases[6])] == ["calm", "calm again"]


def test_of_two_recoveries_the_longer_one_is_told_and_none_if_one_failed() -> None:
    phases = (
        Phase("calm", 100, 20.0),
        Phase("spike", 200, 10.0, spike=True),
        Phase("back", 100, 50.0, recovers=True),
        Phase("spike 2", 200, 10.0, spike=True),
        Phase("back 2", 100, 50.0, recovers=True),
    )
    profile = Profile("twice", phases)

    def told(till: int) -> float | None:
        return judge(made(profile, lambda at: Came(ms=300.0 if 90 <= at < till else 100.0))).recovered_after_seconds

    assert [told(110), told(140)] == [30.0, None]
