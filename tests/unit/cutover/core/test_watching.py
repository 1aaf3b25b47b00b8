"""Both sides together: a trouble of ECS's own excuses Lambda as far as it goes; bursts and suspicion."""

from dataclasses import replace

import pytest

from cutover.core.judge import judge
from cutover.core.models import Burst, Evidence, Limits, Side, Verdict, Why
from cutover.core.stats import wilson
from cutover.core.watching import ecs_trouble, watch
from tests.benchmarks.gates.simulation import minutes, seeded
from tests.unit.cutover.core.evidence import Counts, evidence, found, side

LIMITS = Limits()
FAST: list[float | None] = [200.0] * 12
HEALTHY: Counts = [(23, 0)] * 60
ECS_HEALTHY: Counts = [(207, 1)] * 60


def both(serverless: Counts, ecs: Counts, phi: float = 1.0, weight: int = 10) -> Evidence:
    """Both sides, and how bursty errors are."""
    given = evidence(side(serverless, FAST), side(ecs, FAST), weight)
    return replace(given, burst=Burst(phi, "a test", 1440, 1000))


def then(healthy: Counts, *more: tuple[int, int]) -> Counts:
    """Healthy minutes, and what comes after them."""
    return [*healthy, *more]


def test_a_shared_outage_holds_while_it_lasts_and_is_forgotten_soon_after() -> None:
    down, down_ecs = [(23, 12)] * 10, [(207, 100)] * 10
    during = judge(both(then(HEALTHY, *down), then(ECS_HEALTHY, *down_ecs)), LIMITS)
    after = both(then(HEALTHY, *down, *[(23, 0)] * 45), then(ECS_HEALTHY, *down_ecs, *[(207, 1)] * 45))

    assert found(during, "error-rate").why is Why.COMMON
    assert during.verdict is Verdict.HOLD
    assert "going back to ECS would not help" in found(during, "error-rate").text
    assert found(judge(after, LIMITS), "error-rate").why is not Why.COMMON
    assert found(judge(after, LIMITS), "error-rate").verdict is not Verdict.FAIL


def test_from_the_first_minute_of_a_shared_outage_on_it_is_one() -> None:
    given = both(then(HEALTHY, (23, 23)), then(ECS_HEALTHY, (207, 207)))

    assert found(judge(given, LIMITS), "error-rate").why is Why.COMMON


def test_a_lambda_that_stays_down_fails_in_the_first_minute_without_the_excuse() -> None:
    serverless = then(HEALTHY, *[(23, 23)] * 11)
    ecs = then(ECS_HEALTHY, *[(207, 207)] * 10, (207, 0))

    assert found(judge(both(serverless, ecs), LIMITS), "error-rate").verdict is Verdict.FAIL


@pytest.mark.parametrize(("errors", "verdict"), [(5, Verdict.HOLD), (15, Verdict.FAIL)])
def test_lambda_must_be_twice_as_bad_as_an_ecs_in_trouble(errors: int, verdict: Verdict) -> None:
    given = both(then(HEALTHY, *[(23, errors)] * 20), then(ECS_HEALTHY, *[(207, 31)] * 20))

    assert found(judge(given, LIMITS), "error-rate").verdict is verdict


def test_an_incident_of_ecs_long_past_excuses_nothing_now() -> None:
    ecs = [*[(207, 100)] * 30, *ECS_HEALTHY]
    serverless = [*[(23, 0)] * 30, *HEALTHY[:-1], (23, 23)]

    assert watch(both(serverless, ecs), LIMITS).serverless.usual == LIMITS.pass_error_rate
    assert found(judge(both(serverless, ecs), LIMITS), "error-rate").verdict is Verdict.FAIL


def test_what_ecs_always_has_is_usual() -> None:
    always = watch(both([(100, 1)] * 60, [(900, 14)] * 60), LIMITS).serverless

    assert always.usual == pytest.approx(0.0166, abs=0.0002)


def test_a_few_requests_of_ecs_prove_nothing_usual() -> None:
    assert watch(both(HEALTHY, [(1, 1), *[(1, 0)] * 59]), LIMITS).serverless.usual == LIMITS.pass_error_rate


def test_what_is_usual_has_an_end() -> None:
    assert watch(both(HEALTHY, [(2, 1)] * 60, phi=10.0), LIMITS).serverless.usual <= 0.25


def test_leftovers_on_ecs_excuse_nothing_at_100_percent() -> None:
    given = both(then(HEALTHY, *[(23, 23)] * 3), [(3, 3)] * 63, weight=100)

    assert found(judge(given, LIMITS), "error-rate").verdict is Verdict.FAIL


def test_trouble_of_ecs_is_marked_from_its_beginning_to_its_end() -> None:
    ecs = side([*[(200, 0)] * 5, *[(200, 20)] * 4, *[(200, 0)] * 5, (200, 20)]).minutes

    rates = ecs_trouble(ecs, LIMITS, 1.0)

    first, second = wilson(80, 800, 1.96)[1], wilson(20, 200, 1.96)[1]
    assert rates == [0.0] * 5 + [first] * 4 + [0.0] * 5 + [second]


def test_suspicious_minutes_hold_before_they_fail() -> None:
    judgement = judge(both(then([(100, 0)] * 60, (23, 4)), [(900, 1)] * 61), LIMITS)

    held = found(judgement, "error-rate")
    assert (held.verdict, held.why) == (Verdict.HOLD, Why.BAND)
    assert "in the newest 1 minute) looks like trouble, but may be chance: 5.0 of evidence, 9.0 is enough" in held.text


def test_the_same_clump_is_trouble_where_errors_come_singly_and_usual_where_they_come_in_clumps() -> None:
    clump = then([(100, 0)] * 60, (100, 12))

    assert found(judge(both(clump, [(900, 1)] * 61), LIMITS), "error-rate").verdict is Verdict.FAIL
    assert found(judge(both(clump, [(900, 1)] * 61, phi=5.0), LIMITS), "error-rate").verdict is not Verdict.FAIL


@pytest.mark.parametrize(
    ("phi", "errors", "requests", "verdict"),
    [
        (1.0, 25, 5_000, Verdict.PASS),
        (3.0, 25, 5_000, Verdict.PASS),
        (5.0, 25, 5_000, Verdict.HOLD),
        (5.0, 50, 10_000, Verdict.PASS),
    ],
)
def test_bursts_widen_the_bound_and_a_bake_still_ends(phi: float, errors: int, requests: int, verdict: Verdict) -> None:
    counts = [(requests // 50, errors // 50 + (i < errors % 50)) for i in range(50)]

    given = both(counts, [(r * 9, 4) for r, _ in counts], phi)

    assert found(judge(given, LIMITS), "error-rate").verdict is verdict


def test_a_judgement_carries_the_burst_that_it_was_made_with() -> None:
    assert judge(both(HEALTHY, ECS_HEALTHY, 3.0), LIMITS).burst.phi == 3.0


def test_a_shared_mild_trouble_is_not_laid_to_lambda_at_an_even_split() -> None:
    rolled_back = 0
    for seed in range(15):
        rng = seeded(seed)
        sides = [minutes(rng, 30, 115.0, 0.005, 1) + minutes(rng, 30, 115.0, 0.05, 1) for _ in Side]
        for end in range(31, 61, 2):
            given = both(sides[0][:end], sides[1][:end], weight=50)
            if found(judge(given, LIMITS), "error-rate").verdict is Verdict.FAIL:
                rolled_back += 1
                break
    assert rolled_back <= 1
