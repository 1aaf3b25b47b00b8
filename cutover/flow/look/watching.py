"""Looking again and again until somebody leaves."""

from collections.abc import Callable
from datetime import timedelta

from cutover.flow.look.looking import Looker
from cutover.flow.look.picture import Picture
from cutover.flow.metering import of_look
from cutover.ports import World

PATIENCE_SECONDS = 5.0  # what takes longer is shown by the next look; it is never asked twice at a time


def watch(world: World, interval: timedelta, show: Callable[[Picture], None], *, once: bool) -> None:
    """Show a look every `interval` of real time, whatever the world's clock does; returns on Ctrl-C."""
    looker = Looker(world, thorough=True)
    try:
        _look(world, looker, show)
        while not once:
            world.clock.sleep(interval * world.clock.factor)
            _look(world, looker, show)
    except KeyboardInterrupt:
        return


def _look(world: World, looker: Looker, show: Callable[[Picture], None]) -> None:
    picture = looker.look(PATIENCE_SECONDS)
    show(picture)
    exam = picture.exam
    judged = (exam.judgement, exam.clock) if exam else (None, None)
    world.meter.put(of_look(picture.now, picture.live, *judged))
