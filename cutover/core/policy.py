"""The safety rules' limits, and the weekly windows in which nothing is raised."""

from dataclasses import dataclass
from datetime import timedelta

from cutover.core.freezes import WeeklyFreeze


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits; the defaults are those of the migration plan. Weights and steps in percent points."""

    first_step: int = 10
    later_step: int = 50
    drill_above: int = 10  # more than this needs the receipt of a drill
    drill_max_age: timedelta = timedelta(days=14)
    quiet_after_deploy: timedelta = timedelta(minutes=30)
    concurrency_headroom: float = 2.0  # free concurrency over what the new share is expected to need
    warm_floor: int = 1  # ECS tasks that keep running at Lambda 100 %, for the way back
    weekly_freezes: tuple[WeeklyFreeze, ...] = ()


PLANNED = Policy()
