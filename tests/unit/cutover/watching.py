"""Watching a fake world: for so many looks, or as one screen of a terminal of some size."""

import io
from collections.abc import Callable
from datetime import datetime

from click.testing import Result
from rich.console import Console

from cutover.flow.look.looking import Looker
from cutover.flow.look.picture import Picture
from cutover.render.output import Output
from cutover.render.watch import WatchScreen
from tests.fakes.world import FakeWorld
from tests.unit.cutover.invoking import invoke

PATIENCE = 5.0


def leave_after(world: FakeWorld, looks: int, then: Callable[[int], None] = lambda _: None) -> None:
    """Press Ctrl-C in the pause after so many looks; `then` is called in each pause before."""

    def call(_: datetime) -> None:
        then(len(world.clock.slept))
        if len(world.clock.slept) >= looks:
            raise KeyboardInterrupt

    world.clock.then.append(call)


def watched(world: FakeWorld, looks: int, *more: str, then: Callable[[int], None] = lambda _: None) -> Result:
    """Watch for so many looks."""
    leave_after(world, looks, then)
    result = invoke(world, "watch", *more)
    assert result.exit_code == 0, result.output
    return result


def screen(picture: Picture, world: FakeWorld, width: int = 80, height: int | None = None) -> list[str]:
    """The screen's lines on a terminal of that size."""
    console = Console(file=io.StringIO(), width=width, height=height or 100, color_system=None)
    options = console.options.update(width=width, height=height)
    drawn = WatchScreen(picture, world.settings, Output(), world.clock.now, every="5s")
    lines = console.render_lines(drawn, options, pad=False)
    return ["".join(segment.text for segment in line) for line in lines]


def looked(world: FakeWorld) -> Picture:
    """The first look of a watch."""
    return Looker(world.ports, thorough=True).look(PATIENCE)
