"""Running a whole command against a fake world."""

from click.testing import CliRunner, Result

from cutover.cli import cli
from cutover.commands._session import Session
from tests.fakes.world import FakeWorld
from tests.fakes.zone import Killed

# What the tester's own terminal says must not matter.
NEUTRAL = dict.fromkeys(("COLUMNS", "NO_COLOR", "FORCE_COLOR", "CUTOVER_JSON", "CUTOVER_QUIET", "CUTOVER_CONFIG"))


def invoke(world: FakeWorld, *words: str) -> Result:
    """Run `cutover WORDS` as from a script."""
    return CliRunner(env=NEUTRAL).invoke(cli, list(words), obj=world.ports)


def typed(world: FakeWorld, answer: str, *words: str) -> Result:
    """Run `cutover WORDS` as from a terminal, where this is typed."""
    return CliRunner(env=NEUTRAL).invoke(
        cli, list(words), obj=Session(lambda _: world.ports, interactive=True), input=answer
    )


def invoke_until_killed(world: FakeWorld, point: int, *words: str) -> Result | None:
    """Run it and kill it at that point; None if it was killed. The next process finds the same world."""
    world.calls.count, world.calls.die_at = 0, point
    try:
        return invoke(world, *words)
    except Killed:
        return None
    finally:
        world.revived()


def changing(world: FakeWorld) -> list[int]:
    """The points of the command that was just run, before and after everything that it wrote or sent."""
    return [point for point, name in enumerate(world.calls.names, 1) if "append" in name or "apply" in name]


def status(world: FakeWorld, *more: str) -> str:
    """What the screen says."""
    result = invoke(world, "status", *more)
    assert result.exit_code == 0, result.output
    return result.stdout
