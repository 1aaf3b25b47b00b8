"""The gates on 4xx, throttles and the RDS Proxy: silent where nothing is known, fair where something is."""

from dataclasses import replace

import pytest

from cutover.core.client_past import counted
from cutover.core.judge import judge
from cutover.core.models import (
    MINUTE,
    Burst,
    Evidence,
    Finding,
    LatencyWindow,
    Limits,
    Minute,
    PastClientErrors,
    Side,
    Verdict,
    Why,
)
from tests.unit.cutover.core.evidence import FIVE, START, evidence, found, side

LIMITS = Limits()
FAST: list[float | None] = [200.0] * 12
PAST = PastClientErrors(12_000, 300_000, 750, 12_500, "1 440 minutes of ECS before", 1440)


def with_4xx(mine: int, theirs: int, minutes: int = 60, weight: int = 10, phi: float = 1.0) -> Evidence:
    """So many 4xx of both sides, spread over minutes with 100 and 900 requests."""

    def spread(total: int, at: int) -> int:
        return total * (at + 1) // minutes - total * at // minutes

    given = evidence(side([(100, 0)] * minutes, FAST), side([(900, 0)] * minutes, FAST), weight)
    lambdas = [replace(m, client_errors=spread(mine, i)) for i, m in enumerate(given.serverless.minutes)]
    ecs = [replace(m, client_errors=spread(theirs, i)) for i, m in enumerate(given.ecs.minutes)]
    return replace(
        given,
        serverless=replace(given.serverless, minutes=tuple(lambdas)),
        ecs=replace(given.ecs, minutes=tuple(ecs)),
        client_burst=Burst(phi, "a test", 1440, 1000),
    )


def of(given: Evidence, gate: str) -> list[Finding]:
    """What that gate says of it, if anything."""
    return [finding for finding in judge(given, LIMITS).findings if finding.gate == gate]


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict", "why"),
    [
        (300, 2700, Verdict.PASS, None),
        (20, 180, Verdict.PASS, None),  # a third of a percent: no excess worth holding for
        (60, 270, Verdict.HOLD, Why.BAND),
        (90, 270, Verdict.FAIL, None),
        (40, 0, Verdict.FAIL, None),
        (6000, 600, Verdict.FAIL, None),
    ],
)
def test_4xx_are_compared_with_those_of_ecs(mine: int, theirs: int, verdict: Verdict, why: Why | None) -> None:
    finding = found(judge(with_4xx(mine, theirs), LIMITS), "client-errors")

    assert (finding.verdict, finding.why) == (verdict, why), finding.text


@pytest.mark.parametrize(("mine", "verdict"), [(24, Verdict.PASS), (36, Verdict.PASS), (48, Verdict.HOLD)])
def test_4xx_of_few_requests_hold_only_when_they_speak_against_lambda(mine: int, verdict: Verdict) -> None:
    finding = found(judge(with_4xx(mine, 216, minutes=6), LIMITS), "client-errors")

    assert finding.verdict is verdict
    assert ("no more than chance makes of ECS's" in finding.text) is (verdict is Verdict.PASS)


def test_a_4xx_finding_carries_its_numbers() -> None:
    finding = found(judge(with_4xx(300, 2700), LIMITS), "client-errors")

    assert finding.value == pytest.approx(1.0, abs=0.01)
    assert finding.bound == pytest.approx(1.12, abs=0.01)
    assert (finding.limit, finding.samples) == (1.25, 6000)
    assert finding.text.startswith("Lambda 4xx rate 5% (300 of 6 000 requests) is 1.00 times ECS's (0.89 to 1.12)")


def test_few_4xx_say_nothing() -> None:
    assert of(with_4xx(19, 0), "client-errors") == []


def test_4xx_of_ecs_alone_say_nothing() -> None:
    assert of(with_4xx(600, 10, weight=0), "client-errors") == []


@pytest.mark.parametrize(
    ("mine", "verdict"), [(390, Verdict.PASS), (540, Verdict.HOLD), (900, Verdict.FAIL), (6000, Verdict.FAIL)]
)
def test_when_lambda_has_all_traffic_its_4xx_are_compared_with_those_ecs_had(mine: int, verdict: Verdict) -> None:
    """The day before ECS had 4%, and 6% in a high hour; the newest hours are not a whole day."""
    given = replace(with_4xx(mine, 9, weight=100), client_past=PAST)

    finding = found(judge(given, LIMITS), "client-errors")

    assert finding.verdict is verdict, finding.text


def test_a_day_of_lambda_is_compared_with_a_day_of_ecs() -> None:
    """7.2% is 1.2 times a high hour and 1.8 times a day."""
    hours, day = (replace(with_4xx(m * 7, 0, m, 100), client_past=PAST) for m in (1380, 1440))

    assert found(judge(hours, LIMITS), "client-errors").verdict is Verdict.PASS
    failing = found(judge(day, LIMITS), "client-errors")
    assert failing.verdict is Verdict.FAIL
    assert "is 1.75 times ECS's 4% in 1 440 minutes of ECS before (" in failing.text


def test_the_finding_names_the_rate_that_ecs_had() -> None:
    finding = found(judge(replace(with_4xx(6000, 0, weight=100), client_past=PAST), LIMITS), "client-errors")

    assert finding.text.startswith(
        "Lambda 4xx rate 100% (6 000 of 6 000 requests) is 16.66 times ECS's 6% in a high hour of 1 440 minutes of ECS"
        " before ("
    )


@pytest.mark.parametrize(("mine", "verdict"), [(1190, None), (1260, Verdict.HOLD), (6000, Verdict.HOLD)])
def test_where_nothing_is_known_of_ecs_many_4xx_hold(mine: int, verdict: Verdict | None) -> None:
    findings = of(with_4xx(mine, 0, weight=100), "client-errors")

    assert [finding.verdict for finding in findings] == ([verdict] if verdict else [])
    assert all(finding.why is Why.BAND and "nothing is known of ECS's" in finding.text for finding in findings)


def test_where_nothing_is_known_of_ecs_many_4xx_of_the_newest_hour_hold() -> None:
    given = with_4xx(0, 0, minutes=600, weight=100)
    broken = [replace(m, client_errors=50 if i >= 560 else 0) for i, m in enumerate(given.serverless.minutes)]
    given = replace(given, serverless=replace(given.serverless, minutes=tuple(broken)))

    (finding,) = of(given, "client-errors")

    assert finding.verdict is Verdict.HOLD
    assert "(2 000 of 6 000 requests in the newest 60 minutes) is over 20%" in finding.text


def test_a_few_answers_hold_nothing_where_nothing_is_known_of_ecs() -> None:
    given = evidence(side([(3, 0)] * 30, FAST), side([(0, 0)] * 30), 100)
    refused = [replace(m, client_errors=3) for m in given.serverless.minutes]

    assert of(replace(given, serverless=replace(given.serverless, minutes=tuple(refused))), "client-errors") == []


def hourly(*errors: int, requests: int = 10) -> list[Minute]:
    """ECS's hours with so many 4xx a minute."""
    return [Minute(START + MINUTE * i, requests, 0, errors[i // 60]) for i in range(60 * len(errors))]


def test_one_odd_hour_of_ecs_is_not_its_high_hour() -> None:
    hours = [1] * 20 + [2, 10, 10, 2]

    past = counted(hourly(*hours), 100)

    assert past
    assert (past.high_errors, past.high_requests) == (120, 600)
    assert (past.errors, past.requests, past.minutes) == (2640, 14_400, 1440)


def test_a_few_requests_of_ecs_are_no_past() -> None:
    assert counted(hourly(1, requests=1), 100) is None
    thin = counted(hourly(0, 1, requests=1), 100)
    assert thin
    assert (thin.high_errors, thin.high_requests) == (60, 120)


def test_minutes_that_one_side_did_not_report_are_not_compared() -> None:
    given = with_4xx(600, 600)
    blind = [replace(m, requests=None) for m in given.ecs.minutes]

    assert of(replace(given, ecs=replace(given.ecs, minutes=tuple(blind))), "client-errors") == []


def test_4xx_that_come_in_bursts_need_more_evidence() -> None:
    assert found(judge(with_4xx(90, 270), LIMITS), "client-errors").verdict is Verdict.FAIL
    assert found(judge(with_4xx(90, 270, phi=5.0), LIMITS), "client-errors").verdict is Verdict.HOLD


def test_4xx_that_begin_late_are_found_in_the_newest_hour() -> None:
    given = with_4xx(2400 * 3 // 100, 2400 * 27 // 100, minutes=2400)
    broken = [
        replace(m, client_errors=30 if i >= 2380 else m.client_errors or 3)
        for i, m in enumerate(given.serverless.minutes)
    ]
    steady = [replace(m, client_errors=27) for m in given.ecs.minutes]
    given = replace(
        given,
        serverless=replace(given.serverless, minutes=tuple(broken)),
        ecs=replace(given.ecs, minutes=tuple(steady)),
    )

    finding = found(judge(given, LIMITS), "client-errors")

    assert finding.verdict is Verdict.FAIL
    assert "in the newest 60 minutes" in finding.text


def throttled(*counts: int | None, requests: int = 100) -> Evidence:
    """The newest minutes' throttles, after an hour of none."""
    given = evidence(side([(requests, 0)] * 60, FAST))
    known = [*[0] * (60 - len(counts)), *counts]
    minutes = [replace(m, throttles=n) for m, n in zip(given.serverless.minutes, known, strict=True)]
    return replace(given, serverless=replace(given.serverless, minutes=tuple(minutes)))


@pytest.mark.parametrize(
    ("counts", "verdict", "why"),
    [
        ((0,), Verdict.PASS, None),
        ((1,), Verdict.HOLD, Why.BAND),
        ((5, *[0] * 14), Verdict.HOLD, Why.BAND),
        ((5, *[0] * 15), Verdict.PASS, None),
        ((15,), Verdict.HOLD, Why.BAND),  # 1% of 1 500
        ((60,), Verdict.FAIL, None),
    ],
)
def test_a_throttle_holds_and_many_fail(counts: tuple[int, ...], verdict: Verdict, why: Why | None) -> None:
    finding = found(judge(throttled(*counts), LIMITS), "throttles")

    assert (finding.verdict, finding.why) == (verdict, why), finding.text


def test_refused_invocations_that_no_request_counts_are_requests_too() -> None:
    finding = found(judge(throttled(50, requests=0), LIMITS), "throttles")

    assert (finding.verdict, finding.value, finding.samples) == (Verdict.FAIL, 1.0, 50)


def test_without_functions_throttles_are_not_told() -> None:
    assert of(evidence(side([(100, 0)] * 20, FAST)), "throttles") == []
    assert of(replace(throttled(9), weights=replace(throttled().weights, ecs=100, serverless=0)), "throttles") == []


def borrowed(*p95s: float | None, ecs_slow: bool = False) -> Evidence:
    """Windows of the time to borrow a connection."""
    ecs = side([(900, 0)] * 60, [2000.0] * 12 if ecs_slow else FAST)
    given = evidence(side([(100, 0)] * 60, FAST), ecs)
    windows = tuple(LatencyWindow(START + FIVE * i, FIVE, p95, 40) for i, p95 in enumerate(p95s))
    return replace(given, serverless=replace(given.serverless, borrows=windows))


@pytest.mark.parametrize(
    ("p95s", "verdict", "why"),
    [
        ([6.0], Verdict.PASS, None),
        ([49.9], Verdict.PASS, None),
        ([50.0], Verdict.HOLD, Why.BAND),
        ([5000.0] * 5, Verdict.HOLD, Why.BAND),
        ([5001.0] * 2, Verdict.HOLD, Why.BAND),
        ([5001.0] * 3, Verdict.FAIL, None),
        ([5001.0, 6.0, 5001.0, None, 6.0, 5001.0], Verdict.FAIL, None),
        ([5001.0] * 3 + [6.0] * 3, Verdict.PASS, None),
    ],
)
def test_the_time_to_borrow_meets_the_documented_limits(
    p95s: list[float | None], verdict: Verdict, why: Why | None
) -> None:
    finding = found(judge(borrowed(*p95s), LIMITS), "borrow")

    assert (finding.verdict, finding.why) == (verdict, why), finding.text


def test_a_proxy_that_stalls_while_ecs_fails_too_is_a_common_cause() -> None:
    judgement = judge(borrowed(*[9000.0] * 5, ecs_slow=True), LIMITS)

    assert found(judgement, "borrow").why is Why.COMMON
    assert judgement.verdict is Verdict.HOLD


def test_a_proxy_that_nobody_asked_says_nothing() -> None:
    assert of(borrowed(None, None), "borrow") == []
    assert of(borrowed(), "borrow") == []


def test_with_everything_on_ecs_none_of_these_is_told() -> None:
    given = borrowed(9000.0)

    given = replace(given, weights=replace(given.weights, ecs=100, serverless=0))

    assert {f.side for f in judge(given, LIMITS).findings} == {Side.ECS}


def test_throttles_are_remembered_as_long_as_the_limits_say() -> None:
    given = throttled(5, *[0] * 19)

    held, passed = (found(judge(given, Limits(throttle_minutes=m)), "throttles") for m in (20, 19))

    assert (held.verdict, passed.verdict) == (Verdict.HOLD, Verdict.PASS)
    assert "in the newest 20 minutes" in held.text


def test_4xx_are_compared_in_as_many_newest_minutes_as_the_limits_say() -> None:
    given = with_4xx(720, 6480, minutes=240)
    late = [
        replace(m, client_errors=20 if i >= 220 else m.client_errors) for i, m in enumerate(given.serverless.minutes)
    ]
    given = replace(given, serverless=replace(given.serverless, minutes=tuple(late)))

    newest = found(judge(given, Limits(client_error_minutes=30)), "client-errors")
    whole = found(judge(given, Limits(client_error_minutes=240)), "client-errors")

    assert "in the newest 30 minutes" in newest.text
    assert "in the newest" not in whole.text


def test_a_slow_proxy_fails_in_as_many_windows_as_the_limits_say() -> None:
    limits = Limits(p95_failing_windows=2, p95_judged_windows=2)

    assert found(judge(borrowed(5001.0, 5001.0, 5001.0), limits), "borrow").verdict is Verdict.FAIL
    assert found(judge(borrowed(5001.0, 5001.0, 6.0), limits), "borrow").verdict is Verdict.PASS
