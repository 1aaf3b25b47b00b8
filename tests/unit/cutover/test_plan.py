"""`cutover plan`: the exact batch, what gates and rules say, what moves and when; refused as the shift would be."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cutover.core.record import Kind
from cutover.core.surroundings import EcsCapacity, Surroundings
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import weighted
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import shift, sick


def document(world: FakeWorld, weight: int, code: int = 0) -> dict[str, Any]:
    result = invoke(world, "plan", "--lambda-weight", str(weight), "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["schema"] == "cutover.plan/1"
    return found


def test_the_batch_is_what_the_shift_sends() -> None:
    world = known_world(90, 10)
    before = [json.loads(r.body) for r in world.weights.records]

    planned = document(world, 50)
    shift(world, 50, "--plan", planned["plan"]["hash"][:12])

    after = [json.loads(r.body) for r in world.weights.records]
    changes = planned["batch"]["Changes"]
    by_action = {
        action: [c["ResourceRecordSet"] for c in changes if c["Action"] == action] for action in ("DELETE", "CREATE")
    }
    assert sorted(by_action["DELETE"], key=str) == sorted(before, key=str)
    assert sorted(by_action["CREATE"], key=str) == sorted(after, key=str)
    assert planned["batch"]["Comment"] == world.weights.comments[0]
    assert world.ledger.last(Kind.INTENT).plan_hash == planned["plan"]["hash"]


def test_it_changes_nothing_and_needs_no_terminal() -> None:
    world = known_world(90, 10)

    result = invoke(world, "plan", "--lambda-weight", "50")

    assert result.exit_code == 0
    assert (world.weights.applied, len(world.ledger.lines), world.ledger.kept) == ([], 1, {})


def test_the_screen_has_the_hash_the_batch_the_rules_and_the_way_back() -> None:
    world = known_world(90, 10)
    hash_ = document(world, 50)["plan"]["hash"]

    said = invoke(world, "plan", "--lambda-weight", "50").stdout

    for part in (
        f"hash      {hash_}",
        "A     lambda        10 → 50",
        '  DELETE  {"AliasTarget":{"DNSName":"ecs.target.example."',
        '  CREATE  {"AliasTarget":{"DNSName":"ecs.target.example."',
        "alarm        not checked  safety.veto_alarms names none",
        "step         ok",
        "moves     about 240 of 600 requests a minute",
        "+1m       INSYNC, as a rule",
        "+2m       settled: caches had their TTL of 60 s",
        "+32m      the bake of Lambda 50% is complete",
        "switch    not set up",
        "go back   cutover rollback",
        f"next: cutover shift --lambda-weight 50 --plan {hash_[:12]}",
    ):
        assert part in said


def test_the_timeline_and_the_share_are_values_too() -> None:
    planned = document(known_world(90, 10), 50)

    assert planned["requests_per_minute"] == {"moved": 240.0, "all": 600.0}
    assert [step["after_seconds"] for step in planned["due"]] == [60, 120, 120 + 30 * 60]
    assert planned["verdict"] == "pass"
    assert (planned["exit"], planned["kill_switch"]) == (0, False)
    assert {rule["rule"]: rule["answer"] for rule in planned["rules"]}["ipv6"] == "not checked"


def test_a_kill_switch_that_is_set_up_is_no_warning() -> None:
    world = known_world(90, 10)
    world.switch.is_set_up = True

    assert "switch    not set up" not in invoke(world, "plan", "--lambda-weight", "50").stdout


@pytest.mark.parametrize(
    ("world", "weight", "code", "rule"),
    [
        (known_world(90, 10), 61, 8, "step"),
        (sick(), 50, 3, "gates"),
        (sick(rate=0.015), 50, 6, "gates"),
    ],
)
def test_a_plan_that_a_shift_would_refuse_ends_with_its_code(
    world: FakeWorld, weight: int, code: int, rule: str
) -> None:
    planned = document(world, weight, code)

    assert planned["rule"] == rule
    assert planned["message"].startswith("a shift would be refused: ")
    assert planned["plan"]["after"]["lambda"] == weight
    refusing = [one for one in planned["rules"] if one["answer"] == "refuses"]
    assert refusing[0]["rule"] == rule
    assert refusing[0]["number"]
    assert refusing[0]["next"]
    assert world.weights.applied == []


def test_without_telemetry_it_says_what_it_can() -> None:
    world = known_world(90, 10)
    world.blind("AccessDenied")

    planned = document(world, 50, 9)

    assert planned["requests_per_minute"] is None
    assert "how many requests a minute is not known" in invoke(world, "plan", "--lambda-weight", "50").stdout


def test_several_rules_are_all_shown_with_number_and_limit() -> None:
    world = known_world(50, 50)
    world.surveyor.found = Surroundings(alarms=("Api5xx",), capacity=EcsCapacity(0, 0))

    result = invoke(world, "plan", "--lambda-weight", "100")

    assert result.exit_code == 8
    assert "alarm        refuses      1 veto alarm in ALARM: Api5xx (1; limit 0)" in result.stdout
    assert "warm-floor   refuses" in result.stdout
    assert "rule: alarm" in result.stderr


def test_lowering_is_never_refused() -> None:
    world = sick()
    invoke(world, "pause", "--reason", "x", "--yes")

    result = invoke(world, "plan", "--lambda-weight", "0")

    assert result.exit_code == 0
    assert "rules     lowering is never refused" in result.stdout


def test_where_the_weights_are_already_there_is_nothing_to_plan() -> None:
    planned = document(known_world(90, 10), 10)

    assert planned["message"] == "already at ecs 90 / lambda 10: nothing to change"
    assert (planned["due"], planned["exit"]) == ([], 0)
    assert "DELETE" not in invoke(known_world(90, 10), "plan", "--lambda-weight", "10").stdout


def test_records_that_are_no_weights_are_a_drift() -> None:
    world = fake_world()
    world.weights.records = weighted(90, 20)

    assert invoke(world, "plan", "--lambda-weight", "10").exit_code == 5


def test_a_zone_that_was_changed_since_is_another_plan() -> None:
    world = known_world(90, 10)
    hash_ = document(world, 50)["plan"]["hash"]
    world.weights.set_by_hand(80, 20)
    invoke(world, "resume", "--reason", "it was me", "--yes")

    code, said = shift(world, 50, "--plan", hash_)

    assert code == 8
    assert "rule: plan" in said
    assert world.weights.applied == []


def test_beside_an_open_change_it_still_plans() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("cut off")]
    shift(world, 50)

    assert document(world, 40)["plan"]["before"] == {"ecs": 50, "lambda": 50}


def test_it_can_be_written_to_a_file(tmp_path: Path) -> None:
    world, out = known_world(90, 10), tmp_path / "plan.json"

    result = invoke(world, "plan", "--lambda-weight", "50", "--out", str(out))

    assert result.exit_code == 0
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written == document(world, 50)
    assert shift(world, 50, "--plan", written["plan"]["hash"])[0] == 0


def test_a_file_is_overwritten_only_by_force(tmp_path: Path) -> None:
    world, out = known_world(90, 10), tmp_path / "plan.json"
    out.write_text("precious", encoding="utf-8")
    words = ("plan", "--lambda-weight", "50", "--out", str(out))

    refused, kept = invoke(world, *words), out.read_text(encoding="utf-8")
    forced = invoke(world, *words, "--force")

    assert (refused.exit_code, kept) == (2, "precious")
    assert f"{out} exists already: add --force to overwrite it" in refused.stderr
    assert forced.exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["schema"] == "cutover.plan/1"


def test_a_plan_goes_through_a_link_and_into_a_pipe(tmp_path: Path) -> None:
    world, link, pipe = known_world(90, 10), tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(tmp_path / "plan.json")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    ended = [invoke(world, "plan", "--lambda-weight", "50", "--out", str(out)).exit_code for out in (link, pipe)]
    said = os.read(reader, 1_000_000)
    os.close(reader)

    assert ended == [0, 0]
    assert link.is_symlink()
    assert (tmp_path / "plan.json").read_bytes() == said
    assert pipe.is_fifo()


def test_a_file_that_can_not_be_written_is_a_wrong_option(tmp_path: Path) -> None:
    result = invoke(known_world(90, 10), "plan", "--lambda-weight", "50", "--out", str(tmp_path / "none" / "plan.json"))

    assert result.exit_code == 2
    assert "can't write" in result.stderr
    assert "No such file or directory" in result.stderr
