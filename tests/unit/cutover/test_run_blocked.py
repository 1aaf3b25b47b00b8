"""`cutover run` while Route 53 or the ledger keeps it from doing anything: people are told, INSYNC stays due."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import RUN, raised, soon
from tests.unit.cutover.test_telling import titles

AWAY = "Route 53 did not answer"


def away(world: FakeWorld, since: timedelta, until: timedelta = timedelta(days=9)) -> None:
    """Reading fails in that time."""

    def call(now: datetime) -> None:
        gone = since <= now - START < until
        world.weights.failing["read"] = [ControlPlaneUnavailable(AWAY)] if gone else []

    world.clock.then.append(call)


def without_ledger(world: FakeWorld) -> None:
    """The ledger can't be read after the first look."""
    world.clock.then.append(lambda _: setattr(world.ledger, "unreadable", "disk trouble"))


def without_route53(world: FakeWorld) -> None:
    """Route 53 can't be read after the first look."""
    away(world, timedelta(0))


@pytest.mark.parametrize(
    ("trouble", "text"), [(without_route53, AWAY), (without_ledger, "disk trouble")], ids=["route 53", "ledger"]
)
def test_people_are_told_after_five_minutes_and_once(trouble: Callable[[FakeWorld], None], text: str) -> None:
    world = known_world(90, 10, timedelta(0), **soon())
    trouble(world)

    result = invoke(world, *RUN)

    assert result.exit_code in {8, 10}
    blocked = [title for title in titles(world) if "BLOCKED" in title]
    assert blocked == [f"!BLOCKED: nothing could be done for 5m, the gates are judged: {text}"]


def test_the_line_that_tells_of_it_changes_no_state() -> None:
    world = known_world(90, 10)
    away(world, timedelta(minutes=1), timedelta(minutes=9))
    world.surveyor.found = world.surveyor.found

    assert invoke(world, "run", "--yes", "--until", "50").exit_code == 0
    assert raised(world) == [(50, 50)]


def test_a_short_absence_tells_nobody() -> None:
    world = known_world(90, 10, timedelta(0))
    away(world, timedelta(minutes=1), timedelta(minutes=5))

    assert invoke(world, "run", "--yes", "--until", "10").exit_code == 0
    assert not [title for title in titles(world) if "BLOCKED" in title]


def test_the_verdict_is_shown_beside_the_trouble() -> None:
    world = known_world(90, 10, timedelta(minutes=20), **soon())
    away(world, timedelta(0))

    shown = [line for line in invoke(world, *RUN).stdout.splitlines() if AWAY in line and "BAKING" in line]

    assert shown
    assert all("PASS  errors" in line for line in shown)


def test_insync_is_late_also_while_reading_fails() -> None:
    world = fake_world()
    world.weights.pending = None
    away(world, timedelta(minutes=1))

    result = invoke(world, *RUN)

    assert result.exit_code == 11
    assert f"INSYNC did not come in time; it may still come ({AWAY})" in result.stderr
    assert world.clock.now() - START < timedelta(hours=2)
    assert world.live == Weights(90, 10)


def test_a_change_that_route_53_has_is_not_late_for_want_of_a_ledger() -> None:
    world = fake_world(**soon())
    world.clock.then.append(
        lambda _: setattr(world.ledger, "unreadable", "disk trouble") if world.weights.applied else None
    )

    result = invoke(world, *RUN)

    assert result.exit_code == 8
    assert world.clock.now() - START >= timedelta(hours=2)


def test_a_blocked_line_is_not_a_verdict() -> None:
    world = known_world(90, 10, timedelta(0))
    away(world, timedelta(minutes=10), timedelta(minutes=20))

    assert invoke(world, "run", "--yes", "--until", "10").exit_code == 0
    verdicts = [line.evidence.get("judged") for line in world.ledger.lines if line.kind is Kind.JUDGED]
    assert verdicts.count("pass") == 1
