"""What the tests of the migration's end have in common: a world at Lambda 100%, finished, held, drained."""

from datetime import timedelta
from typing import Any

from click.testing import Result

from cutover.core.record import Event, Kind
from tests.fakes.world import FakeWorld, known_world, settings_with
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke

NAME, SERVICE, BALANCER = "api.example.com", "prod/api", "app/api/123"
GROUP, TASK, REPOSITORY = "targetgroup/api/456", "api:7", "lego/api"
EVERY = (NAME, SERVICE, BALANCER, GROUP, TASK, REPOSITORY)
IMAGES = {"sha256:" + "a" * 64: ("v1", "latest"), "sha256:" + "b" * 64: ()}
DAY = timedelta(days=1)


def at_the_end(*, finished: bool = True, **settings: Any) -> FakeWorld:
    """Lambda has everything since ten days; its last bake was complete three hours ago."""
    given = {
        "ecs": {"load_balancer": BALANCER, "cluster": "prod", "service": "api"},
        "archive": {"bucket": "archive", "repositories": [REPOSITORY], "two_people": False},
    }
    world = known_world(0, 100, age=10 * DAY)
    world.settings = settings_with(**(given | settings))
    world.estate.is_set_up = world.archive.is_set_up = True
    world.archive.repositories = {REPOSITORY: dict(IMAGES)}
    if finished:
        world.write(Kind.FINISHED, time=START - timedelta(hours=3), after=(0, 100))
    return world


def held(**settings: Any) -> FakeWorld:
    """ECS is at its warm floor, and the 48 hours are over."""
    world = at_the_end(**settings)
    done(world, "hold", "--yes")
    world.pass_time(2 * DAY)
    return world


def drained(**settings: Any) -> FakeWorld:
    """No task runs, and the images are archived."""
    world = held(**settings)
    done(world, "drain", "--yes")
    done(world, "archive", "--yes")
    return world


def done(world: FakeWorld, *words: str) -> Result:
    """Run `cutover decommission WORDS`, which goes well."""
    result = invoke(world, "decommission", *words)
    assert result.exit_code == 0, result.output
    return result


def told(world: FakeWorld, *words: str) -> tuple[int, str]:
    """Run it; the exit code, and everything that was said."""
    result = invoke(world, "decommission", *words)
    return result.exit_code, result.output


def rungs(world: FakeWorld) -> list[tuple[str, bool]]:
    """The rungs in the ledger, in order: name, and whether it was only begun."""
    return [(e.evidence["rung"], bool(e.evidence.get("begun"))) for e in rung_events(world)]


def rung_events(world: FakeWorld) -> list[Event]:
    """Their lines."""
    return [event for event in world.ledger.lines if event.kind is Kind.RUNG]


def confirming(*names: str) -> list[str]:
    """The options that confirm these."""
    return [word for name in names for word in ("--confirm", name)]
