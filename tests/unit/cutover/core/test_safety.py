"""Each safety rule at its limit: just under, at, just over; what is not known; set aside by name with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cutover.core.freezes import WeeklyFreeze, parse_moment
from cutover.core.models import Judgement, Snapshot, Verdict, Weights
from cutover.core.plan import OVERRIDABLE, Demand, Known, Plan, Refused, Rule, Wish
from cutover.core.planning import exchange, plan_shift
from cutover.core.policy import Policy
from cutover.core.record import Event, Kind
from cutover.core.rules import refusals
from cutover.core.standing import Freeze, Standing
from cutover.core.state import State
from cutover.core.surroundings import Concurrency, Deploy, EcsCapacity, Ipv6, Surroundings
from cutover.core.zone import Sides, traffic
from cutover.render.way_on import hints
from tests.fakes.zone import weighted

SIDES = Sides("ecs", "lambda")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
RAISE = ((90, 10), 50)
TO_TOP = ((50, 50), 100)
POLICY = Policy(drill_above=100)
PASSING = Judgement(Verdict.PASS, ())
WEEKEND = WeeklyFreeze(parse_moment("Fri 12:00"), parse_moment("Mon 08:00"), UTC, "Fri 12:00 to Mon 08:00 UTC")


def event(kind: Kind, age: timedelta = MINUTE, **facts: Any) -> Event:
    return Event(1, NOW - age, kind, "ada", "host", "test", **facts)


def knowing(standing: Standing | None = None, policy: Policy = POLICY, **more: Any) -> Known:
    state = State(standing=standing or Standing())
    return Known(state, PASSING, now=more.pop("now", NOW), policy=policy, **more)


def around(**facts: Any) -> Known:
    return knowing(surroundings=Surroundings(**facts))


def found(known: Known, move: tuple[tuple[int, int], int] = RAISE, **wish: Any) -> Refused | None:
    """The refusal, which is never for another rule than the tested one."""
    (ecs, serverless), target = move
    plan = plan_shift(Snapshot(tuple(weighted(ecs, serverless))), SIDES, Wish(target, **wish), known)
    return plan if isinstance(plan, Refused) else None


def rule_of(known: Known, move: tuple[tuple[int, int], int] = RAISE) -> Rule | None:
    refusal = found(known, move)
    return refusal.rule if refusal else None


def test_nothing_said_and_nothing_asked_refuses_nothing() -> None:
    assert found(knowing()) is None


@pytest.mark.parametrize(
    ("live", "target", "refuses"),
    [((100, 0), 9, False), ((100, 0), 10, False), ((100, 0), 11, True), ((90, 10), 60, False), ((90, 10), 61, True)],
)
def test_a_step_may_be_of_just_the_limit(live: tuple[int, int], target: int, refuses: bool) -> None:
    refusal = found(knowing(), (live, target))

    assert (refusal is not None) is refuses
    if refusal:
        assert (refusal.rule, refusal.number) == (Rule.STEP, str(target - live[1]))


def test_a_pause_refuses_with_who_and_why() -> None:
    refusal = found(knowing(Standing(paused=event(Kind.PAUSED, reason="the database moves"))))

    assert refusal is not None
    assert (refusal.rule, refusal.text) == (Rule.PAUSED, "paused 24 Nov 08:59 UTC by ada: the database moves")
    assert "cutover resume" in refusal.way_on


@pytest.mark.parametrize(
    ("now", "refuses"),
    [
        (datetime(2026, 11, 27, 11, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 27, 12, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 7, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 8, tzinfo=UTC), False),
    ],
)
def test_a_weekly_freeze_refuses_from_its_first_to_its_last_moment(now: datetime, refuses: bool) -> None:
    refusal = found(knowing(policy=replace(POLICY, weekly_freezes=(WEEKEND,)), now=now))

    assert (refusal is not None) is refuses
    if refusal:
        assert (refusal.rule, refusal.limit) == (Rule.FREEZE, "Mon 30 Nov 08:00 UTC")
        assert "frozen until Mon 30 Nov 08:00 UTC: Fri 12:00 to Mon 08:00 UTC; it is" in refusal.text


def test_a_named_freeze_refuses_in_its_words() -> None:
    window = Freeze("f1", NOW, NOW + DAY, "launch", "grace")

    refusal = found(knowing(Standing(freezes=(window,))))

    assert refusal is not None
    assert "launch (grace)" in refusal.text
    assert found(knowing(Standing(freezes=(window,)), now=NOW - SECOND)) is None
    assert found(knowing(Standing(freezes=(window,)), now=NOW + DAY)) is None


def test_a_freeze_without_an_end_in_sight_says_so() -> None:
    whole = [WeeklyFreeze(parse_moment(a), parse_moment(b), UTC, "") for a, b in (("Mon 00:00", "Thu 00:00"),)]
    whole.append(WeeklyFreeze(parse_moment("Thu 00:00"), parse_moment("Mon 00:00"), UTC, ""))

    refusal = found(knowing(policy=replace(POLICY, weekly_freezes=tuple(whole))))

    assert refusal is not None
    assert "frozen until over a year from now" in refusal.text


@pytest.mark.parametrize(("age", "refuses"), [(30 * MINUTE - SECOND, True), (30 * MINUTE, False), (timedelta(0), True)])
def test_nothing_is_raised_within_half_an_hour_of_the_newest_deploy(age: timedelta, refuses: bool) -> None:
    deploys = (Deploy("the stack api", NOW - DAY), Deploy("function mocs", NOW - age))

    refusal = found(around(deploys=deploys))

    assert (refusal is not None) is refuses
    if refusal:
        assert refusal.rule is Rule.DEPLOY
        assert refusal.text.startswith("function mocs was deployed")
        assert refusal.limit == "30m"


def test_no_deploy_at_all_refuses_nothing() -> None:
    assert found(around(deploys=())) is None


def test_one_veto_alarm_is_one_too_many() -> None:
    refusal = found(around(alarms=("Api5xx", "Queue")))

    assert refusal is not None
    assert (refusal.rule, refusal.number, refusal.limit) == (Rule.ALARM, "2", "0")
    assert "Api5xx, Queue" in refusal.text
    assert found(around(alarms=())) is None


@pytest.mark.parametrize(("target", "refuses"), [(10, False), (11, True)])
def test_above_its_limit_a_drill_is_needed(target: int, refuses: bool) -> None:
    known = knowing(policy=Policy(first_step=50))

    assert (rule_of(known, ((100, 0), target)) is Rule.DRILL) is refuses


def test_how_far_it_is_to_go_counts_too() -> None:
    refusal = found(knowing(policy=Policy()), ((100, 0), 10), top=100)

    assert refusal is not None
    assert refusal.rule is Rule.DRILL
    assert refusal.way_on == "cutover drill"


@pytest.mark.parametrize(("age", "refuses"), [(14 * DAY - SECOND, False), (14 * DAY, False), (14 * DAY + SECOND, True)])
def test_a_receipt_counts_for_two_weeks(age: timedelta, refuses: bool) -> None:
    refusal = found(knowing(Standing(drill=event(Kind.DRILLED, age)), Policy()))

    assert (refusal is not None) is refuses
    if refusal:
        assert "is 14d old" in refusal.text
        assert refusal.way_on.startswith("cutover drill, when Lambda is at 0 again; or: cutover shift")


@pytest.mark.parametrize(
    ("ok", "age", "refuses"),
    [(True, MINUTE, False), (True, 30 * DAY, False), (False, MINUTE, True), (False, 30 * DAY, True)],
)
def test_a_failed_verification_stands_until_one_passes(ok: bool, age: timedelta, refuses: bool) -> None:
    verified = event(Kind.VERIFIED, age, reason="no certificate", evidence={"ok": ok})

    refusal = found(knowing(Standing(verified=verified)))

    assert (refusal is not None) is refuses
    if refusal:
        assert refusal.rule is Rule.VERIFY
        assert "no certificate" in refusal.text


@pytest.mark.parametrize(
    ("ecs", "serverless", "text"),
    [
        (True, True, ""),
        (False, False, ""),
        (True, False, "ECS can be reached by IPv6 and Lambda can not"),
        (False, True, "Lambda can be reached by IPv6 and ECS can not"),
    ],
)
def test_ipv6_is_on_both_sides_or_on_neither(ecs: bool, serverless: bool, text: str) -> None:
    refusal = found(around(ipv6=Ipv6(ecs, serverless)))

    assert (refusal.text.startswith(text) if refusal else not text) is True
    assert refusal is None or refusal.rule is Rule.IPV6


@pytest.mark.parametrize(("limit", "refuses"), [(179, True), (180, False), (181, False), (50, True)])
def test_free_concurrency_is_twice_what_the_new_share_is_expected_to_need(limit: int, refuses: bool) -> None:
    # 40 of 100 requests a second for two seconds each: 80, twice that is 160, and 20 are in use.
    known = knowing(surroundings=Surroundings(concurrency=Concurrency(limit, 20)), demand=Demand(100, 2))

    refusal = found(known)

    assert (refusal is not None) is refuses
    if refusal:
        assert (refusal.rule, refusal.limit, refusal.number) == (Rule.CONCURRENCY, "160", str(limit - 20))


def test_a_need_below_one_is_one() -> None:
    known = knowing(surroundings=Surroundings(concurrency=Concurrency(10, 20)), demand=Demand(0.1, 0.1))

    refusal = found(known)

    assert refusal is not None
    assert (refusal.number, refusal.limit) == ("0", "1")


def test_concurrency_without_known_traffic_refuses_nothing() -> None:
    assert found(around(concurrency=Concurrency(1, 0))) is None


@pytest.mark.parametrize(
    ("capacity", "number"),
    [
        (EcsCapacity(2, 2), None),
        (EcsCapacity(1, 2), "1"),
        (EcsCapacity(2, 1), "1"),
        (EcsCapacity(3, 3, 2), None),
        (EcsCapacity(3, 3, 1), "1"),
        (EcsCapacity(0, 0), "0"),
    ],
)
def test_at_the_top_ecs_keeps_its_warm_floor(capacity: EcsCapacity, number: str | None) -> None:
    known = knowing(policy=replace(POLICY, warm_floor=2), surroundings=Surroundings(capacity=capacity))

    refusal = found(known, TO_TOP)

    assert (refusal.number if refusal else None) == number
    assert refusal is None or (refusal.rule, refusal.limit) == (Rule.WARM_FLOOR, "2")
    assert found(known, ((50, 50), 99)) is None


def test_autoscalings_minimum_is_named_where_there_is_one() -> None:
    refusal = found(around(capacity=EcsCapacity(3, 3, 0)), TO_TOP)

    assert refusal is not None
    assert "ECS runs 3 tasks (asked 3, autoscaling's minimum 0)" in refusal.text


def test_a_thrown_kill_switch_refuses() -> None:
    assert rule_of(knowing(Standing(switched=event(Kind.SWITCHED)))) is Rule.KILL_SWITCH


@pytest.mark.parametrize(
    ("fact", "rule"),
    [
        ("alarms", Rule.ALARM),
        ("deploys", Rule.DEPLOY),
        ("concurrency", Rule.CONCURRENCY),
        ("capacity", Rule.WARM_FLOOR),
        ("ipv6", Rule.IPV6),
    ],
)
def test_what_was_to_be_asked_and_could_not_be_is_no_good_news(fact: str, rule: Rule) -> None:
    known = around(unknown={fact: "AccessDenied"})

    refusal = found(known, TO_TOP)

    assert refusal is not None
    assert (refusal.rule, refusal.number) == (rule, "not known")
    assert "AccessDenied" in refusal.text


def test_unknown_capacity_matters_at_the_top_only() -> None:
    assert found(around(unknown={"capacity": "AccessDenied"})) is None


STANDING: Mapping[Rule, Known] = {
    Rule.PAUSED: knowing(Standing(paused=event(Kind.PAUSED))),
    Rule.FREEZE: knowing(Standing(freezes=(Freeze("f1", NOW, NOW + DAY, "launch", "ada"),))),
    Rule.DEPLOY: around(deploys=(Deploy("x", NOW),)),
    Rule.ALARM: around(alarms=("a",)),
    Rule.DRILL: knowing(policy=Policy()),
    Rule.VERIFY: knowing(Standing(verified=event(Kind.VERIFIED, evidence={"ok": False}))),
    Rule.IPV6: around(ipv6=Ipv6(ecs=True, serverless=False)),
    Rule.CONCURRENCY: knowing(surroundings=Surroundings(concurrency=Concurrency(0, 0)), demand=Demand(1, 1)),
    Rule.WARM_FLOOR: around(capacity=EcsCapacity(0, 0)),
    Rule.KILL_SWITCH: knowing(Standing(switched=event(Kind.SWITCHED))),
}


@pytest.mark.parametrize("rule", STANDING)
def test_each_is_set_aside_by_its_name_and_by_no_other(rule: Rule) -> None:
    known, (live, target) = STANDING[rule], TO_TOP
    snapshot = Snapshot(tuple(weighted(*live)))
    others: dict[Rule, str] = {other: "because" for other in OVERRIDABLE if other is not rule}

    refused = plan_shift(snapshot, SIDES, Wish(target, overrides=others), known)
    plan = plan_shift(snapshot, SIDES, Wish(target, overrides={rule: "because"}), known)

    assert isinstance(refused, Refused)
    assert refused.rule is rule
    assert isinstance(plan, Plan)
    assert plan.overridden == {rule: "because"}
    assert any(f"rule {rule.value!r} set aside (because)" in warning for warning in plan.warnings)


def test_every_rule_that_stands_is_told_the_most_telling_first() -> None:
    known = Known(
        State(standing=Standing(paused=event(Kind.PAUSED), switched=event(Kind.SWITCHED))),
        None,
        "CloudWatch is away",
        now=NOW,
        surroundings=Surroundings(alarms=("a",), unknown={"deploys": "no answer"}),
    )
    records = traffic(Snapshot(tuple(weighted(90, 10))))
    plan = exchange(records, Weights(90, 10), Weights(0, 100), SIDES)

    rules = [refusal.rule for refusal in refusals(plan, Wish(100), known)]

    assert rules == [Rule.STEP, Rule.KILL_SWITCH, Rule.PAUSED, Rule.ALARM, Rule.DRILL, Rule.DEPLOY, Rule.TELEMETRY]


@pytest.mark.parametrize(("serving", "refuses"), [(None, False), (True, False), (False, True)])
@pytest.mark.parametrize(("move", "way_on"), [(((100, 0), 10), "cutover resume"), (RAISE, "cutover rollback; then")])
def test_a_switch_that_is_thrown_by_its_own_word_refuses(
    serving: bool | None, refuses: bool, move: tuple[tuple[int, int], int], way_on: str
) -> None:
    refusal = found(around(serving=serving), move)

    assert (refusal is not None) is refuses
    if refusal:
        assert (refusal.rule, refusal.number, refusal.limit) == (Rule.KILL_SWITCH, "thrown", "serving")
        assert "by its own word" in refusal.text
        assert refusal.way_on.startswith(way_on)
        assert refusal.way_on.endswith('cutover resume --reason "what was mended" puts it back')


def test_a_switch_that_can_not_be_asked_refuses() -> None:
    refusal = found(around(unknown={"serving": "s3:GetObject: AccessDenied"}))

    assert refusal is not None
    assert (refusal.rule, refusal.number) == (Rule.KILL_SWITCH, "not known")
    assert "AccessDenied" in refusal.text


@pytest.mark.parametrize(("free", "refuses"), [(2400, False), (2399, True)])
def test_traffic_without_a_p95_needs_room_for_the_longest_requests(free: int, refuses: bool) -> None:
    demand = Demand(100.0, 30.0, has_p95=False)

    refusal = found(knowing(surroundings=Surroundings(concurrency=Concurrency(free, 0)), demand=demand))

    assert (refusal is not None) is refuses
    if refusal:
        assert (refusal.rule, refusal.number) == (Rule.CONCURRENCY, "not known")
        assert "there is traffic and no p95 of it" in refusal.text


def test_the_way_on_from_a_freeze_waits_first_and_spells_the_weight() -> None:
    refusal = found(knowing(Standing(freezes=(Freeze("f1", NOW, NOW + DAY, "launch", "ada"),))))

    assert refusal is not None
    assert [str(hint) for hint in hints(refusal.way_on)] == [
        "wait until Wed 25 Nov 09:00 UTC",
        'cutover shift --lambda-weight 50 --override freeze="why it can\'t wait"',
        "lowering is always allowed",
    ]
