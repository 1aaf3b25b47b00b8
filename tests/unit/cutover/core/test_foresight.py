"""A plan beforehand: what every rule says of it, and which of them nobody could ask."""

from datetime import UTC, datetime, timedelta

import pytest

from cutover.core.drilling import Receipt, SwitchTimes, questions_for
from cutover.core.foresight import Answer, Foresight, foresee
from cutover.core.models import Judgement, Snapshot, Verdict, Weights
from cutover.core.plan import Demand, Known, Plan, Rule, Wish
from cutover.core.planning import plan_shift
from cutover.core.policy import Policy
from cutover.core.record import Event, Kind
from cutover.core.standing import Freeze, Standing
from cutover.core.state import State
from cutover.core.surroundings import Concurrency, EcsCapacity, Ipv6, Surroundings
from cutover.core.zone import Drift, Sides
from tests.fakes.zone import weighted

SIDES = Sides("ecs", "lambda")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PASSING = Judgement(Verdict.PASS, ())
PAUSE = Event(1, NOW, Kind.PAUSED, "ada", "host", "pause", "look")
KNOWN = Known(State(), PASSING, now=NOW, policy=Policy(drill_above=100))


def seen(known: Known, target: int = 50, live: tuple[int, int] = (90, 10), plan_hash: str = "") -> Foresight:
    found = foresee(Snapshot(tuple(weighted(*live))), SIDES, Wish(target, plan_hash), known)
    assert isinstance(found, Foresight)
    return found


def by_rule(found: Foresight) -> dict[Rule, Answer]:
    return {answer.rule: answer.answer for answer in found.answers}


def test_the_plan_is_the_one_that_a_shift_would_make() -> None:
    snapshot = Snapshot(tuple(weighted(90, 10)))

    plan = plan_shift(snapshot, SIDES, Wish(50), KNOWN)

    assert seen(KNOWN).plan == plan
    assert seen(KNOWN).refusal is None


def test_a_refused_plan_is_shown_all_the_same_with_every_rule_that_stands() -> None:
    known = Known(State(standing=Standing(paused=PAUSE)), PASSING, now=NOW, policy=Policy(drill_above=100))

    found = seen(known, 100)

    assert found.plan.hash == seen(KNOWN, 100).plan.hash
    assert found.refusal is not None
    assert found.refusal.rule is Rule.STEP
    assert [a.rule for a in found.answers if a.answer is Answer.REFUSES] == [Rule.STEP, Rule.PAUSED]


def test_what_nothing_was_asked_for_is_told_with_what_lacks() -> None:
    told = {answer.rule: answer.text for answer in seen(KNOWN).answers if answer.answer is Answer.UNASKED}

    assert told == {
        Rule.DRIFT: "the ledger knows no records yet",
        Rule.FREEZE: "no window is named, and freeze.weekly is empty",
        Rule.VERIFY: "never verified: cutover verify",
        Rule.ALARM: "safety.veto_alarms names none",
        Rule.DEPLOY: "the settings name no stack, service or function",
        Rule.CONCURRENCY: "Lambda's concurrency was not asked for",
        Rule.WARM_FLOOR: "only at Lambda 100%",
        Rule.IPV6: "not asked which side has IPv6 addresses",
    }


def test_what_was_asked_and_is_well_is_ok() -> None:
    verified = Event(1, NOW, Kind.VERIFIED, "ada", "host", "verify", evidence={"ok": True})
    later = Freeze("f1", NOW + timedelta(days=1), NOW + timedelta(days=2), "launch", "ada")
    records = tuple(r.body for r in weighted(50, 50))
    state = State(records=records, standing=Standing(verified=verified, freezes=(later,)))
    around = Surroundings((), (), Concurrency(1000, 10), EcsCapacity(4, 4), Ipv6(ecs=False, serverless=False))
    known = Known(state, PASSING, "", NOW, Policy(drill_above=100), around, Demand(10, 0.2))

    answers = by_rule(seen(known, 100, (50, 50), seen(KNOWN, 100, (50, 50)).plan.hash[:12]))

    assert set(answers.values()) == {Answer.OK}
    assert set(answers) == set(Rule) - {Rule.SUM, Rule.DECOMMISSIONED}


@pytest.mark.parametrize(
    ("known", "rule", "text"),
    [
        (
            Known(State(), PASSING, surroundings=Surroundings(concurrency=Concurrency(9, 0))),
            Rule.CONCURRENCY,
            "traffic",
        ),
        (Known(State(), PASSING), Rule.WARM_FLOOR, "ecs.cluster and ecs.service name none"),
    ],
)
def test_facts_that_lack_another_fact_are_not_asked(known: Known, rule: Rule, text: str) -> None:
    answers = {answer.rule: answer for answer in seen(known, 100, (50, 50)).answers}

    assert answers[rule].answer is Answer.UNASKED
    assert text in answers[rule].text


def test_at_lambda_0_the_gates_have_nothing_to_judge() -> None:
    assert by_rule(seen(KNOWN, 10, (100, 0)))[Rule.GATES] is Answer.UNASKED


def test_a_plan_that_lowers_asks_no_rule() -> None:
    known = Known(State(standing=Standing(paused=PAUSE)), None, "away", NOW)

    found = seen(known, 0)

    assert (found.answers, found.refusal) == ((), None)
    assert isinstance(found.plan, Plan)
    assert found.plan.after == Weights(100, 0)


def test_another_plan_than_the_named_one_is_refused() -> None:
    found = seen(KNOWN, plan_hash="0123456789ab")

    assert found.refusal is not None
    assert found.refusal.rule is Rule.PLAN


def test_records_that_are_no_weights_have_no_plan() -> None:
    assert isinstance(foresee(Snapshot(tuple(weighted(90, 20))), SIDES, Wish(10), KNOWN), Drift)


@pytest.mark.parametrize(("weight", "questions"), [(1, 688), (5, 135), (10, 66)])
def test_so_many_answers_show_a_side_of_that_weight(weight: int, questions: int) -> None:
    assert questions_for(weight) == questions
    assert (1 - weight / 100) ** questions < 0.001 <= (1 - weight / 100) ** (questions - 1)


def test_a_receipt_is_plain_values_and_well_without_problems() -> None:
    good = Receipt(1, 688, 0.0, 2.0, 40.0, 41.0, SwitchTimes(50.0, 45.0))

    assert good.ok
    assert good.plain()["switch"] == {"out_seconds": 50.0, "back_seconds": 45.0}
    assert good.plain()["rto_seconds"] == 41.0
    bad = Receipt(1, 688, problems=("Lambda never showed",))
    assert (bad.ok, bad.plain()["ok"], bad.plain()["problems"]) == (False, False, ["Lambda never showed"])
