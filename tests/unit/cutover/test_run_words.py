"""What `cutover run` says, and how it is asked: once, in JSON, quietly, on a terminal."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from cutover.cli import cli
from cutover.core.record import Kind
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START, record
from tests.unit.cutover.invoking import NEUTRAL, invoke, typed
from tests.unit.cutover.scripting import RUN, raised, soon


def test_it_shows_the_ladder_and_asks_first() -> None:
    world = fake_world()

    result = typed(world, "n\n", "run")

    assert result.exit_code == 130
    assert "Lambda 10%" in result.stdout
    assert raised(world) == []
    assert world.ledger.lines == []


def test_a_dry_run_shows_the_ladder_and_stops() -> None:
    world = fake_world()

    result = invoke(world, "run", "--dry-run")

    assert result.exit_code == 0
    assert "Lambda 50%" in result.stdout
    assert world.ledger.lines == []


def test_ctrl_c_leaves_the_weights_and_says_how_to_go_on_and_back() -> None:
    world = fake_world()

    def interrupt(now: datetime) -> None:
        if now - START >= timedelta(minutes=9):
            world.clock.then.clear()
            raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    result = invoke(world, *RUN)

    assert result.exit_code == 130
    assert "the weights stay at ecs 90 / lambda 10" in result.stdout
    assert "cutover run" in result.stdout
    assert "cutover rollback" in result.stdout
    assert world.ledger.last(Kind.STOPPED).evidence["exit"] == 130
    assert raised(world) == [(90, 10)]
    assert world.ledger.held_by == ""


def test_a_ladder_that_begins_above_until_is_a_usage_error() -> None:
    result = invoke(fake_world(), "run", "--until", "5", "--yes")

    assert result.exit_code == 2
    assert "--until 5 is below the ladder's first step, 10" in result.stderr


def test_one_tick_at_a_time_gets_to_the_top_too() -> None:
    world = fake_world()

    codes = set()
    while "finished" not in world.ledger.kinds():
        codes.add(invoke(world, "run", "--once", "--yes").exit_code)
        world.pass_time(timedelta(minutes=1))

    assert codes == {0}
    assert raised(world) == [(90, 10), (50, 50), (0, 100)]


def test_one_tick_tells_its_state_in_json() -> None:
    world = known_world(90, 10, timedelta(minutes=20))

    result = invoke(world, "--json", "run", "--once", "--yes")

    tick, end = (json.loads(line) for line in result.stdout.splitlines()[-2:])
    assert tick["state"] == "BAKING 10%"
    assert tick["bake"]["counted_minutes"] == 18
    assert (end["event"], end["exit"]) == ("end", 0)


def test_one_tick_gives_up_after_the_same_time_as_a_long_run() -> None:
    world = known_world(90, 10, **soon())
    world.blind()

    codes = []
    for _ in range(130):
        codes.append(invoke(world, "run", "--once", "--yes").exit_code)
        world.pass_time(timedelta(minutes=1))

    assert codes.index(9) == 120
    assert raised(world) == []


def test_every_json_line_has_what_a_program_needs() -> None:
    result = invoke(fake_world(), "run", "--yes", "--json", "--until", "10")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["schema"] for line in lines} == {"cutover.run/1"}
    for line in lines[:-1]:
        assert {"time", "event", "asked_weight", "verdict", "findings", "bake", "state"} <= line.keys()
    assert lines[-1]["event"] == "end"
    assert lines[-1]["exit"] == 0
    baking = [line["bake"] for line in lines if line["event"] == "tick" and line["bake"]]
    assert baking[-1].keys() >= {"counted_minutes", "required_minutes", "requests", "required_requests"}


def test_quiet_leaves_the_end_only() -> None:
    result = invoke(fake_world(), "run", "--yes", "--quiet", "--until", "10")

    assert result.stdout.count("\n") < 25
    assert "judged" not in result.stdout
    assert "baked at ecs 90 / lambda 10" in result.stdout


def test_windows_grow_with_the_first_data_of_a_quiet_side() -> None:
    world = fake_world()
    world.metrics.per_minute = 300

    result = invoke(world, "run", "--until", "10", "--yes", "--json")

    assert result.exit_code == 0
    assert "requests in 10m) is under 500 ms" in result.stdout


def test_ctrl_c_in_the_middle_of_going_back_says_so() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5)

    def interrupt(_: datetime) -> None:
        if world.weights.applied:
            world.clock.then.clear()
            raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    result = invoke(world, *RUN)

    assert result.exit_code == 130
    assert "interrupted while going back to ECS" in result.stdout
    assert "next: cutover rollback  # finishes it" in result.stdout
    assert invoke(world, *RUN).exit_code == 4


def test_a_terminal_sees_one_line_that_changes() -> None:
    world = fake_world()
    terminal = {**NEUTRAL, "FORCE_COLOR": "1", "TERM": "xterm", "TTY_INTERACTIVE": "1", "COLUMNS": "80"}

    words = ["run", "--yes", "--until", "10"]
    result = CliRunner(env=terminal).invoke(cli, words, obj=world.ports, color=True)

    lines = result.stdout.split("\n")
    assert result.exit_code == 0
    assert max(line.count("\r") for line in lines) > 10
    assert all(len(part) < 130 for line in lines for part in line.split("\r\x1b[2K"))


def drifted() -> FakeWorld:
    """A world whose records were replaced by a plain one."""
    world = known_world(90, 10)
    world.weights.records = [record("A", None, None)]
    return world


def unreachable() -> FakeWorld:
    """A world without Route 53."""
    world = known_world(90, 10)
    world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 did not answer within 30 s")]
    return world


def held() -> FakeWorld:
    """A world in which somebody else is at work."""
    world = known_world(90, 10)
    world.ledger.held_by = "shift by bob"
    return world


@pytest.mark.parametrize(
    ("world", "words", "code", "reason"),
    [
        (drifted, RUN, 5, "a simple one, not weighted"),
        (unreachable, RUN, 10, "Route 53 did not answer within 30 s"),
        (held, RUN, 7, "shift by bob is at work"),
        (fake_world, ("run",), 2, "there is no terminal to ask on"),
        (fake_world, ("run", "--until", "9", "--yes"), 2, "below the ladder's first step"),
        (fake_world, ("run", "--until", "nine", "--yes"), 2, "'nine' is not a whole number"),
        (fake_world, ("run", "--dry-run"), 0, "nothing was changed"),
    ],
)
def test_a_stream_that_ends_early_is_a_stream_with_an_end(
    world: Callable[[], FakeWorld], words: tuple[str, ...], code: int, reason: str
) -> None:
    result = invoke(world(), "--json", *words)

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, lines[-1]["event"], lines[-1]["exit"]) == (code, "end", code)
    assert reason in lines[-1]["reason"]
    assert [line["event"] for line in lines].count("end") == 1
