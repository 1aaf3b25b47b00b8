"""The next decision and when it is due: what time alone brings about, and the rules that somebody has to deal with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cutover.core.bake import BakeClock
from cutover.core.freezes import opens_at
from cutover.core.ladder import next_step
from cutover.core.models import MINUTE, Snapshot, Step, Weights
from cutover.core.plan import Known, Plan, Refused, Rule, Wish
from cutover.core.planning import exchange
from cutover.core.rules import refusals
from cutover.core.zone import Sides, read_weights, traffic

# The gates have a table of their own, records and rollbacks a headline; a freeze and a deploy end by themselves.
TOLD_ELSEWHERE = frozenset(
    {Rule.GATES, Rule.TELEMETRY, Rule.DRIFT, Rule.ROLLED_BACK, Rule.PLAN, Rule.FREEZE, Rule.DEPLOY}
)


class Due(StrEnum):
    """What decides the earliest moment of the next step."""

    NOW = "now"
    BAKE = "bake"
    DEPLOY = "deploy"
    FREEZE = "freeze"
    NEVER = "never"  # without requests no bake ends


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next step, the earliest moment for it (None: nobody can tell), and the rules that time does not mend."""

    step: Step
    due: datetime | None
    by: Due
    stands: tuple[Refused, ...]


def ahead(
    steps: Sequence[Step], snapshot: Snapshot, sides: Sides, known: Known, clock: BakeClock | None
) -> Ahead | None:
    """What comes next; None where the live records are no weights, or stand at the top of the ladder."""
    live = read_weights(snapshot, sides)
    step = next_step(steps, live) if isinstance(live, Weights) else None
    if step is None or not isinstance(live, Weights):
        return None
    due, by = _due(live, known, clock)
    plan = exchange(traffic(snapshot), live, Weights.of_serverless(step.weight), sides)
    return Ahead(step, due, by, _standing(plan, Wish(step.weight, top=steps[-1].weight), known))


def _standing(plan: Plan, wish: Wish, known: Known) -> tuple[Refused, ...]:
    return tuple(refusal for refusal in refusals(plan, wish, known) if refusal.rule not in TOLD_ELSEWHERE)


def _due(live: Weights, known: Known, clock: BakeClock | None) -> tuple[datetime | None, Due]:
    """The bake's end, then the end of the quiet time after a deploy, then that of a freeze in which both would lie."""
    baked, by = _baked_at(live, known, clock)
    if baked is None:
        return None, by
    quiet = max((deploy.when for deploy in known.surroundings.deploys or ()), default=None)
    calm = quiet + known.policy.quiet_after_deploy if quiet else baked
    moment, by = (calm, Due.DEPLOY) if calm > baked else (baked, by)
    opens = opens_at(moment, known.policy.weekly_freezes, known.state.standing.freezes)
    return (opens, Due.FREEZE) if opens > moment else (moment, by)


def _baked_at(live: Weights, known: Known, clock: BakeClock | None) -> tuple[datetime | None, Due]:
    promoted = live.serverless and known.state.standing.promoted == live.serverless
    if not live.serverless or promoted or (clock and clock.complete):
        return known.now, Due.NOW
    if clock is None or clock.minutes_left is None:
        return None, Due.NEVER
    return known.now + MINUTE * clock.minutes_left, Due.BAKE
