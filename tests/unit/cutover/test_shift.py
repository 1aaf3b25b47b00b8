"""`cutover shift`: one change of weights, refused by name and number when it is not safe."""

import json
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from cutover.core.models import Side, Weights
from cutover.core.record import Kind
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable, NotAllowed
from tests.fakes.world import START, FakeWorld, fake_world, known_world, record, weighted
from tests.unit.cutover.invoking import invoke, typed


def shift(world: FakeWorld, weight: int, *more: str) -> tuple[int, str]:
    """Run it with --yes; the exit code and everything that was said."""
    result = invoke(world, "shift", "--lambda-weight", str(weight), "--yes", *more)
    return result.exit_code, result.output


def sick(ecs: int = 90, serverless: int = 10, rate: float = 0.09) -> FakeWorld:
    """A world whose Lambda side has been failing for long."""
    world = known_world(ecs, serverless)
    world.failing_lambda(rate, START - timedelta(days=2))
    return world


def test_it_sets_every_type_in_one_change_and_waits_for_insync() -> None:
    world = fake_world()

    code, said = shift(world, 10)

    assert code == 0
    assert "INSYNC: ecs 90 / lambda 10" in said
    assert world.weights.applied == [((100, 0), (90, 10))]
    assert {(r.type, r.weight) for r in world.weights.records} == {("A", 90), ("A", 10), ("AAAA", 90), ("AAAA", 10)}
    assert world.ledger.kinds() == ["adopted", "intent", "applied", "insync"]


def test_the_change_carries_its_ledger_line_and_its_maker() -> None:
    world = fake_world()

    shift(world, 10)

    assert world.weights.comments == ["cutover/production/2/arn:aws:iam::123456789012:user/ada"]


def test_nothing_but_the_weights_is_different_afterwards() -> None:
    world = fake_world()
    before = [json.loads(r.body) for r in world.weights.records]

    shift(world, 10)

    after = [json.loads(r.body) for r in world.weights.records]
    assert [{**body, "Weight": 0} for body in after] == [{**body, "Weight": 0} for body in before]


def test_the_ready_way_back_lies_beside_the_ledger() -> None:
    world = known_world(90, 10)

    shift(world, 50)

    line = world.ledger.last(Kind.INTENT).evidence["undo"]
    assert line == (
        "aws route53 change-resource-record-sets --hosted-zone-id Z123 --change-batch file:///ledger/rollback-2.json"
    )
    batch = json.loads(world.ledger.kept["rollback-2.json"])
    found = {
        (change["Action"], change["ResourceRecordSet"]["SetIdentifier"]): change["ResourceRecordSet"]["Weight"]
        for change in batch["Changes"]
    }
    assert found == {("UPSERT", "ecs"): 100, ("UPSERT", "lambda"): 0}


def test_a_profile_is_part_of_the_way_back() -> None:
    world = known_world(90, 10, aws={"profile": "my prod"})

    shift(world, 50)

    assert world.ledger.last(Kind.INTENT).evidence["undo"].endswith("--profile 'my prod'")


def test_a_dry_run_changes_nothing_and_names_the_plan() -> None:
    world = fake_world()

    result = invoke(world, "shift", "--lambda-weight", "10", "--dry-run")

    assert result.exit_code == 0
    assert "100 → 90" in result.stdout
    assert "nothing was changed" in result.stdout
    assert world.weights.applied == []
    assert world.ledger.lines == []


def test_the_named_plan_is_the_one_that_is_made() -> None:
    world = fake_world()
    plan = json.loads(invoke(world, "--json", "shift", "--lambda-weight", "10", "--dry-run").stdout)["plan"]

    code, _ = shift(world, 10, "--plan", plan["hash"][:12])

    assert code == 0
    assert world.ledger.last(Kind.INTENT).plan_hash == plan["hash"]


def test_another_plan_than_the_named_one_is_refused() -> None:
    world = fake_world()

    code, said = shift(world, 10, "--plan", "0123456789ab")

    assert code == 8
    assert "not 0123456789ab" in said
    assert world.weights.applied == []


def test_it_asks_on_a_terminal_and_takes_no_for_an_answer() -> None:
    world = fake_world()

    result = typed(world, "n\n", "shift", "--lambda-weight", "10")

    assert result.exit_code == 130
    assert "Shift api.example.com to ecs 90 / lambda 10 now?" in result.stderr
    assert world.weights.applied == []


def test_it_goes_on_at_a_yes() -> None:
    world = fake_world()

    assert typed(world, "y\n", "shift", "--lambda-weight", "10").exit_code == 0
    assert world.live == Weights(90, 10)


def test_without_a_terminal_it_names_the_flag_and_reads_nothing() -> None:
    world = fake_world()

    result = invoke(world, "shift", "--lambda-weight", "10")

    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert world.calls.names == []


def test_records_that_changed_during_the_question_are_not_overwritten() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ChangedMeanwhile("A lambda is not as it was read")]

    code, said = shift(world, 50)

    assert code == 5
    assert "not as it was read" in said
    assert world.ledger.kinds()[-2:] == ["intent", "abandoned"]


@pytest.mark.parametrize(
    ("live", "target", "sentence"),
    [
        ((100, 0), 11, "a step of 11 points from 0% is over the limit of 10"),
        ((90, 10), 61, "a step of 51 points from 10% is over the limit of 50"),
    ],
)
def test_too_long_a_step_is_refused(live: tuple[int, int], target: int, sentence: str) -> None:
    world = known_world(*live)

    code, said = shift(world, target)

    assert code == 8
    assert sentence in said
    assert "rule: step" in said
    assert world.weights.applied == []


@pytest.mark.parametrize(("live", "target"), [((100, 0), 10), ((90, 10), 60), ((50, 50), 100)])
def test_a_step_of_just_the_limit_is_allowed(live: tuple[int, int], target: int) -> None:
    assert shift(known_world(*live), target)[0] == 0


def test_failing_gates_refuse_and_change_nothing() -> None:
    world = sick()

    code, said = shift(world, 50)

    assert code == 3
    assert "error rate 8.33% (590 of 7 080 requests) is over 2%, and not by chance" in said
    assert "next: cutover rollback" in said
    assert world.weights.applied == []
    assert len(world.ledger.lines) == 1


def test_held_gates_refuse_as_a_hold() -> None:
    world = sick(rate=0.015)

    code, said = shift(world, 50)

    assert code == 6
    assert "between 1% and 2%" in said
    assert world.weights.applied == []


def test_missing_telemetry_refuses_a_raise() -> None:
    world = known_world(90, 10)
    world.blind("cloudwatch:GetMetricData: InternalServiceFault")

    code, said = shift(world, 50)

    assert code == 9
    assert "InternalServiceFault" in said
    assert world.weights.applied == []


def test_missing_telemetry_refuses_the_first_step_too() -> None:
    world = fake_world()
    world.blind()

    assert shift(world, 10)[0] == 9


def test_the_first_step_shows_that_ecs_itself_is_failing_and_goes() -> None:
    world = fake_world()
    world.metrics.error_rate[Side.ECS] = lambda _: 0.3

    code, said = shift(world, 10)

    assert code == 0
    assert "ECS itself is failing" in said


@pytest.mark.parametrize("target", [0, 5])
def test_going_down_is_always_allowed(target: int) -> None:
    world = sick()

    code, _ = shift(world, target)

    assert code == 0
    assert world.live == Weights(100 - target, target)


def test_going_down_is_allowed_without_telemetry_after_a_rollback_and_from_changed_records() -> None:
    world = known_world(90, 10)
    world.blind()
    world.weights.set_by_hand(60, 40)
    world.write(Kind.ROLLED_BACK, reason="earlier", after=None)

    code, said = shift(world, 20, "--plan", "0123456789ab")

    assert code == 0, said
    assert world.live == Weights(80, 20)


def test_records_that_others_changed_refuse_a_raise() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(80, 20)

    code, said = shift(world, 50)

    assert code == 5
    assert "Weight 20 instead of 10" in said
    assert "cutover resume" in said
    assert world.weights.applied == []


def test_a_changed_target_is_a_drift_too() -> None:
    world = known_world(90, 10)
    world.weights.records[0] = record("A", "ecs", 90, HealthCheckId="hc-1")

    code, said = shift(world, 50)

    assert code == 5
    assert 'HealthCheckId "hc-1" instead of null' in said


def test_a_rollback_stands_until_it_is_resumed() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke")

    code, said = shift(world, 10)

    assert code == 8
    assert "smoke" in said
    assert world.live == Weights(100, 0)


@pytest.mark.parametrize(
    ("rule", "world", "target"),
    [
        ("step", known_world(90, 10), 80),
        ("gates", sick(), 50),
    ],
)
def test_a_rule_is_set_aside_by_its_name_with_a_reason(rule: str, world: FakeWorld, target: int) -> None:
    code, said = shift(world, target, "--override", f"{rule}=agreed with Ada")

    assert code == 0
    assert f"rule '{rule}' set aside (agreed with Ada)" in said
    assert world.ledger.last(Kind.INTENT).evidence["overrides"] == {rule: "agreed with Ada"}


def test_telemetry_can_be_set_aside() -> None:
    world = fake_world()
    world.blind()

    assert shift(world, 10, "--override", "telemetry=staging is silent")[0] == 0


def test_a_drift_can_be_set_aside_and_is_then_the_known_truth() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(80, 20)
    world.pass_time(timedelta(hours=2))

    code, said = shift(world, 50, "--override", "drift=mine")

    assert code == 0, said
    assert world.ledger.last(Kind.ADOPTED).reason.startswith("mine")
    assert world.weights.applied == [((80, 20), (50, 50))]


def test_a_rollback_that_is_set_aside_counts_as_resumed() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback")

    assert shift(world, 10, "--override", "rolled-back=false alarm")[0] == 0
    assert world.ledger.last(Kind.RESUMED).reason == "false alarm"


def test_one_override_does_not_cover_another_rule() -> None:
    world = sick()

    assert shift(world, 80, "--override", "step=hurry")[0] == 3
    assert shift(world, 80, "--override", "step=hurry", "--override", "gates=known bug")[0] == 0


def test_weights_that_do_not_sum_to_100_cannot_be_set_aside() -> None:
    world = fake_world(90, 20)

    code, said = shift(world, 50, "--override", "drift=really")

    assert code == 5
    assert "sum to 110" in said
    assert "cutover rollback" in said
    assert world.weights.applied == []


def test_one_type_with_other_weights_is_a_drift() -> None:
    world = fake_world()
    world.weights.records = [*weighted(90, 10, "A"), *weighted(50, 50, "AAAA")]

    code, said = shift(world, 50)

    assert code == 5
    assert "A ecs 90 / lambda 10, AAAA ecs 50 / lambda 50" in said


def test_where_it_is_already_it_stays() -> None:
    world = known_world(90, 10)

    code, said = shift(world, 10)

    assert code == 0
    assert "already at ecs 90 / lambda 10" in said
    assert world.weights.applied == []


def test_waiting_for_the_bake_goes_no_further_than_it() -> None:
    world = fake_world()

    code, said = shift(world, 10, "--wait", "bake", "--watch")

    assert code == 0
    assert "baked at ecs 90 / lambda 10" in said
    assert "BAKING 10%" in said
    assert world.live == Weights(90, 10)


def test_waiting_for_the_settling_ends_with_the_bake_clock_running() -> None:
    world = fake_world()

    code, said = shift(world, 10, "--wait", "settled")

    assert code == 0
    assert "settled at ecs 90 / lambda 10" in said
    assert world.ledger.kinds()[-1] == "settled"


def test_gates_that_fail_while_it_waits_take_it_back() -> None:
    world = fake_world()
    world.failing_lambda(0.6)

    code, _ = shift(world, 10, "--wait", "bake")

    assert code == 4
    assert world.live == Weights(100, 0)


def test_an_open_answer_is_told_as_open() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("Route 53 did not answer within 30 s")]

    code, said = shift(world, 50)

    assert code == 10
    assert "did not answer" in said
    assert world.ledger.kinds()[-1] == "intent"


def test_an_interrupted_lowering_is_carried_out_by_the_next_command() -> None:
    world = known_world(50, 50)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")]
    shift(world, 20)

    assert shift(world, 20)[0] == 0
    assert world.live == Weights(80, 20)
    assert world.weights.applied == [((50, 50), (80, 20))]


def test_a_dry_run_beside_an_open_change_still_plans() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("cut off")]
    shift(world, 50)

    result = invoke(world, "shift", "--lambda-weight", "40", "--dry-run")

    assert result.exit_code == 0


def test_no_permission_says_which_and_changes_nothing() -> None:
    world = known_world(90, 10)
    world.weights.failing["read"] = [NotAllowed("route53:ListResourceRecordSets: AccessDenied")]

    code, said = shift(world, 50)

    assert code == 10
    assert "route53:ListResourceRecordSets" in said


def test_ctrl_c_while_it_waits_leaves_the_change() -> None:
    world = fake_world()

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    code, said = shift(world, 10)

    assert code == 130
    assert "the weights stay at ecs 90 / lambda 10" in said


def test_ctrl_c_while_it_sends_is_told_too() -> None:
    world = fake_world()
    world.weights.failing["apply-answer"] = [KeyboardInterrupt()]

    assert shift(world, 10)[0] == 130
    assert world.ledger.kinds()[-1] == "intent"


def test_the_json_document_has_the_exact_records() -> None:
    world = known_world(90, 10)

    result = invoke(world, "shift", "--lambda-weight", "50", "--yes", "--json")

    document = json.loads(result.stdout)
    assert document["schema"] == "cutover.shift/1"
    assert (document["exit"], document["result"]) == (0, "done")
    assert document["plan"]["after"] == {"ecs": 50, "lambda": 50}
    assert [json.loads(body)["Weight"] for body in document["plan"]["records_after"]] == [50, 50, 50, 50]
    assert "intent" in result.stderr


def test_a_refusal_in_json_is_one_document_with_its_rule() -> None:
    result = invoke(sick(), "--json", "shift", "--lambda-weight", "50", "--yes")

    document = json.loads(result.stdout)
    assert (document["schema"], document["exit"], document["rule"]) == ("cutover.error/1", 3, "gates")
    assert document["next"] == "cutover rollback"


def test_gates_that_turn_while_it_takes_the_lease_still_refuse() -> None:
    world = known_world(90, 10)
    lease = world.ledger.lease

    def turned(holder: str) -> AbstractContextManager[None]:
        world.failing_lambda(0.5, START - timedelta(days=1))
        return lease(holder)

    world.ledger.lease = turned  # type: ignore[method-assign]

    assert shift(world, 50)[0] == 3
    assert world.weights.applied == []


def test_plain_records_are_shown_with_their_addresses() -> None:
    world = fake_world()
    plain = {"AliasTarget": None, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    world.weights.records = [record("A", "ecs", 100, **plain), record("A", "lambda", 0, **plain)]

    assert "192.0.2.1" in invoke(world, "shift", "--lambda-weight", "10", "--dry-run").stdout


def test_next_commands_repeat_what_names_the_world(tmp_path: Path) -> None:
    world = sick()
    config = tmp_path / "prod settings.toml"

    result = invoke(world, "--config", str(config), "--stage=blue", "shift", "--lambda-weight", "50", "--yes")

    assert f"next: cutover --config '{config}' --stage blue rollback" in result.stderr
