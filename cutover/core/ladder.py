"""The ladder: which step is next from a weight, and which bake a weight owes."""

from collections.abc import Sequence

from cutover.core.models import Step, Weights


def up_to(steps: Sequence[Step], until: int) -> tuple[Step, ...]:
    """The steps that do not go beyond `until` percent."""
    return tuple(step for step in steps if step.weight <= until)


def next_step(steps: Sequence[Step], live: Weights) -> Step | None:
    """The first step above the live weight; None at the top."""
    return next((step for step in steps if step.weight > live.serverless), None)


def owed_bake(steps: Sequence[Step], live: Weights) -> Step | None:
    """The step whose bake the live weight owes: the highest one reached, the first below it; None with no traffic."""
    if live.serverless == 0 or not steps:
        return None
    reached = [step for step in steps if step.weight <= live.serverless]
    return reached[-1] if reached else steps[0]
