"""The way back that the screens and a rollback offer is the one that works: after a hold, a drain, a thrown switch."""

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from rich.text import Text

from cutover.cli import cli
from cutover.commands._session import Session
from cutover.core.record import Kind
from cutover.core.surroundings import EcsCapacity
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.ending import at_the_end, done, drained, held
from tests.unit.cutover.invoking import NEUTRAL, invoke, status

DRAINED = "cutover decommission drain --undo, then cutover rollback"
RESUME = 'cutover resume --reason "what was mended"'


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be slow; what is shown is not."""
    monkeypatch.setattr("cutover.flow.look.looking.DEADLINE_SECONDS", 30.0)


def screens(world: FakeWorld) -> list[str]:
    """What status and watch say."""
    return [status(world), invoke(world, "watch", "--once").stdout]


def thrown(ecs: int = 90, serverless: int = 10) -> FakeWorld:
    """The kill switch is thrown, and the weights are as they were."""
    world = known_world(ecs, serverless, age=timedelta(hours=2))
    world.switch.is_set_up = True
    invoke(world, "rollback", "--path", "kill")
    return world


def narrow(world: FakeWorld, *words: str) -> list[str]:
    """What it prints on a terminal of 80 columns."""
    terminal = CliRunner(env={**NEUTRAL, "COLUMNS": "80", "FORCE_COLOR": "1"})
    result = terminal.invoke(cli, list(words), obj=Session(lambda _: world.ports, interactive=True))
    assert result.exit_code == 0, result.output
    return [Text.from_ansi(line).plain.rstrip() for line in result.stdout.splitlines()]


@pytest.mark.parametrize("rung", ["hold", "drain"])
def test_a_rollback_brings_ecs_back_to_its_size_before_that_rung(rung: str) -> None:
    world = at_the_end() if rung == "hold" else held()
    done(world, rung, "--yes")
    world.ecs.is_set_up, world.ecs.tasks = True, EcsCapacity(1, 1, 1)

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert world.ecs.raised_to == [4]


def test_a_hold_that_was_undone_asks_for_no_more() -> None:
    world = at_the_end()
    done(world, "hold", "--yes")
    done(world, "hold", "--undo", "--yes")
    world.ecs.is_set_up, world.ecs.tasks = True, EcsCapacity(3, 3, 1)

    invoke(world, "rollback")

    assert world.ecs.raised_to == []


def test_after_a_drain_the_way_back_begins_with_its_undo() -> None:
    for said in screens(drained()):
        assert f"go back   {DRAINED}" in said
        assert "go back   cutover rollback" not in said


def test_before_a_drain_and_after_its_undo_it_is_a_rollback() -> None:
    world = held()
    before = status(world)
    done(world, "drain", "--yes")
    done(world, "drain", "--undo", "--yes")

    assert "go back   cutover rollback" in before
    assert "go back   cutover rollback" in status(world)


def test_a_thrown_kill_switch_is_the_headline_and_the_next_step() -> None:
    world = thrown()

    for said in screens(world):
        assert "KILL SWITCH THROWN" in said.splitlines()[0]
        assert f"next cutover rollback; then {RESUME} puts it back" in " ".join(said.split())
        assert "BAKING" not in said
    assert invoke(world, "status", "--exit-code").exit_code == 4
    assert json.loads(invoke(world, "--json", "status").stdout)["state"] == "KILL SWITCH THROWN"


def test_with_lambda_at_0_the_switch_only_has_to_be_put_back() -> None:
    said = status(thrown(100, 0))

    assert f"next      {RESUME} puts it back" in said


def test_a_rollback_after_the_switch_is_told_as_a_rollback() -> None:
    world = thrown()
    invoke(world, "rollback")

    assert "ROLLED BACK" in status(world).splitlines()[0]


def test_a_bake_that_is_complete_is_counted_no_further() -> None:
    world = known_world(0, 100, age=timedelta(days=9))
    assert "  bake " in status(world)
    world.write(Kind.FINISHED, time=START - timedelta(hours=3), after=(0, 100))

    said = status(world)

    assert "  bake " not in said
    assert "FINISHED" in said


def test_status_says_that_it_does_not_ask_the_rules_and_watch_does() -> None:
    world = known_world(90, 10, age=timedelta(days=3))

    shown, watched = screens(world)

    assert "rules not asked here: cutover watch, cutover plan" in shown
    assert "rules not asked" not in watched


def test_where_no_step_is_ahead_there_is_no_rule_to_ask() -> None:
    assert "rules not asked" not in status(at_the_end())


def test_a_narrow_terminal_shows_the_whole_ladder_of_a_decommission() -> None:
    world = drained()

    lines = narrow(world, "decommission", "plan")

    assert all(len(line) <= 80 or line.lstrip().startswith("aws ") for line in lines)
    assert any("cutover decommission drain --undo" in line for line in lines)
    assert "practically irreversible: a new ALB gets a new DNS name" in " ".join(" ".join(lines).split())


def test_a_narrow_watch_keeps_the_requests_and_the_whole_next_step() -> None:
    world = known_world(90, 10, age=timedelta(minutes=12))
    world.ledger.held_by = "run by arn:aws:iam::123456789012:user/ada-of-the-platform-team (process 4711)"

    lines = narrow(world, "watch", "--once")

    assert any("requests  last" in line for line in lines)
    assert all(len(line) <= 80 for line in lines)
    said = " ".join(" ".join(lines).split())
    assert re.search(r"next Lambda 50% by the run at work, at the earliest .{,12}\d\d:\d\d UTC in \d+m, when", said)
