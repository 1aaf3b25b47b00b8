"""`cutover decommission delete`: each name typed, in order, checked anew, with what brings it back beside it."""

import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.record import Kind
from cutover.ports import ChangedMeanwhile
from tests.fakes.around import FakeIdentity
from tests.fakes.estate import BALANCER as BALANCER_ARN
from tests.fakes.estate import GROUP as GROUP_ARN
from tests.fakes.estate import INVENTORY
from tests.fakes.world import FakeWorld
from tests.fakes.zone import weighted
from tests.unit.cutover.ending import (
    BALANCER,
    EVERY,
    GROUP,
    IMAGES,
    NAME,
    REPOSITORY,
    SERVICE,
    TASK,
    confirming,
    done,
    drained,
    held,
    rung_events,
    rungs,
    told,
)
from tests.unit.cutover.invoking import invoke, invoke_until_killed, typed

BOB = "arn:aws:iam::123456789012:user/bob"


def as_bob(world: FakeWorld) -> None:
    world.identity = FakeIdentity(BOB)


def test_everything_is_deleted_in_its_order() -> None:
    world = drained()

    result = done(world, "delete", *confirming(*EVERY))

    assert world.estate.deleted == [INVENTORY.service, BALANCER_ARN, GROUP_ARN, INVENTORY.task_definition]
    assert world.archive.deleted == [REPOSITORY]
    assert "nothing of ECS is left" in result.output
    deletions = [name for name, begun in rungs(world) if name.startswith("delete") and not begun]
    assert deletions[0] == "delete-dns"
    assert deletions[-1] == f"delete-repository:{REPOSITORY}"
    assert len(deletions) == 6


def test_the_name_becomes_one_plain_record_a_type_in_one_batch() -> None:
    world = drained()
    world.weights.records = [r for r in world.weights.records if r.set_identifier]

    done(world, "delete", *confirming(NAME))

    bodies = [json.loads(r.body) for r in world.weights.records]
    assert [(b["Type"], b["AliasTarget"]["DNSName"]) for b in bodies] == [
        ("A", "lambda.target.example."),
        ("AAAA", "lambda.target.example."),
    ]
    assert all(set(b) == {"Name", "Type", "AliasTarget"} for b in bodies)
    assert len(world.weights.applied) == 1


def test_the_reverse_batch_lies_ready_with_its_command() -> None:
    world = drained(aws={"profile": "prod"})

    result = done(world, "delete", *confirming(NAME))

    undo = rung_events(world)[-1].evidence["undo"]
    assert undo in result.output
    assert undo.endswith("--change-batch file:///ledger/decommission-8-dns-undo.json --profile prod")
    changes = json.loads(world.ledger.kept["decommission-8-dns-undo.json"])["Changes"]
    created = [c["ResourceRecordSet"] for c in changes if c["Action"] == "CREATE"]
    assert sorted((r["Type"], r["SetIdentifier"], r["Weight"]) for r in created) == [
        ("A", "ecs", 0),
        ("A", "lambda", 100),
        ("AAAA", "ecs", 0),
        ("AAAA", "lambda", 100),
    ]
    assert undo in invoke(world, "decommission", "plan").output


def test_names_are_typed_one_by_one_and_an_empty_answer_stops() -> None:
    world = drained()

    result = typed(world, f"{NAME}\n{SERVICE}\n\n", "decommission", "delete")

    assert result.exit_code == 0
    assert world.estate.deleted == [INVENTORY.service]
    assert f"left: {BALANCER}, {GROUP}, {TASK}, {REPOSITORY}" in result.output
    assert "this can't be undone" in result.output
    assert "a new ALB gets a new DNS name" in result.output


def test_a_name_typed_wrongly_deletes_nothing() -> None:
    world = drained()

    result = typed(world, "api.example.org\n", "decommission", "delete")

    assert result.exit_code == 2
    assert "'api.example.org' is not 'api.example.com': it stays" in result.output
    assert world.weights.applied == []


@pytest.mark.parametrize("name", ["API.example.com", "api", "", "api.example.com "])
def test_a_confirmation_must_be_the_exact_name(name: str) -> None:
    world = drained()

    code, said = told(world, "delete", "--confirm", name)

    assert code == 2
    assert "is no resource; left are: api.example.com, prod/api" in said
    assert world.weights.applied == []


def test_what_comes_later_waits_for_what_comes_first() -> None:
    world = drained()

    code, said = told(world, "delete", *confirming(REPOSITORY))

    assert code == 2
    assert f"{REPOSITORY} comes after {NAME}, which is not confirmed" in said
    assert world.archive.deleted == []


def test_without_terminal_and_names_nothing_is_deleted() -> None:
    code, said = told(drained(), "delete")

    assert code == 2
    assert "there is no terminal to type names on: add --confirm api.example.com" in said


def test_done_again_it_says_that_nothing_is_left() -> None:
    world = drained()
    done(world, "delete", *confirming(*EVERY))
    before = len(world.ledger.lines)

    result = done(world, "delete", *confirming(*EVERY))

    assert "nothing of ECS is left" in result.output
    assert len(world.ledger.lines) == before


def test_a_dry_run_shows_what_would_go_and_what_brings_it_back() -> None:
    world = drained()

    result = done(world, "delete", "--dry-run")

    assert all(name in result.output for name in EVERY)
    assert "aws ecs create-service --cli-input-json file:///ledger/decommission-5-create-service.json" in result.output
    assert world.weights.applied == []


def test_nothing_is_deleted_before_the_drain() -> None:
    world = held()

    code, said = told(world, "delete", *confirming(NAME))

    assert code == 8
    assert "ECS is not drained: nothing is exported yet" in said
    assert "next: cutover decommission drain" in said


def test_nothing_is_deleted_while_a_task_runs() -> None:
    world = drained()
    world.estate.size = world.estate.set_to[0]

    code, said = told(world, "delete", *confirming(NAME))

    assert code == 8
    assert "ECS has tasks again" in said


@pytest.mark.parametrize(("rate", "code"), [(0.2, 3), (0.013, 6)])
def test_nothing_is_deleted_while_the_gates_do_not_pass(rate: float, code: int) -> None:
    world = drained()
    done(world, "delete", *confirming(NAME))
    world.failing_lambda(rate)

    assert told(world, "delete", *confirming(SERVICE))[0] == code
    assert world.estate.deleted == []


def test_a_record_changed_by_hand_afterwards_is_a_drift() -> None:
    world = drained()
    done(world, "delete", *confirming(NAME))
    world.weights.records = weighted(100, 0, "A")

    code, said = told(world, "delete", *confirming(SERVICE))

    assert code == 5
    assert "A ecs is new" in said
    assert world.estate.deleted == []


def test_a_load_balancer_that_serves_others_too_stays() -> None:
    world = held()
    world.estate.belongs = type(INVENTORY)(**{**INVENTORY.plain(), "target_groups": (GROUP_ARN,),
                                              "shared_with": ("admin", "blog")})  # fmt: skip
    done(world, "drain", "--yes")
    done(world, "delete", *confirming(NAME, SERVICE))

    code, said = told(world, "delete", *confirming(BALANCER))

    assert code == 8
    assert "the load balancer serves others too: admin, blog" in said
    assert world.estate.deleted == [INVENTORY.service]


def test_an_image_pushed_after_the_archive_keeps_its_repository() -> None:
    world = drained()
    done(world, "delete", *confirming(*EVERY[:-1]))
    world.archive.repositories[REPOSITORY]["sha256:" + "c" * 64] = ("v2",)

    code, said = told(world, "delete", *confirming(REPOSITORY))

    assert code == 8
    assert f"the archive does not cover 1 image or tag of {REPOSITORY}, such as sha256:ccc" in said
    assert "next: cutover decommission archive" in said
    assert world.archive.deleted == []


def test_a_tag_moved_after_the_archive_keeps_its_repository() -> None:
    world = drained()
    done(world, "delete", *confirming(*EVERY[:-1]))
    digest = next(iter(IMAGES))
    world.archive.repositories[REPOSITORY][digest] = ("v1", "latest", "v3")

    assert f"such as v3 of {digest}" in told(world, "delete", *confirming(REPOSITORY))[1]


def test_an_archive_that_is_damaged_by_now_keeps_its_repository() -> None:
    world = drained()
    done(world, "delete", *confirming(*EVERY[:-1]))
    world.archive.damaged = [next(iter(IMAGES))]

    assert told(world, "delete", *confirming(REPOSITORY))[0] == 8
    assert world.archive.deleted == []


def test_a_receipt_that_somebody_else_wrote_is_none() -> None:
    world = drained()
    done(world, "delete", *confirming(*EVERY[:-1]))
    world.archive.copy(REPOSITORY, world.clock.now() + timedelta(hours=1), lambda _: None)

    assert told(world, "delete", *confirming(REPOSITORY))[0] == 8


def test_there_is_nothing_to_approve_where_nothing_final_is_left() -> None:
    world = drained()
    done(world, "delete", *confirming(*EVERY))

    assert "nothing that can't be brought back is left" in done(world, "approve", "--reason", "x", "--yes").output


def test_a_part_that_lingers_is_waited_for() -> None:
    world = drained()
    done(world, "delete", *confirming(NAME))
    world.estate.lingering = 4

    done(world, "delete", *confirming(SERVICE))

    assert rungs(world)[-1] == (f"delete-service:{SERVICE}", False)


def test_a_part_that_stays_is_a_timeout() -> None:
    world = drained()
    done(world, "delete", *confirming(NAME))
    world.estate.lingering = 10_000

    code, said = told(world, "delete", *confirming(SERVICE))

    assert code == 11
    assert "service prod/api was deleted, and is still there after 10 min" in said


def test_a_batch_that_is_never_in_sync_is_a_timeout() -> None:
    world = drained()
    world.weights.pending = None

    code, said = told(world, "delete", *confirming(NAME))

    assert code == 11
    assert "INSYNC did not come in time" in said


def test_records_changed_meanwhile_are_not_replaced() -> None:
    world = drained()
    world.weights.failing["apply"] = [ChangedMeanwhile("A ecs is not as it was read")]

    assert told(world, "delete", *confirming(NAME))[0] == 5
    assert done(world, "delete", *confirming(NAME)).exit_code == 0


@pytest.mark.parametrize("part", [NAME, SERVICE, REPOSITORY])
def test_killed_at_any_point_the_same_command_ends_it(part: str) -> None:
    before = EVERY[: EVERY.index(part)]
    prepared = drained()
    if before:
        done(prepared, "delete", *confirming(*before))
    for point in range(1, 200):
        world = deepcopy(prepared)
        world.estate.calls = world.calls
        if invoke_until_killed(world, point, "decommission", "delete", *confirming(part)) is not None:
            break
        done(world, "delete", *confirming(*EVERY[: EVERY.index(part) + 1]))
        name, begun = rungs(world)[-1]
        assert name.startswith("delete-")
        assert not begun
    assert point > 3


def test_the_plan_of_what_is_done_says_so() -> None:
    world = drained()
    done(world, "delete", *confirming(*EVERY))

    document = json.loads(invoke(world, "--json", "decommission", "plan").stdout)

    assert (document["schema"], document["next_rung"], document["ecs"]) == ("cutover.decommission/1", None, None)
    assert all(rung["done"] for rung in document["rungs"])
    assert {r["there"] for r in document["resources"]} == {False}


def test_an_approval_is_asked_for_on_a_terminal() -> None:
    world = drained()

    assert typed(world, "n\n", "decommission", "approve", "--reason", "x").exit_code == 130
    assert world.ledger.lines[-1].kind is Kind.RUNG
    assert world.ledger.lines[-1].evidence["rung"] == "archive"


def test_a_change_to_the_plain_record_whose_id_is_lost_is_sent_again() -> None:
    world = drained()
    world.weights.forgotten.add("/change/C0001")

    done(world, "delete", *confirming(NAME))

    assert len(world.weights.applied) == 2
    assert all(r.set_identifier is None for r in world.weights.records)
    assert rungs(world)[-1] == ("delete-dns", False)


def test_a_change_to_the_plain_record_that_stays_pending_is_sent_four_times_and_then_given_up() -> None:
    world = drained()
    world.weights.pending = None

    code, said = told(world, "delete", *confirming(NAME))

    assert code == 11
    assert "INSYNC did not come in time" in said
    assert len(world.weights.applied) == 4


def test_a_plain_record_that_others_changed_meanwhile_is_not_sent_again() -> None:
    world = drained()
    world.weights.forgotten.add("/change/C0001")
    apply = world.weights.apply

    def apply_and_lose(*args: Any) -> str:
        change_id = apply(*args)
        world.weights.records = weighted(100, 0, "A")
        return change_id

    world.weights.apply = apply_and_lose  # type: ignore[method-assign, assignment]

    code, _ = told(world, "delete", *confirming(NAME))

    assert code == 5
    assert len(world.weights.applied) == 1
