"""What `cutover doctor` says of hand-edited records (D4, D5), health, IPv6, name servers, the ledger, the way back."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cutover.core.account import TargetGroup
from cutover.core.models import Side
from cutover.core.record import Kind
from cutover.core.surroundings import Ipv6
from cutover.flow.doctor import gathering
from cutover.ports import Answers, NotAllowed
from tests.fakes.world import known_world
from tests.fakes.zone import START, record, weighted
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.sound_world import QUIET, SOUND, examined, found, sound


@pytest.fixture(autouse=True)
def _little_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of metrics does for what is not about them."""
    monkeypatch.setattr(gathering, "DATA_HOURS", 1)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([record("A", None, None)], "not weighted"),
        ([*weighted(90, 10), record("A", "blue", 1)], "blue"),
        ([*weighted(90, 10, "A"), *weighted(80, 20, "AAAA")], "other weights than another"),
        (weighted(90, 10, "A", "AAAA")[:3], "AAAA record of lambda"),
        (weighted(1, 255), "sum to 256"),
        ([], "no A, AAAA, CNAME or HTTPS record"),
    ],
    ids=["simple", "third", "twin", "one side", "sum", "none"],
)
def test_records_that_can_not_be_shifted_are_named(records: list[Any], said: str) -> None:
    world = sound()
    world.weights.records = records

    code, level, words = found(world, "records")

    assert (code, level) == (8, "must mend")
    assert said in words


def test_a_hand_edit_is_a_drift_with_its_command() -> None:
    world = sound()
    world.weights.set_by_hand(50, 50)

    code, level, words = found(world, "drift")

    assert (code, level) == (8, "must mend")
    assert "Weight 50 instead of 90" in words
    assert "cutover drift shows who did it" in words


def test_a_change_that_is_under_way_is_no_drift() -> None:
    world = sound()
    world.write(Kind.INTENT, time=START, before=(90, 10), after=(50, 50), evidence={"records": []})

    assert "drift" not in examined(world)[1]


def test_unreadable_records_must_be_mended() -> None:
    world = sound()
    world.weights.failing["read"] = [NotAllowed("route53:ListResourceRecordSets: AccessDenied")]

    code, findings = examined(world)

    assert code == 8
    assert findings["records"]["text"] == "route53:ListResourceRecordSets: AccessDenied"
    assert "ttl" not in findings


def test_a_ttl_that_is_not_a_minute_is_told() -> None:
    world = known_world(90, 10)
    plain = {"AliasTarget": None, "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    world.weights.records = [record("A", "ecs", 90, **plain), record("A", "lambda", 10, **plain)]

    assert "A ecs 300 s, A lambda 300 s, not 60 s" in found(world, "ttl")[2]


def targeted(where: str, evaluate: bool = True, **more: Any) -> list[Any]:
    """An A pair whose records point there, evaluated or not."""
    target = {"DNSName": where, "EvaluateTargetHealth": evaluate, "HostedZoneId": "Z"}
    return [record("A", "ecs", 90, AliasTarget=target), record("A", "lambda", 10, **more)]


@pytest.mark.parametrize(
    ("groups", "weights", "level", "said"),
    [
        ((TargetGroup("tasks", 4, 4), TargetGroup("more", 2, 1)), (90, 10), "ok", "5 healthy targets"),
        ((TargetGroup("tasks", 0, 0),), (90, 10), "must mend", "'tasks' has 0 healthy of 0 targets"),
        ((TargetGroup("tasks", 2, 0),), (0, 100), "warning", "no rollback changes that"),
        (None, (90, 10), "not checked", "could not be asked"),
    ],
)
def test_an_empty_target_group_takes_ecs_out_of_the_answers(
    groups: Any, weights: tuple[int, int], level: str, said: str
) -> None:
    world = sound(*weights)
    target = {
        "DNSName": "dualstack.api-1.us-east-1.elb.amazonaws.com.",
        "EvaluateTargetHealth": True,
        "HostedZoneId": "Z",
    }
    of_ecs = record("A", "ecs", weights[0], AliasTarget=target)
    world.weights.records = [of_ecs, record("A", "lambda", weights[1], HealthCheckId="hc")]
    world.account.found = replace(SOUND, target_groups=groups)

    _, how_bad, words = found(world, "health")

    assert how_bad == level
    assert said in words


@pytest.mark.parametrize(("health_check", "level"), [(None, "warning"), ("hc", "ok")])
def test_evaluating_an_http_api_says_nothing(health_check: str | None, level: str) -> None:
    world = sound()
    target = {"DNSName": "d-1.execute-api.us-east-1.amazonaws.com.", "EvaluateTargetHealth": True, "HostedZoneId": "Z"}
    of_lambda = record("A", "lambda", 10, AliasTarget=target, HealthCheckId=health_check)
    world.weights.records = [record("A", "ecs", 90), of_lambda]

    document = json.loads(invoke(world, "doctor", "--json").stdout)

    assert next(one["level"] for one in document["findings"] if one["check"] == "health") == level


@pytest.mark.parametrize(
    ("reach", "level", "said"),
    [
        (Ipv6(ecs=True, serverless=False), "must mend", "ECS alone"),
        (Ipv6(ecs=False, serverless=True), "must mend", "Lambda alone"),
        (Ipv6(ecs=False, serverless=False), "ok", "neither side"),
    ],
)
def test_ipv6_on_one_side_only_must_be_mended(reach: Ipv6, level: str, said: str) -> None:
    world = sound()
    world.surveyor.found = replace(QUIET, ipv6=reach)

    _, how_bad, words = found(world, "ipv6")

    assert how_bad == level
    assert said in words


@pytest.mark.parametrize(
    ("answers", "level", "said"),
    [
        (Answers({Side.ECS: 36, Side.SERVERLESS: 4}, 0), "ok", "40 answers"),
        (Answers({Side.ECS: 0, Side.SERVERLESS: 0}, 0), "warning", "none answered"),
        (Answers({Side.ECS: 30, Side.SERVERLESS: 4}, 6), "must mend", "6 of 40 answers point at neither side"),
    ],
)
def test_name_servers_must_answer_with_these_records(answers: Answers, level: str, said: str) -> None:
    world = sound()
    world.names.sample = lambda *_: answers  # type: ignore[method-assign]

    _, how_bad, words = found(world, "name servers")

    assert how_bad == level
    assert said in words


def test_answers_for_a_side_without_weight_are_another_zones() -> None:
    world = sound(100, 0)
    world.names.sample = lambda *_: Answers({Side.ECS: 30, Side.SERVERLESS: 10}, 0)  # type: ignore[method-assign]

    assert "10 of 40 answers point at Lambda, which has weight 0" in found(world, "name servers")[2]


def test_a_change_on_its_way_is_answered_in_both_ways() -> None:
    world = sound(100, 0)
    world.names.sample = lambda *_: Answers({Side.ECS: 30, Side.SERVERLESS: 10}, 0)  # type: ignore[method-assign]
    world.write(Kind.INTENT, time=START, before=(90, 10), after=(100, 0), evidence={"records": []})

    assert found(world, "name servers")[1] == "ok"
