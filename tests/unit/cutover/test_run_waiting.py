"""`cutover run` before a rule that stands in the way only for now: shown, written once, told, and not for ever."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.core.surroundings import Concurrency, Surroundings
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import RUN, raised, soon
from tests.unit.cutover.test_telling import titles

ALARMED = Surroundings(alarms=("checkout-errors",))


def frozen_world(**settings: Any) -> FakeWorld:
    """A world with a freeze for the next three hours."""
    world = fake_world(**settings)
    assert invoke(world, "freeze", "add", "--for", "3h", "--reason", "launch", "--yes").exit_code == 0
    return world


def waits(world: FakeWorld) -> list[str]:
    return [line.evidence["waiting"] for line in world.ledger.lines if "waiting" in line.evidence]


def at_minute(world: FakeWorld, minute: int, **fields: object) -> None:
    """Set these fields of the surveyor then."""

    def call(now: datetime) -> None:
        if now - START >= timedelta(minutes=minute):
            world.clock.then.remove(call)
            for name, value in fields.items():
                setattr(world.surveyor, name, value)

    world.clock.then.append(call)


def test_a_run_says_once_what_it_waits_for_and_goes_on_by_itself() -> None:
    world = frozen_world()

    result = invoke(world, "run", "--yes", "--until", "10")

    assert result.exit_code == 0, result.output
    shown = [line for line in result.stdout.splitlines() if "waiting for freeze: frozen until" in line]
    assert len(shown) == 1
    assert "next: wait until Sun 22 Nov 12:00 UTC" in shown[0]
    assert waits(world) == ["freeze"]
    said = [title.partition(": ")[0] for title in titles(world) if "waiting" in title]
    assert said == ["waiting for the rule 'freeze'"]
    assert raised(world) == [(90, 10)]


def test_a_new_rule_is_a_new_line() -> None:
    world = frozen_world()
    at_minute(world, 170, found=ALARMED)
    at_minute(world, 200, found=Surroundings())

    assert invoke(world, "run", "--yes", "--until", "10").exit_code == 0
    assert waits(world) == ["freeze", "alarm"]
    assert [title for title in titles(world) if title.startswith("!")] == [
        "!waiting for the rule 'alarm': 1 veto alarm in ALARM: checkout-errors"
    ]


def test_one_tick_says_what_it_waits_for() -> None:
    world = frozen_world()

    results = [invoke(world, "run", "--once", "--yes") for _ in range(3)]

    for result in results:
        assert result.exit_code == 0
        assert "one tick done: ALL ON ECS; waiting: frozen until Sun 22 Nov 12:00 UTC" in result.stdout
    assert waits(world) == ["freeze"]


def test_the_json_tick_has_the_rule_with_its_way_on() -> None:
    result = invoke(frozen_world(), "run", "--once", "--yes", "--json")

    ticks = [line for line in map(json.loads, result.stdout.splitlines()) if line["event"] == "tick"]
    assert [tick["waiting"]["rule"] for tick in ticks] == ["freeze"]
    assert ticks[0]["waiting"]["text"].startswith("frozen until")
    assert ticks[0]["waiting"]["next"].startswith("wait until")


def test_a_rule_that_time_does_not_mend_ends_the_run() -> None:
    world = known_world(90, 10, **soon())
    world.surveyor.found = ALARMED

    result = invoke(world, *RUN)

    assert result.exit_code == 8
    assert "waited for 2h: 1 veto alarm in ALARM: checkout-errors; the weights stay" in result.stderr
    assert "rule: alarm" in result.stderr
    assert timedelta(hours=2) <= world.clock.now() - START < timedelta(hours=3)
    assert world.live == Weights(90, 10)
    assert world.ledger.last(Kind.STOPPED).evidence["exit"] == 8


def test_one_tick_at_a_time_gives_up_too_and_begins_anew() -> None:
    world = known_world(90, 10, **soon())
    world.surveyor.found = Surroundings(concurrency=Concurrency(1, 1))

    codes = []
    for _ in range(125):
        codes.append(invoke(world, "run", "--once", "--yes").exit_code)
        world.pass_time(timedelta(minutes=1))

    assert codes.count(8) == 1
    assert codes.index(8) == 120
    assert waits(world) == ["concurrency", "concurrency"]


def test_a_freeze_is_waited_for_however_long_it_is() -> None:
    world = frozen_world(**soon())

    assert invoke(world, "run", "--yes", "--until", "10").exit_code == 0
    assert world.clock.now() - START > timedelta(hours=3)


def test_a_bake_is_as_long_as_ever_behind_a_rule() -> None:
    world = known_world(90, 10)
    world.surveyor.found = ALARMED
    at_minute(world, 30, found=Surroundings())

    assert invoke(world, "run", "--yes", "--until", "50").exit_code == 0
    baked = [line for line in world.ledger.lines if line.kind is Kind.BAKED]
    assert [line.after for line in baked] == [(90, 10), (50, 50)]


def test_every_look_is_one_tick_at_a_climb_too() -> None:
    result = invoke(fake_world(), *RUN, "--json")

    ticks = [line for line in map(json.loads, result.stdout.splitlines()) if line["event"] == "tick"]
    times = [tick["time"] for tick in ticks]
    assert len(times) == len(set(times))


def test_the_end_tells_the_state_that_the_last_lines_led_to() -> None:
    world = known_world(50, 50)
    world.failing_lambda(0.5, START - timedelta(days=1))

    lines = [json.loads(line) for line in invoke(world, *RUN, "--json").stdout.splitlines()]

    assert (lines[-1]["event"], lines[-1]["state"], lines[-1]["asked_weight"]) == ("end", "ROLLED BACK", 0)
    assert [line["verdict"] for line in lines if line["event"] == "tick"] == ["fail"]


@pytest.mark.parametrize("words", [("run", "--yes"), ("run", "--once", "--yes")])
def test_a_missing_drill_is_mended_by_a_drill_alone(words: tuple[str, ...]) -> None:
    world = known_world(100, 0, safety={"drill_above": 10})

    result = invoke(world, *words)

    assert result.exit_code == 8
    assert "next: cutover drill\n" in result.stderr
    assert "--override" not in result.stderr


def test_a_refused_drill_advises_nothing_that_it_can_not_do() -> None:
    result = invoke(frozen_world(), "drill", "--yes")

    assert result.exit_code == 14
    assert "next: wait until Sun 22 Nov 12:00 UTC" in result.stderr
    assert "--override" not in result.stderr
