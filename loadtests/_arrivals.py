"""Arrivals become requests: each at its time, whatever the answers before it take."""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import accumulate, count
from typing import Any

from gevent.pool import Pool

from loadtests._checks import failed_without_answer
from loadtests._client import Reply
from loadtests._journey import Ask, Journey, Start
from loadtests._plan import Plan
from loadtests._recorder import Outcome, Recorder
from loadtests._visitors import Visitor, answer_to

TOLD_CHARACTERS = 80
logger = logging.getLogger(__name__)

Told = Callable[..., Any]
"""Locust's own event of a request."""


@dataclass(frozen=True, order=True, slots=True)
class _Ready:
    """A journey whose next request may be sent from that moment on."""

    moment: float
    number: int
    ask: Ask = field(compare=False)
    journey: Journey = field(compare=False)
    visitor: Visitor = field(compare=False)
    waiting: "list[_Ready]" = field(compare=False, repr=False)  # where the visitor's ready journeys are


class Arrivals:
    """One process's requests: one for each arrival, of anybody; of the journey of theirs that is ready for longest.

    Who it is has nothing to do with how fast they were answered before. If it had, a slow side would be asked less by
    the visitors that DNS has sent there, and look better than it is.
    """

    def __init__(
        self, plan: Plan, people: Sequence[Visitor], mix: Sequence[tuple[int, Start]], recorder: Recorder, told: Told
    ) -> None:
        self._plan, self._people, self._recorder, self._told = plan, people, recorder, told
        self._starts = [start for _, start in mix]
        self._weights = list(accumulate(weight for weight, _ in mix))
        self._random = random.Random(f"{plan.seed} arrivals {plan.index}")  # noqa: S311 - reproducible choices
        self._ready: list[list[_Ready]] = [[] for _ in people]
        self._numbers = count()
        self._pool = Pool(plan.own_in_flight)
        self.open = True

    @property
    def in_flight(self) -> int:
        """How many requests are under way."""
        return len(self._pool)

    def gap(self) -> float:
        """Seconds to the next arrival of one user."""
        return self._random.expovariate(1.0)

    def arrive(self, intended: float, now: Callable[[], float]) -> None:
        """An arrival that was meant for that moment; one that was meant for another time than the run's is none."""
        phase = self._plan.phase_at(intended)
        if phase is None or not self.open:
            return
        self._recorder.asked(phase.name, intended)
        if self._pool.full():
            self._recorder.dropped(phase.name, intended)
        else:
            self._pool.spawn(self._request, self._next(now()), phase.name, intended, now)

    def wait(self, seconds: float) -> int:
        """Wait for what is under way, take no more, and end the rest; how many requests that were."""
        self.open = False
        self._pool.join(seconds)
        left = len(self._pool)
        self._pool.kill()
        for waiting in self._ready:
            for ready in waiting:
                ready.journey.close()
            waiting.clear()
        return left

    def _next(self, now: float) -> _Ready:
        who = self._random.randrange(len(self._people))
        waiting, visitor = self._ready[who], self._people[who]
        if waiting and waiting[0].moment <= now:
            return heappop(waiting)
        while True:
            (start,) = self._random.choices(self._starts, cum_weights=self._weights)
            journey = start(visitor.person)
            ask = next(journey, None)
            if ask is not None:
                return _Ready(now, next(self._numbers), ask, journey, visitor, waiting)

    def _request(self, ready: _Ready, phase: str, intended: float, now: Callable[[], float]) -> None:
        ask, sent = ready.ask, now()
        self._recorder.sent(intended, sent)
        reply = ready.visitor.client.send(ask)
        ended = now()  # what it takes to look at the answer is ours
        answer, problem = answer_to(ask, reply)
        outcome = _outcome(reply, problem)
        key = (phase, reply.side, ask.route)
        self._recorder.ended(key, (intended, sent, ended), outcome, cold=reply.cold)
        bad = outcome in (Outcome.ERROR, Outcome.WRONG)
        if bad:
            self._recorder.problem(f"{ask.route}: {problem}", ended)
        self._told(
            request_type=ask.method,
            name=ask.route.removeprefix(f"{ask.method} "),
            response_time=(ended - intended) * 1000,
            response_length=len(reply.body),
            exception=_grouped(problem) if bad else None,
            context={},
        )
        self._go_on(ready, answer, ended)

    def _go_on(self, ready: _Ready, answer: Any, now: float) -> None:
        try:
            ask = ready.journey.send(answer)
        except StopIteration:
            return
        after = _Ready(now + ask.after_seconds, next(self._numbers), ask, ready.journey, ready.visitor, ready.waiting)
        heappush(ready.waiting, after)


def _outcome(reply: Reply, problem: str) -> Outcome:
    if reply.status == 429:
        return Outcome.THROTTLED
    if failed_without_answer(reply.status):
        return Outcome.ERROR
    return Outcome.WRONG if problem else Outcome.RIGHT


def _grouped(problem: str) -> str:
    """Without what differs from answer to answer: Locust keeps every text that it has not seen yet."""
    return problem.partition(": ")[0].partition("{")[0][:TOLD_CHARACTERS].strip() or "wrong"
