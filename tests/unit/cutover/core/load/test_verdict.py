"""The verdict: every rule held, broken, and at its very limit."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cutover.core.load.histogram import Histogram
from cutover.core.load.lines import Note, Second
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import EndedBy, Limits, LoadRun
from cutover.core.load.verdict import Check, Rule, Standing, Verdict, judge
from tests.unit.cutover.core.load.made import START, Came, flat, made, seconds_of

TWO = Profile("two", (Phase("first", 100, 30.0), Phase("second", 100, 30.0)))


def only(verdict: Verdict, rule: Rule, phase: str = "steady") -> Check:
    (check,) = [check for check in verdict.checks if (check.name, check.phase) == (rule, phase)]
    return check


def passed(verdict: Verdict) -> Mapping[str, bool | None]:
    return {str(check.name): check.passed for check in verdict.checks}


def at(second: int, special: Came) -> Any:
    return lambda number: special if number == second else Came()


def test_a_run_in_which_all_is_well_passes_every_check() -> None:
    verdict = judge(made(flat()))
    assert verdict.standing is Standing.PASS
    assert verdict.headline == "ecs holds flat: 6 000 requests, p95 100 ms, p99 100 ms, 0% errors"
    assert passed(verdict) == dict.fromkeys(["delivered", "errors", "429", "p95", "p99"], True)
    assert (verdict.exhausted, verdict.recovered_after_seconds) == ("", None)


@pytest.mark.parametrize(
    ("special", "rule", "found"),
    [
        # 6000 requests: 60 are 1%.
        (Came(errors=60), Rule.ERRORS, "1% (60 of 6 000)"),
        (Came(errors=20, wrong=40), Rule.ERRORS, "1% (60 of 6 000, 40 of them wrong answers)"),
        (Came(throttled=60), Rule.THROTTLED, "1% (60 of 6 000)"),
    ],
)
def test_a_rate_at_its_limit_breaks_it(special: Came, rule: Rule, found: str) -> None:
    verdict = judge(made(flat(), at(30, special)))
    assert verdict.standing is Standing.FAIL
    assert [(check.name, check.found, check.limit) for check in verdict.failed] == [(rule, found, "under 1%")]


@pytest.mark.parametrize("special", [Came(errors=59), Came(wrong=59), Came(errors=30, wrong=29), Came(throttled=59)])
def test_a_rate_below_its_limit_passes(special: Came) -> None:
    assert judge(made(flat(), at(30, special))).standing is Standing.PASS


def test_throttled_requests_are_no_errors() -> None:
    verdict = judge(made(flat(), at(30, Came(throttled=100))))
    assert (only(verdict, Rule.ERRORS).passed, only(verdict, Rule.THROTTLED).passed) == (True, False)


@pytest.mark.parametrize(
    ("slow", "slow_ms", "broken"),
    [
        (5, 500.0, []),  # 5 of 100: the p95 is that of the others
        (6, 499.9, []),
        (6, 500.0, [(Rule.P95, "500.0 ms")]),
        (6, 500.1, [(Rule.P95, "500.1 ms")]),
        (1, 5000.0, []),
        (2, 999.9, []),
        (2, 1000.0, [(Rule.P99, "1000.0 ms")]),
        (2, 1234.0, [(Rule.P99, "1 234 ms")]),
        (6, 1000.0, [(Rule.P95, "1 000 ms"), (Rule.P99, "1000.0 ms")]),
    ],
)
def test_a_time_has_to_be_under_its_limit(slow: int, slow_ms: float, broken: Sequence[tuple[Rule, str]]) -> None:
    verdict = judge(made(flat(), lambda _: Came(slow=slow, slow_ms=slow_ms)))
    assert [(check.name, check.found) for check in verdict.failed] == list(broken)
    assert verdict.standing is (Standing.FAIL if broken else Standing.PASS)


def test_a_passing_time_that_rounds_to_its_limit_does_not_look_like_it() -> None:
    assert only(judge(made(flat(), lambda _: Came(ms=499.9))), Rule.P95).found == "499.9 ms"


@pytest.mark.parametrize(("rate", "sure"), [(19, False), (20, True)])
def test_fewer_requests_than_a_p95_needs_are_too_little_to_tell(rate: int, sure: bool) -> None:
    verdict = judge(made(flat(rate, 10)))
    assert verdict.standing is (Standing.PASS if sure else Standing.UNSURE)
    assert [check.passed for check in (only(verdict, Rule.P95), only(verdict, Rule.P99))] == [sure or None] * 2
    assert only(verdict, Rule.P95).why == ("" if sure else "190 requests, and it takes 200")
    assert only(verdict, Rule.ERRORS).passed is True


def test_the_limits_are_those_of_the_run() -> None:
    run = made(flat(), limits=Limits(pass_p95_ms=100.0, pass_p99_ms=100.0))
    assert [check.name for check in judge(run).failed] == [Rule.P95, Rule.P99]


def test_the_first_seconds_count_as_all_others_do() -> None:
    verdict = judge(made(flat(), lambda number: Came(ms=3000.0 if number < 4 else 50.0)))
    assert [check.name for check in verdict.failed] == [Rule.P95, Rule.P99]


def test_each_phase_is_judged_by_itself() -> None:
    verdict = judge(made(TWO, lambda number: Came(ms=700.0 if number >= 30 else 50.0)))
    assert [(check.name, check.phase) for check in verdict.failed] == [(Rule.P95, "second")]
    assert verdict.headline == "ecs does not hold two: p95 700 ms in second, under 500 ms wanted"


@pytest.mark.parametrize(("ended", "delivered"), [(5820, True), (5819, False)])
def test_as_much_as_was_asked_has_to_end_but_for_three_percent(ended: int, delivered: bool) -> None:
    missing = 6000 - ended
    verdict = judge(made(flat(), lambda number: Came(requests=100 - missing // 60 - (number < missing % 60))))
    check = only(verdict, Rule.DELIVERED)
    assert check.passed is delivered
    # Of the missing ones nobody knows a time, and they are more than the p99 leaves over.
    assert verdict.standing is (Standing.UNSURE if delivered else Standing.NOT_DELIVERED)
    assert check.found == ("97% (5 820 of 6 000)" if delivered else "96.9% (5 819 of 6 000)")
    assert check.why == ("" if delivered else "181 requests had not ended when the run did")


def test_answers_of_any_kind_are_delivered_load() -> None:
    verdict = judge(made(flat(), lambda _: Came(errors=50, throttled=50)))
    assert only(verdict, Rule.DELIVERED).passed is True
    assert verdict.standing is Standing.FAIL


def test_dropped_arrivals_are_not_delivered_and_say_why() -> None:
    verdict = judge(made(flat(), lambda _: Came(dropped=4, in_flight=2000)))
    assert verdict.standing is Standing.NOT_DELIVERED
    assert only(verdict, Rule.DELIVERED).why == (
        "240 arrivals dropped, since as many as may be under way at once (2 000) were: answers came too slowly"
    )
    assert verdict.exhausted == "the cap of 2 000 requests under way at once: 240 arrivals dropped"


@pytest.mark.parametrize(
    ("drawn", "asked"),
    [
        (6000, 6000),
        (5800, 5800),  # that few may be drawn of 6000 by chance
        (6300, 6300),
        (5767, 5768),  # 6000 - 3 * sqrt(6000)
        (4000, 5768),
    ],
)
def test_what_is_asked_is_what_was_drawn_or_what_chance_leaves_of_the_plan(drawn: int, asked: int) -> None:
    run = made(flat(), lambda number: Came(asked=drawn // 60 + (number < drawn % 60)))
    assert judge(run).phases[0].asked == asked


def test_arrivals_that_never_came_up_are_not_delivered() -> None:
    verdict = judge(made(flat(), lambda number: None if number % 2 else Came()))
    assert verdict.standing is Standing.NOT_DELIVERED
    assert only(verdict, Rule.DELIVERED).why == "2 768 arrivals never came up"
    assert verdict.exhausted == ""


def test_a_generator_that_was_too_late_is_named_as_the_reason() -> None:
    verdict = judge(made(flat(), lambda _: Came(requests=90, late_ms=400.0)))
    assert only(verdict, Rule.DELIVERED).why == (
        "600 requests had not ended when the run did; the generator was too slow: it was up to 400 ms behind; nobody"
        " measured how busy it was"
    )


def test_a_phase_of_no_requests_at_all_is_not_delivered() -> None:
    verdict = judge(made(TWO, lambda number: None if number >= 30 else Came()))
    assert verdict.standing is Standing.NOT_DELIVERED
    assert [(check.name, check.phase) for check in verdict.failed] == [(Rule.DELIVERED, "second")]


def test_a_run_without_any_second_is_not_delivered() -> None:
    verdict = judge(made(flat(), seconds=[]))
    assert verdict.standing is Standing.NOT_DELIVERED
    assert verdict.headline == (
        "the load of flat did not arrive whole, so nothing is proved: delivered 0% (0 of 5 768) in steady,"
        " at least 97% wanted (5 768 arrivals never came up)"
    )


def test_a_pause_asks_for_nothing_and_is_not_checked() -> None:
    profile = Profile("paused", (Phase("pause", 0, 30.0), Phase("steady", 100, 30.0)))
    verdict = judge(made(profile))
    assert verdict.standing is Standing.PASS
    assert {check.phase for check in verdict.checks} == {"steady"}
    assert verdict.phases[0].delivered is None


@pytest.mark.parametrize("phase", [Phase("few", 1, 9.0), Phase("pause", 0, 60.0)])
def test_a_run_without_any_request_is_never_a_pass(phase: Phase) -> None:
    verdict = judge(made(Profile("none", (phase,)), seconds=[]))
    assert verdict.standing is Standing.UNSURE
    assert "nothing was asked, requests wanted (without a request nothing is proved)" in verdict.headline


def test_a_phase_of_which_chance_left_no_arrival_proves_nothing() -> None:
    profile = Profile("two", (Phase("steady", 100, 30.0), Phase("few", 1, 9.0)))
    verdict = judge(made(profile, lambda at: Came() if at < 30 else None))
    assert verdict.standing is Standing.UNSURE
    assert [(check.phase, check.found, check.why) for check in verdict.untold] == [
        ("few", "no arrival came up", "so few are planned (9) that chance may leave none")
    ]


def test_requests_in_a_phase_that_asks_for_no_certain_rate_are_judged() -> None:
    profile = Profile("by hand", (Phase("by hand", 0, 60.0),))
    verdict = judge(made(profile, lambda _: Came(asked=50, ms=800.0)))
    assert verdict.phases[0].asked == 3000
    assert [check.name for check in verdict.failed] == [Rule.P95]


@pytest.mark.parametrize(
    "changes",
    [{"notes": [Note(START + 9, "worker w1 is gone", lost=True)]}, {"ended_by": EndedBy.LOST}],
)
def test_a_lost_worker_is_never_a_pass_however_good_the_rest_was(changes: dict[str, Any]) -> None:
    verdict = judge(made(flat(), **changes))
    assert verdict.standing is Standing.NOT_DELIVERED
    assert verdict.failed[0].found == "measurements are missing"
    assert "worker" in verdict.headline
    assert "is gone" in verdict.headline


def test_a_lost_worker_said_twice_is_told_once() -> None:
    lost = Note(START + 9, "worker w1 is gone", lost=True)
    verdict = judge(made(flat(), notes=[lost, lost], ended_by=EndedBy.LOST))
    assert verdict.failed[0].why == "worker w1 is gone"


def test_a_note_that_loses_nothing_changes_nothing() -> None:
    assert judge(made(flat(), notes=[Note(START, "it rains")])).standing is Standing.PASS


def test_a_run_with_a_lost_worker_and_slow_answers_tells_of_both() -> None:
    verdict = judge(made(flat(), lambda _: Came(ms=800.0), ended_by=EndedBy.LOST))
    assert verdict.standing is Standing.NOT_DELIVERED
    assert verdict.headline.endswith("; besides, 1 limit broke")


def early(by: EndedBy, seconds: int, ms: float = 50.0, **changes: Any) -> LoadRun:
    ended = {} if by is EndedBy.NOTHING else {"ended": START + seconds}
    told = seconds_of(TWO, lambda number: Came(ms=ms) if number < seconds else None)
    return made(TWO, seconds=told, **{"ended": 0.0, **ended, "ended_by": by, **changes})


def test_an_interrupted_run_is_unsure_and_says_what_did_not_run() -> None:
    verdict = judge(early(EndedBy.PERSON, 20))
    assert verdict.standing is Standing.UNSURE
    assert verdict.headline == (
        "too little to tell whether ecs holds two: interrupted after 20s of 1m, all phases wanted; and 1 more"
    )
    assert [(check.name, check.phase, check.found) for check in verdict.untold] == [
        (Rule.COMPLETE, "", "interrupted after 20s of 1m"),
        (Rule.COMPLETE, "second", "did not run"),
    ]
    assert verdict.phases[0].asked == 2000
    assert verdict.failed == []


def test_an_interrupted_run_stays_unsure_with_a_limit_broken() -> None:
    verdict = judge(early(EndedBy.PERSON, 20, 800.0))
    assert verdict.standing is Standing.UNSURE
    assert verdict.headline.endswith("; besides, 1 limit broke")


def test_a_run_interrupted_after_all_phases_is_unsure() -> None:
    verdict = judge(early(EndedBy.PERSON, 60))
    assert verdict.standing is Standing.UNSURE
    assert len(verdict.untold) == 1


def test_an_aborted_run_fails_whatever_else_is_missing() -> None:
    notes = [Note(START + 40, "61% of the last ten seconds' requests failed")]
    verdict = judge(early(EndedBy.ABORT, 10, notes=notes))
    assert verdict.standing is Standing.FAIL
    assert verdict.headline == (
        "ecs does not hold two: aborted after 10s of 1m, all phases wanted (61% of the last ten seconds'"
        " requests failed)"
    )


def test_a_killed_run_is_never_a_pass_and_tells_how_far_it_came() -> None:
    verdict = judge(early(EndedBy.NOTHING, 40))
    assert verdict.standing is Standing.NOT_DELIVERED
    assert only(verdict, Rule.COMPLETE, "").found == "nothing is known after 40s of 1m"
    assert only(verdict, Rule.COMPLETE, "").passed is None
    assert (
        only(verdict, Rule.DELIVERED, "second").why
        == "1 836 arrivals never came up (the run ended after 10s of the phase)"
    )
    assert only(verdict, Rule.DELIVERED, "first").passed is True


def test_a_run_killed_before_its_first_second_is_not_delivered() -> None:
    verdict = judge(early(EndedBy.NOTHING, 0))
    assert verdict.standing is Standing.NOT_DELIVERED
    assert [phase.seconds for phase in verdict.phases] == [0.0, 0.0]


def test_a_run_killed_after_all_was_measured_is_unsure() -> None:
    assert judge(early(EndedBy.NOTHING, 60)).standing is Standing.UNSURE


def test_a_ramp_that_was_interrupted_asks_for_what_lay_under_it_so_far() -> None:
    profile = Profile("ramp", (Phase("calm", 100, 10.0), Phase("up", 300, 20.0, ramp=True)))
    run = made(profile, ended=float(START + 20), ended_by=EndedBy.PERSON)
    assert [phase.planned for phase in judge(run).phases] == [1000.0, 1500.0]


def test_a_phase_tells_its_numbers() -> None:
    came = Came(errors=3, wrong=2, throttled=4, dropped=5, cold=1, slow=1)
    (phase,) = judge(made(flat(), at(30, came))).phases
    assert (phase.drawn, phase.sent, phase.dropped, phase.requests, phase.unfinished) == (6000, 5995, 5, 5995, 0)
    assert (phase.errors, phase.wrong, phase.throttled, phase.cold) == (3, 2, 4, 1)
    assert (phase.error_rate, phase.throttle_rate) == (5 / 5995, 4 / 5995)
    assert phase.rate == pytest.approx(5995 / 60)
    assert phase.delivered == 5995 / 6000
    assert (phase.response.p50_ms, phase.service.p50_ms, phase.response.longest_ms) == (100.0, 100.0, 3000.0)


def test_cold_starts_are_told_apart_from_all_others() -> None:
    verdict = judge(made(flat(), lambda _: Came(cold=6, cold_ms=4000.0)))
    (phase,) = verdict.phases
    assert (phase.cold, phase.cold_response.p50_ms, phase.cold_response.longest_ms) == (360, 4000.0, 4000.0)
    assert (phase.response.p95_ms, phase.warm.p95_ms) == (4000.0, 100.0)
    assert verdict.exhausted.startswith(
        "cold starts: 360 of 6 000 requests in steady waited for one, and without them the p95 is 100 ms"
    )


def test_requests_whose_arrival_nobody_wrote_down_are_sent_all_the_same() -> None:
    run = made(flat(), lambda _: Came(asked=100, requests=101))
    (phase,) = judge(run).phases
    assert (phase.sent, phase.unfinished, phase.delivered) == (6060, 0, 1.0)


def test_a_second_of_a_phase_that_the_profile_does_not_have_is_left_alone() -> None:
    run = made(flat())
    run.seconds = [*run.seconds, Second(START + 60, asked={"other": 5})]
    assert judge(run).standing is Standing.PASS


@pytest.mark.parametrize(("dropped", "found", "passed"), [(1, "100 ms", True), (2, "not known", None)])
def test_arrivals_that_were_never_sent_are_not_left_out_of_a_percentile(
    dropped: int, found: str, passed: bool | None
) -> None:
    verdict = judge(made(flat(), lambda _: Came(ms=100.0, dropped=dropped)))
    p95, p99 = only(verdict, Rule.P95), only(verdict, Rule.P99)
    assert (p95.found, p95.passed) == ("100 ms", True)
    assert (p99.found, p99.passed) == (found, passed)
    assert ("120 arrivals of 6 000 got no answer" in p99.why) is (passed is None)
    assert verdict.standing is (Standing.UNSURE if passed is None else Standing.PASS)


def test_a_target_is_not_blamed_for_what_the_generator_sent_too_late() -> None:
    """It answers in 5 ms, but requests were sent three seconds late: the load did not come as it was asked for."""
    seconds = seconds_of(flat(), lambda _: Came(ms=3000.0, late_ms=3000.0))
    for second in seconds:
        for cell in second.cells.values():
            cell.service = Histogram({50: cell.requests})
    verdict = judge(made(flat(), seconds=seconds))
    assert verdict.standing is Standing.NOT_DELIVERED
    delivered = only(verdict, Rule.DELIVERED)
    assert delivered.passed is False
    assert delivered.why.startswith(
        "the generator sent them too late: a p95 of 3 000 ms from the intended start is one of 5 ms from the sending"
    )
