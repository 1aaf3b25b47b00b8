"""Asking the zone's name servers until their answers are as they should be, or for as long as a person will wait."""

from collections.abc import Callable
from datetime import timedelta

from cutover.core.models import Side, Snapshot
from cutover.core.zone import targets
from cutover.ports import Answers, World

POLL = timedelta(seconds=5)
# A health check takes three failures, 30 s apart at most, to change its mind, and the name servers half a minute more.
PATIENCE = timedelta(minutes=5)
ROUND_SECONDS = 10.0  # real ones, for one round of questions
ANSWERED = 0.9  # of a round's questions, or it says too little


class Answering:
    """The questions of one drill: as many a round as show a side of that weight."""

    def __init__(self, world: World, snapshot: Snapshot, questions: int) -> None:
        self._world, self._questions = world, questions
        self._targets = targets(snapshot, world.settings.sides)
        self.last: Answers | None = None

    def until(self, is_so: Callable[[Answers], bool]) -> float | None:
        """Seconds of the clock until a whole round says so; None where none did within PATIENCE."""
        clock, began = self._world.clock, self._world.clock.now()
        while True:
            self.last = self._world.names.sample(self._targets, self._questions, ROUND_SECONDS)
            spent = clock.now() - began
            if self.last.total >= ANSWERED * self._questions and is_so(self.last):
                return spent.total_seconds()
            if spent >= PATIENCE:
                return None
            clock.sleep(POLL)


def with_lambda(answers: Answers) -> bool:
    """Some answer is Lambda's."""
    return answers.by_side[Side.SERVERLESS] > 0


def all_ecs(answers: Answers) -> bool:
    """Every answer is ECS's."""
    return answers.by_side[Side.ECS] == answers.total


def told(answers: Answers | None) -> str:
    """A round of answers in words."""
    if answers is None or not answers.total:
        return "the zone's name servers did not answer"
    elsewhere = f", {answers.unknown} elsewhere" if answers.unknown else ""
    return f"of {answers.total} answers {answers.by_side[Side.SERVERLESS]} were Lambda's{elsewhere}"
