"""The backtest: thinning keeps bursts, a healthy history is left alone, an incident of both sides is no rollback."""

from dataclasses import replace
from datetime import timedelta
from statistics import mean, variance

import pytest

from cutover.core.backtest import PATIENCE_MINUTES, Backtested, Fate, RuleName, backtest
from cutover.core.models import MINUTE, Limits, Minute, Step
from cutover.core.thinning import split, troubled
from tests.benchmarks.gates.simulation import minutes, seeded
from tests.unit.cutover.core.evidence import START

LIMITS = Limits()
TENTH = Step(10, timedelta(hours=12), 1000)
ALL = Step(100, timedelta(hours=12), 1000)


def history(hours: int, rate: float = 0.005, clump: int = 1, per_minute: float = 231.0) -> list[Minute]:
    """Hours of ECS with everything on it."""
    counts = minutes(seeded(11), hours * 60, per_minute, rate, clump)
    return [Minute(START + MINUTE * i, n, x, 0) for i, (n, x) in enumerate(counts)]


def fate(result: Backtested, rule: RuleName = RuleName.SEQUENTIAL) -> Fate:
    """What one rule came to."""
    (found,) = [one for one in result.fates if one.rule is rule]
    return found


def test_a_share_has_its_part_of_requests_and_of_whole_clumps() -> None:
    whole = history(48, rate=0.01, clump=5)

    mine, theirs = split(whole, 0.1, 5, seeded(1))

    requests, errors = [m.requests or 0 for m in mine], [m.errors or 0 for m in mine]
    assert mean(requests) == pytest.approx(23.1, rel=0.03)
    assert sum(errors) / sum(requests) == pytest.approx(0.01, rel=0.25)
    assert variance(errors) / mean(errors) == pytest.approx(5, rel=0.2)
    assert [(m.requests or 0) + (t.requests or 0) for m, t in zip(mine, theirs, strict=True)] == [
        m.requests for m in whole
    ]
    assert [(m.errors or 0) + (t.errors or 0) for m, t in zip(mine, theirs, strict=True)] == [m.errors for m in whole]


def test_a_share_of_few_requests_is_drawn_one_by_one() -> None:
    mine, _ = split([Minute(START, 4, 1, 0)] * 2000, 0.5, 3, seeded(1))

    assert mean(m.requests or 0 for m in mine) == pytest.approx(2.0, rel=0.05)
    assert mean(m.errors or 0 for m in mine) == pytest.approx(0.5, rel=0.1)


def test_minutes_without_data_stay_without() -> None:
    blank = Minute(START, None, None, None)

    assert split([blank], 0.1, 1, seeded(1)) == ([blank], [blank])


@pytest.mark.parametrize(("rate", "errors"), [(1.0, 100), (0.2, 20)])
def test_trouble_is_put_on_top(rate: float, errors: int) -> None:
    made = list(troubled([Minute(START, 100, 0, 0)] * 500, rate, 1, seeded(1)))

    assert mean(m.errors or 0 for m in made) == pytest.approx(errors, rel=0.05)
    assert all((m.errors or 0) <= (m.requests or 0) for m in made)


def test_a_healthy_history_is_left_alone_by_us_and_rolled_back_by_a_rule_a_minute() -> None:
    (result,) = backtest(history(24), [TENTH], LIMITS)

    assert result.per_minute == pytest.approx(23.1, rel=0.02)
    assert (fate(result).rolled_back, fate(result).bakes) == (0, 20)
    assert fate(result, RuleName.MINUTE).rolled_back == 20
    assert fate(result, RuleName.THREE).rolled_back > 5
    outage, broken, leaking = fate(result).minutes_to_find
    assert outage == 1
    assert broken in {1, 2, 3}
    assert leaking is not None
    assert 4 <= leaking <= 20


def test_it_is_the_same_each_time() -> None:
    given = history(6)

    assert list(backtest(given, [TENTH], LIMITS)) == list(backtest(given, [TENTH], LIMITS))


def test_an_incident_of_both_is_a_common_cause_and_no_rollback_until_ecs_has_nothing_left() -> None:
    sick = [replace(m, errors=(m.requests or 0) // 2) if 300 <= i < 330 else m for i, m in enumerate(history(24))]

    tenth, everything = backtest(sick, [TENTH, ALL], LIMITS)

    assert fate(tenth).rolled_back == 0
    assert (fate(everything).rolled_back, fate(everything).bakes) == (1, 2)


def test_a_history_shorter_than_a_bake_is_one_bake() -> None:
    (result,) = backtest(history(5), [ALL], LIMITS)

    assert fate(result).bakes == 1


def test_missing_days_are_passed_over() -> None:
    gap = [Minute(START + MINUTE * i, None, None, None) for i in range(24 * 60)]

    (result,) = backtest([*gap, *history(24)], [ALL], LIMITS)

    assert (fate(result).rolled_back, fate(result).bakes) == (0, 4)
    assert fate(result).minutes_to_find[0] == 1


def test_no_data_is_no_result() -> None:
    assert list(backtest([Minute(START, None, None, None)], [ALL], LIMITS)) == []
    assert list(backtest([], [ALL], LIMITS)) == []


def test_what_is_not_found_in_time_is_not_found() -> None:
    blunt = replace(LIMITS, error_evidence=100.0)

    (result,) = backtest(history(24, per_minute=20.0), [TENTH], blunt)

    assert fate(result).minutes_to_find[2] is None
    assert PATIENCE_MINUTES == 300
