"""What name servers said is judged by what may and what can't be chance."""

from typing import Any

import pytest

from cutover.core.chance import two_sided
from cutover.core.models import Side, Snapshot, Weights
from cutover.core.verification import Check, Mark, Told, judge_names, ttls
from tests.fakes.zone import record, weighted

TEN = Weights(90, 10)
MINUTE = {"A": 60, "AAAA": 60, "HTTPS": 300}


def told(server: str = "ns1", type_: str = "A", ecs: int = 90, serverless: int = 10, **more: Any) -> Told:
    """What a server said; without trouble if nothing else is said."""
    facts = {"elsewhere": {}, "troubles": {}, "ttls": frozenset({60})} | more
    lost = sum(facts["troubles"].values()) + sum(facts["elsewhere"].values())
    return Told(server, type_, ecs + serverless + lost, {Side.ECS: ecs, Side.SERVERLESS: serverless}, **facts)


def judged(*said: Told, weights: Weights = TEN) -> list[Check]:
    """The checks."""
    return judge_names(said, weights, MINUTE)


def failed(checks: list[Check]) -> list[str]:
    """What failed, in words."""
    return [f"{check.subject}: {check.text}" for check in checks if check.mark is Mark.FAIL]


def test_servers_that_answer_by_the_weights_pass() -> None:
    checks = judged(*(told(f"ns{number}", type_) for number in range(4) for type_ in ("A", "AAAA")))

    assert [check.mark for check in checks] == [Mark.OK] * 6
    assert [check.subject for check in checks] == ["ns0", "ns1", "ns2", "ns3", "A", "AAAA"]
    assert checks[0].text == "200 answers for A, AAAA, authoritative, TTL as it must be"
    assert checks[4].text == ("Lambda has 10% of 400 answers (between 7.43% and 13.3% with 95% confidence), asked 10%")


def test_nobody_to_ask_is_a_failure() -> None:
    assert failed(judged()) == ["name servers: the zone's name servers could not be learnt: nobody was asked"]


@pytest.mark.parametrize(
    ("ecs", "serverless", "mark"),
    [
        (360, 40, Mark.OK),
        (348, 52, Mark.OK),
        (346, 54, Mark.WARN),
        (371, 29, Mark.OK),
        (374, 26, Mark.WARN),
        (330, 70, Mark.FAIL),
        (382, 18, Mark.FAIL),
        (400, 0, Mark.FAIL),
        (0, 400, Mark.FAIL),
    ],
)
def test_a_share_is_doubted_outside_of_its_interval_and_refused_where_it_is_no_chance(
    ecs: int, serverless: int, mark: Mark
) -> None:
    assert judged(told(ecs=ecs, serverless=serverless))[-1].mark is mark


@pytest.mark.parametrize(
    ("weights", "ecs", "serverless", "text"),
    [
        (
            TEN,
            400,
            0,
            "Lambda is never answered, so Route 53 takes it for unhealthy or serves older weights; Lambda has",
        ),
        (Weights(50, 50), 0, 400, "ECS is never answered"),
        (Weights(100, 0), 399, 1, "Lambda has 0.25% of 400 answers"),
        (Weights(0, 100), 1, 399, "asked 100%: that is no chance"),
    ],
)
def test_what_can_not_be_chance_is_said(weights: Weights, ecs: int, serverless: int, text: str) -> None:
    assert text in failed(judged(told(ecs=ecs, serverless=serverless), weights=weights))[0]


@pytest.mark.parametrize(("weights", "ecs", "serverless"), [(Weights(100, 0), 400, 0), (Weights(0, 100), 0, 400)])
def test_all_on_one_side_is_right_where_it_is_asked(weights: Weights, ecs: int, serverless: int) -> None:
    assert failed(judged(told(ecs=ecs, serverless=serverless), weights=weights)) == []


def test_few_answers_prove_nothing() -> None:
    assert failed(judged(told(ecs=20, serverless=0))) == []


def test_the_one_server_that_serves_older_weights_is_named() -> None:
    on_time = [told(f"ns{number}", ecs=50, serverless=50) for number in range(3)]

    checks = judged(*on_time, told("ns3", ecs=90, serverless=10), weights=Weights(50, 50))

    assert "ns3: lags behind the others: Lambda has 10 of its 100 answers, asked 50%" in failed(checks)
    assert not [text for text in failed(checks) if text.startswith(("ns0", "ns1", "ns2"))]


def test_nobody_lags_where_all_are_late() -> None:
    late = [told(f"ns{number}", ecs=100, serverless=0) for number in range(4)]

    assert [text for text in failed(judged(*late, weights=Weights(50, 50))) if "lags" in text] == []


def test_a_third_target_is_named() -> None:
    checks = judged(told(ecs=89, serverless=10, elsewhere={"203.0.113.9": 1}))

    assert failed(checks) == ["A: 1 answer of 100 point at neither side: 203.0.113.9 (1)"]


@pytest.mark.parametrize(
    ("troubles", "mark", "text"),
    [
        ({"silent": 1}, Mark.WARN, "left 1 of 101 questions for A unanswered"),
        ({"silent": 12}, Mark.FAIL, "left 12 of 112 questions for A unanswered"),
        ({"SERVFAIL": 1}, Mark.FAIL, "answers wrongly to 101 questions for A: SERVFAIL 1"),
        ({"truncated": 3, "not authoritative": 2}, Mark.FAIL, "not authoritative 2, truncated 3"),
        ({"silent": 1, "REFUSED": 1}, Mark.FAIL, "REFUSED 1"),
    ],
)
def test_a_server_that_does_not_answer_as_it_must_is_told(troubles: dict[str, int], mark: Mark, text: str) -> None:
    check = judged(told(troubles=troubles))[0]

    assert (check.subject, check.mark) == ("ns1", mark)
    assert text in check.text


def test_a_server_that_never_answers_is_told_and_has_no_share() -> None:
    checks = judged(told(ecs=0, serverless=0, troubles={"silent": 100}, ttls=frozenset()))

    assert [(check.mark, check.text) for check in checks] == [(Mark.FAIL, "does not answer: 100 questions for A")]


@pytest.mark.parametrize(("ttl", "mark"), [(300, Mark.FAIL), (61, Mark.FAIL), (30, Mark.WARN), (60, Mark.OK)])
def test_a_longer_ttl_fails_and_a_shorter_one_is_told(ttl: int, mark: Mark) -> None:
    check = judged(told(ttls=frozenset({60, ttl})))[0]

    assert check.mark is mark
    assert mark is Mark.OK or f"a TTL of {ttl} s, not 60 s" in check.text


def test_where_both_sides_say_the_same_no_share_is_judged() -> None:
    checks = judged(told(), told(type_="HTTPS", ecs=100, serverless=0, alike=True, ttls=frozenset({300})))

    assert failed(checks) == []
    assert checks[-1].text == "both sides' records say the same: whose an answer is can't be told"


def test_the_ttl_is_the_records_or_an_aliass_in_real_seconds() -> None:
    records = (*weighted(90, 10), record("AAAA", "ecs", 90, AliasTarget=None, TTL=300), record("TXT", "ecs", 1, TTL=5))

    assert ttls(Snapshot(records), 1.0) == {"A": 60, "AAAA": 300}
    assert ttls(Snapshot(records), 60.0) == {"A": 1, "AAAA": 5}
    assert ttls(Snapshot(records), 1000.0) == {"A": 1, "AAAA": 1}


@pytest.mark.parametrize(
    ("seen", "asked", "share", "chance"),
    [(0, 0, 0.5, 1.0), (5, 10, 0.5, 1.0), (0, 10, 0.5, 2 / 1024), (0, 100, 0.1, 2 * 0.9**100), (1, 4, 0.0, 0.0)],
)
def test_the_chance_of_a_count_is_the_binomials(seen: int, asked: int, share: float, chance: float) -> None:
    assert two_sided(seen, asked, share) == pytest.approx(chance)
