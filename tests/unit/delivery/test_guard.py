"""The guard before a deploy, fed by the real `cutover status --json` of made-up worlds."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.record import Kind
from infra.delivery.guard import GO, REFUSED, UNREADABLE, NoStatus, main, refusal
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.unit.cutover.invoking import invoke


def told(world: FakeWorld) -> dict[str, Any]:
    """What `cutover status --json` says of it."""
    result = invoke(world, "status", "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_lambda_without_traffic_may_be_deployed() -> None:
    assert refusal(told(known_world(100, 0))) is None


def test_before_the_first_shift_it_may_be_deployed() -> None:
    assert refusal(told(fake_world())) is None


def test_traffic_that_bakes_is_not_disturbed() -> None:
    said = refusal(told(known_world(90, 10)))

    assert said is not None
    assert "10% of the traffic is on Lambda" in said
    assert "cutover pause" in said


def test_a_pause_makes_room_for_a_deploy() -> None:
    world = known_world(90, 10)
    assert invoke(world, "pause", "--reason", "a mend", "--yes").exit_code == 0

    assert refusal(told(world)) is None


def test_after_a_rollback_the_mend_may_be_deployed() -> None:
    world = known_world(90, 10)
    assert invoke(world, "rollback", "--reason", "it fails", "--yes").exit_code == 0

    assert refusal(told(world)) is None


def test_a_change_that_is_under_way_is_waited_for() -> None:
    world = known_world(100, 0)
    world.weights.pending = None
    invoke(world, "shift", "--lambda-weight", "10", "--yes")
    document = told(world)

    assert document["phase"] != "steady"
    assert "traffic is being moved" in (refusal(document) or "")


def test_records_that_somebody_edited_stop_a_deploy() -> None:
    document = told(known_world(100, 0)) | {"drift": {"kind": "weights", "text": "Lambda is 20, not 0"}}

    assert "Lambda is 20, not 0" in (refusal(document) or "")


def test_a_silent_route_53_stops_a_deploy() -> None:
    assert "Route 53" in (refusal(told(known_world(100, 0)) | {"weights_source": "ledger"}) or "")


def test_an_unreadable_ledger_stops_a_deploy() -> None:
    document = told(known_world(100, 0))

    assert "the table is gone" in (refusal(document | {"ledger": {"problem": "the table is gone"}}) or "")


def test_a_thrown_kill_switch_leaves_nobody_on_lambda() -> None:
    document = told(known_world(90, 10))
    document["kill_switch"] = {"thrown": {"kind": Kind.SWITCHED.value}, "serving": False}

    assert refusal(document) is None


def test_after_the_migration_deploys_are_free() -> None:
    assert refusal(told(known_world(0, 100)) | {"state": "FINISHED"}) is None


def test_a_status_of_another_version_is_no_permission() -> None:
    with pytest.raises(NoStatus, match="lacks 'ledger'"):
        refusal({"schema": "cutover.status/1"})


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ("", UNREADABLE, "not deployed"),
        ("[]", UNREADABLE, "cutover.status/1"),
        ('{"schema": "cutover.error/1"}', UNREADABLE, "cutover.status/1"),
        ('{"schema": "cutover.status/1"}', UNREADABLE, "lacks 'ledger'"),
        ("[" * 100_000, UNREADABLE, "not deployed"),
    ],
)
def test_what_is_no_status_stops_a_deploy(given: str, code: int, said: str) -> None:
    out = io.StringIO()

    assert main(io.StringIO(given), out) == code
    assert said in out.getvalue()


@pytest.mark.parametrize(
    "odd",
    [
        {"paused": False},
        {"paused": {}},
        {"paused": "yes"},
        {"kill_switch": {"thrown": False}},
        {"kill_switch": {"thrown": ""}},
        {"weights": {"lambda": False, "ecs": 100}},
        {"weights": {"lambda": 0.0, "ecs": 100}},
        {"weights": {"lambda": None, "ecs": 100}},
        {"drift": False},
        {"drift": []},
    ],
)
def test_a_status_that_says_something_else_than_expected_is_no_permission(odd: dict[str, Any]) -> None:
    with pytest.raises(NoStatus, match="where it says"):
        refusal(told(known_world(90, 10)) | odd)


def test_the_exit_code_is_the_decision() -> None:
    yes, no = io.StringIO(), io.StringIO()

    assert main(io.StringIO(json.dumps(told(known_world(100, 0)))), yes) == GO
    assert main(io.StringIO(json.dumps(told(known_world(90, 10)))), no) == REFUSED
    assert yes.getvalue() == "may be deployed: ALL ON ECS\n"
    assert no.getvalue().startswith("not deployed: 10% of the traffic")


def test_an_old_pause_counts_as_long_as_it_stands() -> None:
    world = known_world(90, 10)
    assert invoke(world, "pause", "--reason", "a mend", "--yes").exit_code == 0
    world.clock.sleep(timedelta(days=2))

    assert refusal(told(world)) is None
