"""Reading a fortnight of ECS's real minutes, a day at a time, and replaying the policy on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cutover.core.backtest import Backtested, backtest
from cutover.core.burst import burst_of
from cutover.core.models import MINUTE, Burst, Minute, Side
from cutover.core.words import plural
from cutover.flow.examine import Examiner
from cutover.flow.past import WINDOW
from cutover.ports import NotAllowed, TelemetryUnavailable, World

DAY = timedelta(days=1)
MOST_DAYS = 15  # CloudWatch keeps minutes for so long; older ones are averages of five


@dataclass(frozen=True, slots=True)
class Replay:
    """What was read, and what came of it."""

    since: datetime
    until: datetime
    days: int
    minutes: int  # asked for
    known_minutes: int  # with data
    requests: int
    errors: int
    burst: Burst
    missing: tuple[str, ...]  # days that could not be read, and why
    steps: tuple[Backtested, ...]


def replay(world: World, days: int, progress: Callable[[str], None]) -> Replay:
    """Replay the policy on the newest days. Raises TelemetryUnavailable if none of them has any data."""
    until = Examiner(world).settled(world.clock.now())
    history, missing = _history(world, until, days, progress)
    known = [minute for minute in history if minute.requests is not None]
    if not known:
        why = f" ({missing[-1]})" if missing else ""
        raise TelemetryUnavailable(f"ECS has no minute with data in the newest {plural(days, 'day')}{why}")
    limits, steps = world.settings.limits, world.settings.steps
    done = []
    for result in backtest(history, steps, limits):
        progress(f"replayed at Lambda {result.step.weight}%")
        done.append(result)
    return Replay(
        since=until - DAY * days,
        until=until,
        days=days,
        minutes=len(history),
        known_minutes=len(known),
        requests=sum(minute.requests or 0 for minute in known),
        errors=sum(minute.errors or 0 for minute in known),
        burst=burst_of(history, limits.most_burst),
        missing=tuple(missing),
        steps=tuple(done),
    )


def _history(
    world: World, until: datetime, days: int, progress: Callable[[str], None]
) -> tuple[list[Minute], list[str]]:
    """Every minute in order; those of a day that can't be read have no data."""
    history, missing = list[Minute](), list[str]()
    for left in range(days, 0, -1):
        start = until - DAY * left
        try:
            history += world.metrics.read(Side.ECS, start, start + DAY, WINDOW).minutes
        except (TelemetryUnavailable, NotAllowed) as error:
            missing.append(f"{start:%d %b}: {error}")
            history += [Minute(start + MINUTE * i, None, None, None) for i in range(DAY // MINUTE)]
        progress(f"read day {days - left + 1} of {days}")
    return history, missing
