"""`cutover shift`: one change of weights, refused by name and number when it is not safe."""

import json
from pathlib import Path

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable, NotAllowed
from tests.fakes.world import fake_world, known_world
from tests.fakes.zone import record
from tests.unit.cutover.invoking import invoke, typed
from tests.unit.cutover.scripting import shift, sick


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
