"""The gates: documented limits, evidence instead of chance, and silence that is not health."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cutover.core.judge import blind, judge
from cutover.core.latency_gate import suited_window
from cutover.core.models import LatencyWindow, Limits, Side, SideEvidence, Verdict, Why
from cutover.core.stats import Tally, wilson
from tests.unit.cutover.core.evidence import FIVE, START, evidence, found, side

LIMITS = Limits()
FAST: list[float | None] = [200.0] * 4


def rate(errors: int, requests: int) -> Verdict:
    """The error-rate verdict of so many errors among requests spread over 20 minutes."""
    counts = [(requests // 20, errors // 20 + (1 if i < errors % 20 else 0)) for i in range(20)]
    return found(judge(evidence(side([*counts], FAST)), LIMITS), "error-rate").verdict


def test_a_healthy_lambda_passes_every_gate() -> None:
    judgement = judge(evidence(side([(60, 0)] * 20, FAST)), LIMITS)

    assert judgement.verdict is Verdict.PASS
    assert {f.gate for f in judgement.findings} == {"telemetry", "error-rate", "p95", "share"}
    assert all(f.verdict is Verdict.PASS for f in judgement.findings)


@pytest.mark.parametrize(
    ("errors", "requests", "verdict"),
    [
        (0, 380, Verdict.HOLD),
        (0, 400, Verdict.PASS),
        (50, 10_000, Verdict.PASS),
        (99, 10_000, Verdict.HOLD),
        (100, 10_000, Verdict.HOLD),
        (150, 10_000, Verdict.HOLD),
        (200, 10_000, Verdict.HOLD),
        (201, 10_000, Verdict.FAIL),
        (2, 80, Verdict.HOLD),
        (4, 100, Verdict.HOLD),
        (10, 100, Verdict.FAIL),
        (3, 120, Verdict.HOLD),
        (46, 2300, Verdict.HOLD),
        (47, 2300, Verdict.FAIL),
        (10_000, 10_000, Verdict.FAIL),
    ],
)
def test_error_rates_meet_the_documented_limits(errors: int, requests: int, verdict: Verdict) -> None:
    assert rate(errors, requests) is verdict


def test_a_rate_in_the_band_is_told_from_too_few_requests() -> None:
    band = found(judge(evidence(side([(500, 8)] * 20, FAST)), LIMITS), "error-rate")
    few = found(judge(evidence(side([(5, 0)] * 20, FAST)), LIMITS), "error-rate")

    assert (band.why, few.why) == (Why.BAND, Why.SAMPLES)
    assert band.text == "Lambda error rate 1.6% (160 of 10 000 requests) is between 1% and 2%"
    assert "may be as much as 3.7%: too few requests" in few.text


def test_a_rate_just_over_the_pass_limit_is_in_the_band_once_there_is_plenty() -> None:
    assert found(judge(evidence(side([(50, 1)] * 10 + [(50, 0)] * 10, FAST)), LIMITS), "error-rate").why is Why.BAND
    assert found(judge(evidence(side([(20, 1)] * 4 + [(20, 0)] * 16, FAST)), LIMITS), "error-rate").why is Why.SAMPLES


def test_a_rate_over_the_fail_limit_by_chance_only_is_held() -> None:
    held = found(judge(evidence(side([(6, 0)] * 19 + [(6, 3)], FAST)), LIMITS), "error-rate")

    assert held.verdict is Verdict.HOLD
    assert held.why is Why.SAMPLES


@pytest.mark.parametrize(("requests", "verdict"), [(6, Verdict.HOLD), (7, Verdict.FAIL)])
def test_an_outage_is_found_by_its_evidence_not_by_a_number_of_requests(requests: int, verdict: Verdict) -> None:
    judgement = judge(evidence(side([(requests, requests)], FAST)), Limits(min_requests=5000))

    assert found(judgement, "error-rate").verdict is verdict


def test_no_requests_at_all_say_nothing() -> None:
    judgement = judge(evidence(side([])), LIMITS)

    assert judgement.verdict is Verdict.HOLD
    assert judgement.held_for(Why.SAMPLES)
    assert not judgement.held_for(Why.BLIND)


@pytest.mark.parametrize(("bad_minutes", "errors"), [(1, 300), (3, 100), (5, 30)])
def test_an_outage_is_found_although_days_were_healthy(bad_minutes: int, errors: int) -> None:
    healthy = [(300, 0)] * 2880
    counts = [*healthy, *[(300, errors)] * bad_minutes]

    finding = found(judge(evidence(side([*counts], FAST)), LIMITS), "error-rate")

    assert finding.verdict is Verdict.FAIL
    assert "in the newest" in finding.text
    assert "not by chance: 18.0 of evidence, 9.0 is enough" in finding.text
    assert (finding.score, finding.threshold) == (18.0, 9.0)


def test_chance_in_a_single_minute_is_no_outage() -> None:
    counts = [*[(100, 0)] * 300, (100, 4)]

    assert judge(evidence(side([*counts], FAST)), LIMITS).verdict is Verdict.PASS


def test_a_finding_carries_its_numbers() -> None:
    finding = found(judge(evidence(side([(500, 1)] * 20, FAST)), LIMITS), "error-rate")

    assert (finding.value, finding.limit, finding.samples) == (0.002, 0.01, 10_000)
    assert finding.bound == pytest.approx(0.0031, abs=0.0001)


def test_both_sides_failing_alike_is_a_common_cause() -> None:
    judgement = judge(evidence(side([(100, 50)] * 20, FAST), side([(900, 400)] * 20, FAST)), LIMITS)

    finding = found(judgement, "error-rate")
    assert judgement.verdict is Verdict.HOLD
    assert finding.why is Why.COMMON
    assert finding.text.startswith("common cause: Lambda error rate 50%")


def test_a_lambda_that_is_far_worse_than_a_failing_ecs_still_fails() -> None:
    judgement = judge(evidence(side([(100, 60)] * 20, FAST), side([(900, 45)] * 20, FAST)), LIMITS)

    assert found(judgement, "error-rate").verdict is Verdict.FAIL


def test_a_lambda_that_stays_down_when_ecs_recovers_fails() -> None:
    ecs = side([*[(900, 450)] * 10, *[(900, 0)] * 10], FAST)

    assert judge(evidence(side([(100, 50)] * 20, FAST), ecs), LIMITS).verdict is Verdict.FAIL


def test_ecs_failing_alone_holds_and_never_rolls_back() -> None:
    judgement = judge(evidence(side([(100, 0)] * 20, FAST), side([(900, 300)] * 20, FAST)), LIMITS)

    finding = found(judgement, "error-rate", Side.ECS)
    assert judgement.verdict is Verdict.HOLD
    assert finding.why is Why.BAND
    assert "ECS itself is failing" in finding.text


def test_ecs_in_the_band_does_not_stand_in_the_way() -> None:
    assert judge(evidence(side([(100, 0)] * 20, FAST), side([(900, 14)] * 20, FAST)), LIMITS).verdict is Verdict.PASS


def test_with_everything_on_ecs_only_ecs_is_judged() -> None:
    judgement = judge(evidence(side([(None, 0)] * 15), side([(900, 0)] * 15, FAST), weight=0), LIMITS)

    assert judgement.verdict is Verdict.PASS
    assert {f.side for f in judgement.findings} == {Side.ECS}


def test_with_everything_on_lambda_ecs_may_be_silent() -> None:
    judgement = judge(evidence(side([(600, 0)] * 20, FAST), side([(None, 0)] * 20), weight=100), LIMITS)

    assert judgement.verdict is Verdict.PASS
    assert {f.side for f in judgement.findings} == {Side.SERVERLESS}


@pytest.mark.parametrize(
    ("p95s", "verdict", "why"),
    [
        ([499.9], Verdict.PASS, None),
        ([500.0], Verdict.HOLD, Why.BAND),
        ([1000.0] * 5, Verdict.HOLD, Why.BAND),
        ([1001.0] * 2, Verdict.HOLD, Why.BAND),
        ([1001.0] * 3, Verdict.FAIL, None),
        ([1001.0, 300.0, 1001.0, 300.0, 1001.0], Verdict.FAIL, None),
        ([1001.0, 1001.0, 1001.0, 300.0, 300.0, 300.0], Verdict.PASS, None),
        ([None], Verdict.HOLD, Why.SAMPLES),
        ([], Verdict.HOLD, Why.SAMPLES),
    ],
)
def test_p95_meets_the_documented_limits(p95s: list[float | None], verdict: Verdict, why: Why | None) -> None:
    finding = found(judge(evidence(side([(100, 0)] * 30, p95s)), LIMITS), "p95")

    assert (finding.verdict, finding.why) == (verdict, why)


def test_windows_with_too_few_requests_say_nothing() -> None:
    finding = found(judge(evidence(side([(30, 0)] * 30, [5000.0] * 5, samples=199)), LIMITS), "p95")

    assert (finding.verdict, finding.why) == (Verdict.HOLD, Why.SAMPLES)
    assert finding.text == "Lambda p95 is not known: at most 199 requests in 5m, and it takes 200"


def test_both_sides_slow_alike_is_a_common_cause() -> None:
    slow: list[float | None] = [2000.0] * 4
    ecs = side([(900, 0)] * 20, slow)

    assert found(judge(evidence(side([(100, 0)] * 20, slow), ecs), LIMITS), "p95").why is Why.COMMON
    very_slow: list[float | None] = [9000.0] * 4
    assert found(judge(evidence(side([(100, 0)] * 20, very_slow), ecs), LIMITS), "p95").verdict is Verdict.FAIL


def test_ecs_slow_alone_holds() -> None:
    judgement = judge(evidence(side([(100, 0)] * 20, FAST), side([(900, 0)] * 20, [2000.0] * 4)), LIMITS)

    assert judgement.verdict is Verdict.HOLD
    assert found(judgement, "p95", Side.ECS).why is Why.BAND


@pytest.mark.parametrize(("silent", "verdict"), [(2, Verdict.PASS), (3, Verdict.HOLD), (20, Verdict.HOLD)])
def test_settled_minutes_without_data_are_silence(silent: int, verdict: Verdict) -> None:
    counts = [*[(100, 0)] * (20 - silent), *[(None, 0)] * silent]

    finding = found(judge(evidence(side([*counts], FAST)), LIMITS), "telemetry")

    assert finding.verdict is verdict
    assert finding.why is (Why.BLIND if silent > 2 else None)


def test_a_silent_ecs_with_traffic_is_silence_too() -> None:
    judgement = judge(evidence(side([(100, 0)] * 20, FAST), side([(None, 0)] * 20)), LIMITS)

    assert judgement.held_for(Why.BLIND)
    assert "ECS has no telemetry for 20 settled minutes" in found(judgement, "telemetry", Side.ECS).text


def test_failing_beats_silence_beats_passing() -> None:
    ecs = side([(None, 0)] * 20)

    assert judge(evidence(side([(100, 50)] * 20, FAST), ecs), LIMITS).verdict is Verdict.FAIL
    assert judge(evidence(side([(100, 0)] * 20, FAST), ecs), LIMITS).verdict is Verdict.HOLD


@pytest.mark.parametrize(
    ("share", "why"), [(100, None), (140, None), (160, Why.SHARE), (45, Why.SHARE), (0, Why.SHARE)]
)
def test_traffic_must_be_where_the_weights_say(share: int, why: Why | None) -> None:
    ecs = side([(1000 - share, 0)] * 20, FAST)

    finding = found(judge(evidence(side([(share, 0)] * 20, FAST), ecs), LIMITS), "share")

    assert finding.why is why


def test_a_share_of_few_requests_may_wander_further() -> None:
    ecs = side([(4, 0)] * 20, FAST)

    assert found(judge(evidence(side([(1, 0)] * 20, FAST), ecs), LIMITS), "share").verdict is Verdict.PASS


def test_a_share_is_not_told_by_minutes_that_one_side_did_not_report() -> None:
    ecs = side([*[(900, 0)] * 18, *[(None, 0)] * 2], FAST)

    assert found(judge(evidence(side([(100, 0)] * 20, FAST), ecs), LIMITS), "share").value == 0.1


def test_the_share_is_that_of_the_newest_minutes() -> None:
    serverless = side([*[(0, 0)] * 60, *[(100, 0)] * 15], FAST)
    ecs = side([*[(1000, 0)] * 60, *[(900, 0)] * 15], FAST)

    assert found(judge(evidence(serverless, ecs), LIMITS), "share").value == 0.1


def test_no_telemetry_at_all_is_a_hold_with_its_sentence() -> None:
    judgement = blind("CloudWatch is away")

    assert judgement.verdict is Verdict.HOLD
    assert judgement.held_for(Why.BLIND)
    assert judgement.reasons == ("CloudWatch is away",)


@pytest.mark.parametrize(
    ("per_minute", "minutes"), [(1000, 5), (50, 5), (49, 10), (23, 15), (10, 30), (5, 60), (1, 60)]
)
def test_windows_are_as_long_as_a_p95_needs(per_minute: int, minutes: int) -> None:
    suited = suited_window(side([(per_minute, 0)] * 20).minutes, LIMITS)

    assert suited == timedelta(minutes=minutes)


def test_without_data_windows_stay_as_configured() -> None:
    assert suited_window(side([(None, 0)] * 5).minutes, LIMITS) == FIVE


def test_a_p95_that_is_not_known_names_the_window_that_is_awaited() -> None:
    waiting = replace(side([(20, 0)] * 9), window=timedelta(minutes=15))

    held = found(judge(evidence(waiting), LIMITS), "p95")

    assert held.text == "Lambda p95 is not known: no whole window of 15m yet"


def test_the_first_minutes_after_a_shift_tell_no_rate() -> None:
    first = [(1, 0), (2, 0), (None, 0), (4, 0), (9, 0)]

    assert suited_window(side(first).minutes, LIMITS) == FIVE
    assert suited_window(side([*first, (9, 0)]).minutes, LIMITS) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("per_minute", "so_far", "then"),
    [(25, 60, 15), (19, 60, 30), (19, 15, 15), (17, 15, 15), (16, 15, 30), (49, 10, 10), (59, 10, 10), (60, 10, 5)],
)
def test_a_window_grows_at_need_and_shrinks_only_with_room(per_minute: int, so_far: int, then: int) -> None:
    current = timedelta(minutes=so_far)

    assert suited_window(side([(per_minute, 0)] * 20).minutes, LIMITS, current) == timedelta(minutes=then)


def test_only_the_newest_hour_tells_the_rate() -> None:
    assert suited_window(side([(1, 0)] * 200 + [(50, 0)] * 60).minutes, LIMITS, timedelta(hours=1)) == FIVE * 2
    assert suited_window(side([(1, 0)] * 200 + [(60, 0)] * 60).minutes, LIMITS, timedelta(hours=1)) == FIVE


def test_the_wilson_bounds_are_the_known_ones() -> None:
    assert wilson(0, 0, 1.96) == (0.0, 1.0)
    assert wilson(2, 100, 1.96) == pytest.approx((0.0055, 0.0700), abs=1e-4)
    assert wilson(0, 387, 1.96)[1] < 0.01 < wilson(0, 380, 1.96)[1]
    assert wilson(10, 10, 1.96)[1] == 1.0


def test_a_tally_adds_any_stretch() -> None:
    tally = Tally(side([(10, 1), (None, 0), (30, 3), (5, 9)]).minutes)

    assert tally.minutes == 4
    assert tally.whole() == (9, 45)
    assert tally.newest(2) == (8, 35)
    assert tally.span(3, 2) == (3, 30)
    assert tally.span(1, 9) == (1, 10)


def test_the_longest_windows_are_used_when_they_hold_enough() -> None:
    hour = timedelta(hours=1)
    slow = SideEvidence(side([(10, 0)] * 60).minutes, (LatencyWindow(START, hour, 700.0, 600),))

    assert "(600 requests in 1h)" in found(judge(evidence(slow), LIMITS), "p95").text


def test_a_rate_over_both_limits_that_lie_close_is_named_by_the_first() -> None:
    limits = Limits(pass_error_rate=0.010, fail_error_rate=0.011)

    held = found(judge(evidence(side([(50, 1)] * 12 + [(50, 0)] * 8, FAST)), limits), "error-rate")

    assert (held.verdict, held.why) == (Verdict.HOLD, Why.BAND)
    assert held.text == "Lambda error rate 1.2% (12 of 1 000 requests) is over 1%"


@pytest.mark.parametrize(
    ("errors", "p95", "verdict"),
    [
        (80, 200.0, Verdict.PASS),  # 0.80%, at most 0.99%
        (81, 200.0, Verdict.HOLD),  # 0.81%, at most 1.01%
        (100, 200.0, Verdict.HOLD),  # exactly 1.00%
        (200, 200.0, Verdict.HOLD),  # exactly 2.00%
        (201, 200.0, Verdict.FAIL),
        (0, 499.9, Verdict.PASS),
        (0, 500.0, Verdict.HOLD),  # exactly 500 ms
        (0, 1000.0, Verdict.HOLD),  # exactly 1 000 ms
        (0, 1000.1, Verdict.FAIL),
    ],
)
def test_exactly_at_a_limit_it_holds(errors: int, p95: float, verdict: Verdict) -> None:
    counts = [(500, errors * (i + 1) // 20 - errors * i // 20) for i in range(20)]

    assert judge(evidence(side(counts, [p95] * 4)), LIMITS).verdict is verdict


def test_a_spike_of_a_minute_is_found_and_forgotten_when_it_is_over() -> None:
    spike = [*[(23, 0)] * 60, (23, 20)]

    assert judge(evidence(side(spike, FAST)), LIMITS).verdict is Verdict.FAIL
    later = [*spike, *[(23, 0)] * 600]
    assert found(judge(evidence(side(later, FAST)), LIMITS), "error-rate").verdict is not Verdict.FAIL


def test_a_slow_drift_is_found() -> None:
    drift = [(100, i * 8 // 600) for i in range(600)]

    assert judge(evidence(side(drift, FAST)), LIMITS).verdict is Verdict.FAIL
