"""Whether one side's errors are shown to be more than twice the other's, when both are in trouble."""

import math

import pytest

from cutover.core.errors_gate import error_findings
from cutover.core.excess import Counts, Excess, excess
from cutover.core.models import Limits, Side, Verdict, Why
from tests.benchmarks.gates.both_sides import laid_to_lambda
from tests.unit.cutover.core.evidence import evidence, side

HEALTHY_LAMBDA, HEALTHY_ECS = [(23, 0)] * 60, [(207, 1)] * 60


@pytest.mark.parametrize(
    ("mine", "theirs"), [((100, 20), (100, 10)), ((100, 0), (100, 0)), ((0, 0), (100, 10)), ((100, 50), (0, 0))]
)
def test_up_to_twice_and_of_nothing_there_is_no_evidence(mine: Counts, theirs: Counts) -> None:
    assert excess(mine, theirs, 2.0) == 0.0


def test_evidence_is_how_much_likelier_the_errors_share_is_than_at_twice_the_rate() -> None:
    """30 of 40 errors, of which twice the rate would give two thirds."""
    assert excess((100, 30), (100, 10), 2.0) == pytest.approx(30 * math.log(0.75 * 3 / 2) + 10 * math.log(0.25 * 3))


def test_one_minute_in_which_nearly_all_fails_beside_an_ecs_in_trouble_is_not_enough() -> None:
    assert 0 < excess((15, 14), (211, 33), 2.0) < 9


def test_what_both_had_alike_before_hides_nothing() -> None:
    test = Excess(2.0, 9.0)
    for _ in range(300):
        test.add((115, 12), (115, 12))
    for _ in range(3):
        test.add((115, 60), (115, 12))

    assert test.alarmed
    assert (test.minutes, test.mine, test.theirs) == (3, (345, 180), (345, 36))


def test_minutes_in_which_one_side_has_no_request_wait_for_the_other() -> None:
    test = Excess(2.0, 9.0)
    for _ in range(5):
        test.add((10, 10), (0, 0))

    assert not test.alarmed
    test.add((0, 0), (500, 25))
    assert test.alarmed


def test_the_end_of_the_trouble_ends_it() -> None:
    test = Excess(2.0, 9.0)
    test.add((115, 100), (115, 10))
    test.end()

    assert not test.alarmed
    assert (test.minutes, test.mine, test.theirs) == (0, (0, 0), (0, 0))


def test_the_finding_says_what_was_compared() -> None:
    ecs = [*HEALTHY_ECS, *[(207, 21)] * 40]
    serverless = [*HEALTHY_LAMBDA, *[(23, 7)] * 40]

    lambdas, _ = error_findings(evidence(side(serverless), side(ecs)), Limits())

    assert lambdas.verdict is Verdict.FAIL
    assert lambdas.text.startswith(
        "Lambda error rate 30.4% (280 of 920 requests in the newest 40 minutes) is over 2 times ECS's 10.1%"
        " (840 of 8 280) in a trouble of both, and not by chance: "
    )
    assert lambdas.score
    assert lambdas.threshold
    assert lambdas.score >= lambdas.threshold


def test_less_than_the_fail_limit_is_no_failure_however_little_ecs_has() -> None:
    """A made-up policy: even 13% is no failure by itself, so that no rule but this could find one."""
    ecs, serverless = [(207, 6)] * 60, [(23, 3)] * 60
    given = evidence(side(serverless), side(ecs))

    def verdict(fail_error_rate: float) -> Verdict:
        return error_findings(given, Limits(fail_error_rate=fail_error_rate))[0].verdict

    assert verdict(0.02) is Verdict.FAIL
    assert verdict(0.2) is Verdict.HOLD


@pytest.mark.parametrize("weight", [10, 50])
@pytest.mark.parametrize("rates", [(0.08, 0.25), (0.1, 0.25), (0.1, 0.3), (0.1, 0.35), (0.15, 0.4), (0.2, 0.45)])
def test_a_lambda_that_is_more_than_twice_as_bad_as_an_ecs_in_trouble_is_found(
    rates: tuple[float, float], weight: int
) -> None:
    found = [laid_to_lambda(rates, weight, 1, seed) for seed in range(2)]

    assert all(after is not None and after <= 240 for after in found)


@pytest.mark.parametrize("rates", [(0.03, 0.03), (0.03, 0.045), (0.1, 0.15), (0.5, 0.75)])
@pytest.mark.parametrize("clump", [1, 5])
def test_a_trouble_of_both_that_comes_and_goes_is_not_laid_to_lambda(rates: tuple[float, float], clump: int) -> None:
    assert [laid_to_lambda(rates, 50, clump, seed) for seed in (100, 101)] == [None] * 2


def test_a_shared_outage_is_a_common_cause_however_quietly_ecs_began_it() -> None:
    """One early error makes ECS's trouble begin minutes before the outage: its rate looks mild."""
    ecs = [*HEALTHY_ECS[:-6], (115, 4), *[(115, 3)] * 5, (115, 57)]
    serverless = [*[(115, 0)] * 60, (115, 86)]

    lambdas, _ = error_findings(evidence(side(serverless), side(ecs), 50), Limits())

    assert lambdas.side is Side.SERVERLESS
    assert lambdas.why is Why.COMMON
