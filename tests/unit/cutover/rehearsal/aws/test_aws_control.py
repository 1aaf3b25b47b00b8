"""The rehearsal's own door: metrics, faults, hand edits, alarms, state."""

from typing import Any

import msgspec
import pytest

from cutover.rehearsal.aws.account import opened
from cutover.rehearsal.aws.config import Config
from cutover.rehearsal.aws.control import Control
from cutover.rehearsal.aws.faults import Faults
from cutover.rehearsal.aws.route53.records import Key, RecordSet
from cutover.rehearsal.aws.wire import Call, Reply
from tests.unit.cutover.rehearsal.aws.factories import ALB, API, GATEWAY, NOON, batch, latency, weighted
from tests.unit.cutover.rehearsal.aws.test_aws_small_parts import CONFIG

ECS = Key(API, "A", "ecs")
PUSH = {
    "namespace": "AWS/ApiGateway",
    "metric": "Latency",
    "dimensions": {"ApiId": "a1"},
    "unit": "Milliseconds",
    "minute": NOON,
    "values": [1.0, 2.0],
    "counts": [3, 4],
}


def raw(record: RecordSet) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(record)
    return fields


class Desk:
    """An account with weights 100/0 and its control."""

    def __init__(self) -> None:
        records = [raw(weighted("ecs", 100)), raw(weighted("lambda", 0))]
        targets = {ALB: ["127.0.1.1"], GATEWAY: ["127.0.1.2"]}
        config = msgspec.convert(CONFIG | {"records": records, "targets": targets}, Config)
        self.account = opened(config)
        self.control = Control(self.account)

    def send(self, method: str, path: str, value: object = None, now: float = NOON) -> Reply:
        body = b"" if value is None else msgspec.json.encode(value)
        return self.control.handle(Call(method, f"/_rehearsal/{path}", now, body=body))

    def edit(self, action: str, record: RecordSet) -> Reply:
        return self.send("POST", "edit", {"changes": [{"Action": action, "ResourceRecordSet": raw(record)}]})

    def state(self, now: float = NOON) -> dict[str, Any]:
        state: dict[str, Any] = msgspec.json.decode(self.send("GET", "state", now=now).body)
        return state


def test_pushed_metrics_are_taken_and_merged() -> None:
    desk = Desk()
    assert desk.send("POST", "metrics", [PUSH, PUSH]).status == 200
    store = desk.account.cloudwatch._store
    found = store.visible(latency(NOON, []).series, "Milliseconds", NOON, NOON + 60, NOON + 120)
    assert [(digest.count, digest.total) for _, digest in found] == [(14, 22)]


@pytest.mark.parametrize(
    "push",
    [
        PUSH | {"counts": [1]},
        PUSH | {"counts": [1, 0]},
        PUSH | {"unit": "Parsecs"},
        PUSH | {"metric": ""},
        PUSH | {"minutes": 1},
        {},
    ],
)
def test_a_wrong_metric_is_refused_and_nothing_of_the_push_is_taken(push: dict[str, object]) -> None:
    desk = Desk()
    reply = desk.send("POST", "metrics", [PUSH, push])
    assert (reply.status, "error" in reply.body) == (400, True)
    assert desk.account.cloudwatch._store.listed(NOON + 600) == []


def test_faults_are_replaced_as_a_whole() -> None:
    desk = Desk()
    desk.send("PUT", "faults", {"route53_throttle": 3})
    desk.send("PUT", "faults", {"cloudwatch_silent": ["AWS/ApiGateway"]})
    shown = msgspec.json.decode(desk.send("GET", "faults").body, type=Faults)
    assert shown == Faults(cloudwatch_silent=("AWS/ApiGateway",))


@pytest.mark.parametrize("faults", [{"route53_thrrottle": 1}, {"route53_throttle": -1}, {"route53_down": "yes"}, []])
def test_wrong_faults_are_refused_and_the_old_ones_stay(faults: object) -> None:
    desk = Desk()
    desk.send("PUT", "faults", {"route53_down": True})
    assert desk.send("PUT", "faults", faults).status == 400
    assert desk.account.faults.now == Faults(route53_down=True)


def test_changes_stay_pending_while_that_fault_is_set() -> None:
    desk = Desk()
    desk.send("PUT", "faults", {"route53_pending": True})
    desk.account.zone.submit(batch(("UPSERT", weighted("ecs", 90))), NOON, actor="me")
    assert [change["status"] for change in desk.state(NOON + 900)["changes"]] == ["PENDING"]
    desk.send("PUT", "faults", {}, now=NOON + 901)
    assert [change["status"] for change in desk.state(NOON + 901)["changes"]] == ["INSYNC"]


def test_what_was_due_before_the_fault_has_propagated() -> None:
    desk = Desk()
    desk.account.zone.submit(batch(("UPSERT", weighted("ecs", 90))), NOON, actor="me")
    desk.send("PUT", "faults", {"route53_pending": True}, now=NOON + 30)
    assert desk.account.zone.served(NOON + 31)[ECS].weight == 90


def test_a_hand_edit_is_live_and_served_at_once_and_signed() -> None:
    desk = Desk()
    assert desk.edit("UPSERT", weighted("ecs", 42)).status == 200
    state = desk.state()
    for view in ("live", "served"):
        assert [record["Weight"] for record in state[view] if record.get("SetIdentifier") == "ecs"] == [42]
    assert [(change["actor"], change["status"]) for change in state["changes"]] == [("somebody-else", "INSYNC")]
    assert [call["user_agent"] for call in state["calls"]] == ["somebody-else"]


def test_a_hand_edit_obeys_the_rules() -> None:
    desk = Desk()
    reply = desk.edit("CREATE", weighted("ecs", 42))
    assert (reply.status, msgspec.json.decode(reply.body)["code"]) == (400, "InvalidChangeBatch")
    assert desk.account.zone.live[ECS].weight == 100
    assert desk.state()["changes"] == []


def test_a_weight_in_quotation_marks_is_no_number() -> None:
    desk = Desk()
    change = {"Action": "UPSERT", "ResourceRecordSet": raw(weighted("ecs", 42)) | {"Weight": "42"}}
    assert desk.send("POST", "edit", {"changes": [change]}).status == 400
    assert desk.account.zone.live[ECS].weight == 100


@pytest.mark.parametrize("body", [[], {}, {"changes": []}, {"changes": [{}]}])
def test_a_shapeless_hand_edit_is_refused(body: object) -> None:
    assert Desk().send("POST", "edit", body).status == 400


def test_the_state_shows_records_changes_answers_and_calls() -> None:
    desk = Desk()
    desk.account.zone.submit(batch(("UPSERT", weighted("ecs", 90)), comment="why"), NOON, actor="me")
    desk.account.answers.add(NOON, "ecs")
    state = desk.state()
    weights = {view: [record.get("Weight") for record in state[view]][:1] for view in ("live", "served")}
    assert weights == {"live": [90], "served": [100]}
    change = state["changes"][0]
    assert (change["status"], change["submitted"], change["comment"]) == ("PENDING", NOON, "why")
    assert state["answers"] == [{"second": NOON, "ecs": 1}]
    assert state["calls"] == []


def test_a_part_of_the_state_can_be_had_alone() -> None:
    control = Desk().control
    call = Call("GET", "/_rehearsal/state", NOON, {"only": "served,changes"})
    assert set(msgspec.json.decode(control.handle(call).body)) == {"served", "changes"}
    assert control.handle(Call("GET", "/_rehearsal/state", NOON, {"only": "serve"})).status == 400


def test_alarms_are_set() -> None:
    desk = Desk()
    assert desk.send("PUT", "alarms", [{"AlarmName": "errors", "StateValue": "ALARM"}]).status == 200
    assert desk.send("PUT", "alarms", [{"AlarmName": "errors", "StateValue": "ON"}]).status == 400


@pytest.mark.parametrize(("method", "path"), [("GET", "nothing"), ("DELETE", "faults"), ("POST", "state")])
def test_an_unknown_path_is_not_found(method: str, path: str) -> None:
    assert Desk().send(method, path).status == 404


def test_a_body_that_is_no_json_is_refused() -> None:
    control = Desk().control
    assert control.handle(Call("PUT", "/_rehearsal/faults", NOON, body=b"\xff{")).status == 400
