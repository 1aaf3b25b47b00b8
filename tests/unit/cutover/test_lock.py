"""`cutover lock`: who holds the lease, and taking it away only from whom one means."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.record import Event, Kind
from cutover.ports import Holder, LedgerMoved
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke, typed
from tests.unit.cutover.scripting import RUN, raised

NAME = "run by ada (process 7)"
BREAK = ("lock", "break", "--reason", "the laptop is asleep")


def held_world(**more: Any) -> FakeWorld:
    """A world whose lease ada holds."""
    world = fake_world()
    world.ledger.held_by, world.ledger.fence = NAME, 4
    holder = replace(Holder(NAME, 4, host="laptop", since=START - timedelta(minutes=12)), **more)
    world.ledger.holder = lambda: holder if world.ledger.held_by else None  # type: ignore[method-assign]
    return world


def is_held(world: FakeWorld) -> bool:
    return world.ledger.held_by == NAME and world.ledger.fence == 4 and not world.ledger.lines


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (None, "its process ends"),
        (START + timedelta(seconds=90), "22 Nov 09:01:30 UTC, in 1m, unless it is prolonged"),
        (START - timedelta(seconds=5), "it was not prolonged, and is free in a moment"),
    ],
)
def test_it_shows_who_holds_the_lease(until: Any, said: str) -> None:
    world = held_world(until=until)

    result = invoke(world, "lock", "show")

    assert result.exit_code == 0
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[0] == f"holder    {NAME}"
    assert lines[1:3] == ["on        laptop", "since     22 Nov 08:48:00 UTC, 12m ago"]
    assert said in lines[3]
    assert lines[4] == "number    4"
    assert is_held(world)


def test_what_is_not_known_of_the_holder_is_said() -> None:
    result = invoke(held_world(host="", since=None), "lock", "show")

    assert "on        not known" in result.stdout
    assert "since     not known" in result.stdout


def test_nobody_is_shown_as_nobody() -> None:
    result = invoke(fake_world(), "lock", "show")

    assert (result.exit_code, result.stdout) == (0, "nobody holds the lease\n")


def test_it_is_shown_to_programs() -> None:
    world = held_world(until=START + timedelta(minutes=2))

    document = json.loads(invoke(world, "lock", "show", "--json", "--quiet").stdout)

    assert document == {
        "schema": "cutover.lock/1",
        "holder": {
            "name": NAME,
            "host": "laptop",
            "since": "2026-11-22T08:48:00+00:00",
            "until": "2026-11-22T09:02:00+00:00",
            "fence": 4,
        },
    }
    assert json.loads(invoke(fake_world(), "lock", "show", "--json", "--quiet").stdout)["holder"] is None


def test_breaking_writes_down_whose_lease_and_why_before_it_breaks() -> None:
    world = held_world()

    result = invoke(world, *BREAK, "--holder", NAME, "--yes")

    assert result.exit_code == 0, result.output
    assert "before that process next raises Lambda's share it finds out, and stops" in result.stdout
    line = world.ledger.last(Kind.UNLOCKED)
    assert (line.reason, line.command) == ("the laptop is asleep", "lock break")
    assert line.evidence == {"holder": NAME, "holder_host": "laptop", "fence": 4}
    assert (world.ledger.held_by, world.ledger.fence) == ("", 5)
    assert raised(world) == []


def test_the_name_can_be_typed() -> None:
    world = held_world()

    result = typed(world, f"{NAME}\n", *BREAK)

    assert result.exit_code == 0, result.output
    assert world.ledger.held_by == ""


@pytest.mark.parametrize("answer", ["run by eve\n", "y\n"])
def test_another_name_breaks_nothing(answer: str) -> None:
    world = held_world()

    result = typed(world, answer, *BREAK)

    assert result.exit_code == 8
    assert f"the lease is held by '{NAME}', not by" in result.stderr
    assert is_held(world)


def test_another_name_on_the_command_line_breaks_nothing() -> None:
    world = held_world()

    result = invoke(world, *BREAK, "--holder", "run by eve", "--yes")

    assert result.exit_code == 8
    assert is_held(world)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "there is no terminal to ask on"),
        (("--yes",), "--yes needs --holder NAME"),
        (("--holder", NAME), "there is no terminal to ask on"),
    ],
)
def test_without_a_name_or_a_terminal_it_is_a_wrong_command(more: tuple[str, ...], said: str) -> None:
    world = held_world()

    result = invoke(world, *BREAK, *more)

    assert result.exit_code == 2
    assert said in result.stderr
    assert is_held(world)


def test_a_reason_is_needed() -> None:
    assert invoke(held_world(), "lock", "break", "--yes").exit_code == 2


def test_a_dry_run_breaks_nothing() -> None:
    world = held_world()

    result = invoke(world, *BREAK, "--dry-run")

    assert result.exit_code == 0
    assert NAME in result.stdout
    assert is_held(world)


def test_what_nobody_holds_cannot_be_broken() -> None:
    world = fake_world()

    result = invoke(world, *BREAK, "--holder", NAME, "--yes", "--json")

    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert (document["schema"], document["holder"], document["message"]) == (
        "cutover.lock/1",
        None,
        "nobody holds the lease",
    )
    assert (world.ledger.fence, world.ledger.lines) == (0, [])


def test_another_lease_of_the_same_holder_is_not_broken() -> None:
    world = held_world()
    holders = iter([Holder(NAME, 4), Holder(NAME, 6)])
    world.ledger.holder = lambda: next(holders)  # type: ignore[method-assign]

    result = invoke(world, *BREAK, "--holder", NAME, "--yes")

    assert result.exit_code == 8
    assert "has another lease by now, number 6" in result.stderr
    assert is_held(world)


def test_a_lease_given_back_meanwhile_is_not_broken() -> None:
    world = held_world()
    holders = iter([Holder(NAME, 4), None])
    world.ledger.holder = lambda: next(holders)  # type: ignore[method-assign]

    result = invoke(world, *BREAK, "--holder", NAME, "--yes")

    assert (result.exit_code, world.ledger.fence, world.ledger.lines) == (0, 4, [])


def test_a_holder_that_keeps_writing_does_not_keep_it_from_being_written_down() -> None:
    world = held_world()

    def write() -> None:
        world.write(Kind.JUDGED)

    world.ledger.before_append = [write]

    result = invoke(world, *BREAK, "--holder", NAME, "--yes")

    assert result.exit_code == 0, result.output
    assert world.ledger.kinds() == ["judged", "unlocked"]


def test_what_cannot_be_written_down_is_not_broken() -> None:
    world = held_world()
    world.ledger.unwritable = "disk full"

    result = invoke(world, *BREAK, "--holder", NAME, "--yes")

    assert result.exit_code == 8
    assert "disk full" in result.stderr
    assert is_held(world)


def test_a_ledger_that_never_holds_still_is_told_and_nothing_is_broken() -> None:
    world = held_world()

    def moved(event: Event) -> None:
        raise LedgerMoved("ledger line 1 was written by somebody else meanwhile")

    world.ledger.append = moved  # type: ignore[method-assign]

    result = invoke(world, *BREAK, "--holder", NAME, "--yes")

    assert result.exit_code == 7
    assert "cutover lock show" in result.stderr
    assert is_held(world)


def test_a_run_whose_lease_was_broken_stops_before_it_raises() -> None:
    world = known_world(90, 10, timedelta(0))

    def broken(now: Any) -> None:
        if now - START >= timedelta(minutes=5):
            world.clock.then.remove(broken)
            world.ledger.break_lease()

    world.clock.then.append(broken)

    result = invoke(world, *RUN)

    assert result.exit_code == 7, result.output
    assert "broken" in result.output
    assert raised(world) == []
    assert world.ledger.lines[-1].kind is Kind.STOPPED


def test_whoever_meets_a_held_lease_is_sent_to_lock_show() -> None:
    result = invoke(held_world(), "shift", "--lambda-weight", "10", "--yes")

    assert result.exit_code == 7
    assert "cutover lock show  # says who, and for how long" in result.stderr
