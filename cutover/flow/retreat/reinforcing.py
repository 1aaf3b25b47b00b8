"""ECS's capacity beside a rollback: enough tasks for all traffic, asked for and never waited for."""

from cutover.core.words import plural
from cutover.flow.asking import ask
from cutover.flow.outcome import KNOWN_ERRORS
from cutover.ports import NotFound, World

CAPACITY_SECONDS = 3.0  # real ones, that the first raise waits to learn how many tasks serve everything
_UNANSWERED: tuple[type[Exception], ...] = (*KNOWN_ERRORS, NotFound, TimeoutError)


def reinforce(world: World, earlier: int) -> tuple[str, ...]:
    """Ask ECS for the tasks that all traffic needs, and say in words where they do not run yet.

    `earlier`: how many ECS wanted when it had all traffic, or before it was lowered; 0 where nobody knows, then it is
    the warm floor.
    """
    floor = world.settings.policy.warm_floor
    try:
        now = world.ecs.capacity()
        needed = max(earlier, floor, now.desired)
        if now.desired < needed:
            world.ecs.raise_to(needed)
    except _UNANSWERED as error:
        return (f"ECS's capacity could not be raised: {error}; look after it by hand",)
    if now.running >= needed:
        return ()
    asked = f"ECS runs {plural(now.running, 'task')} of the {needed} that all traffic needs; {needed} are asked for"
    return (f"{asked}: until they are up, clients get {'errors' if now.running else 'nothing but errors'}",)


def tasks_at_home(world: World) -> dict[str, int]:
    """For the ledger, when ECS still has all traffic: how many tasks it wants; nothing where it does not say."""
    if not world.ecs.is_set_up:
        return {}
    try:
        return {"home_tasks": ask(world.ecs.capacity).result(CAPACITY_SECONDS).desired}
    except _UNANSWERED:
        return {}
