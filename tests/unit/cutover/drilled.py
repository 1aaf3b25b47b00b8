"""What the tests of `cutover drill` share: its receipt, name servers that answer by a script or by the kill switch."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cutover.core.models import Side
from cutover.ports import Answers
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke

DRILL = ("drill", "--yes", "--reason", "before 50%")
STRICT: dict[str, Any] = {"safety": {"drill_above": 10}}
Sample = Callable[[Any, int, float], Answers]


def receipt(world: FakeWorld, *more: str, code: int = 0) -> dict[str, Any]:
    result = invoke(world, *DRILL, "--json", *more)
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)["receipt"]
    return found


@dataclass
class Scripted:
    """Name servers that answer by a script."""

    sample: Sample


def answers(world: FakeWorld, sample: Sample) -> None:
    """Let the name servers answer so."""
    world.names = Scripted(sample)  # type: ignore[assignment]


class Switched:
    """Name servers that answer by the weights and the kill switch, `delay` after it was thrown."""

    def __init__(self, world: FakeWorld, delay: timedelta = timedelta(seconds=35)) -> None:
        self.world, self.delay, self.questions = world, delay, list[int]()
        self.thrown_at = START
        world.switch.is_set_up = True
        throw = world.switch.throw

        def noted(*, serving: bool, reason: str) -> None:
            throw(serving=serving, reason=reason)
            self.thrown_at, self.before = world.clock.now(), not serving

        world.switch.throw = noted  # type: ignore[method-assign]
        self.before = True

    def sample(self, targets: Mapping[Side, Sequence[str]], questions: int, deadline_seconds: float) -> Answers:
        """By whatever they know by now."""
        self.questions.append(questions)
        is_known = self.world.clock.now() - self.thrown_at >= self.delay
        serves = self.world.switch.lambda_serves if is_known else self.before
        share = self.world.weights.share_at(self.world.clock.now()) if serves else 0
        lambdas = questions * share // 100
        return Answers({Side.ECS: questions - lambdas, Side.SERVERLESS: lambdas}, 0)


def known_with_switch(delay: timedelta = timedelta(seconds=35)) -> FakeWorld:
    world = known_world(100, 0)
    world.names = Switched(world, delay)  # type: ignore[assignment]
    return world
