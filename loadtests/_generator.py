"""The part of a run in one process that makes requests: it prepares, arrives, waits for the rest, and cleans."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from gevent.event import Event

from cutover.core.load.lines import Second
from loadtests._arrivals import Arrivals, Told
from loadtests._cleaning import clean, prepare, sweep
from loadtests._client import Where
from loadtests._clock import RunClock
from loadtests._journey import Start
from loadtests._mix import MIX, tagged
from loadtests._plan import Plan
from loadtests._recorder import Recorder
from loadtests._settings import Traffic
from loadtests._tokens import Tokens
from loadtests._visitors import Visitor, each_walks, first_of_each_account, visitors

SWEEP_SECONDS = 15.0
PREPARE_SECONDS = 30.0
BRIEFLY_SECONDS = 4.0  # ... where nothing is judged: who is not ready by then makes what they need later
MOST_TOLD = 3  # of what went wrong outside of the measured time


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways that visitors go: while it is measured, with their weights, and before and after that."""

    mix: Sequence[tuple[int, Start]]
    prepare: Start
    clean: Start
    sweep: Start


class Generator:
    """Requests of one process, run after run; `told` is Locust's event of a request."""

    ways: ClassVar[Ways] = Ways(MIX, prepare, clean, sweep)

    def __init__(self, asked: Traffic, told: Told, now: Callable[[], float] = time.time) -> None:
        self._asked, self._told = asked, told
        self._tokens = Tokens(asked.tokens, asked.tokens_command, now)
        self._people: Sequence[Visitor] = ()
        self._plan: Plan | None = None
        self._arrivals: Arrivals | None = None
        self._recorder = Recorder()
        self._clock = RunClock.own()
        self._began = Event()
        self.drained = False  # nothing is under way any more, and nothing will be

    def prepare(self, plan: Plan) -> Sequence[str]:
        """Get ready; what went wrong, in words. Raises BadSettings."""
        self._forget()
        self._recorder = Recorder(f"worker {plan.index + 1}" if plan.of > 1 else "")
        self._tokens.start()
        where = Where(
            plan.host,
            self._asked.target or urlsplit(plan.host).hostname or "",
            plan.id,
            self._asked.connect,
            self._asked.dns,
            self._asked.sides,
        )
        self._people = visitors(plan, where, self._tokens, self._resolved)
        problems: list[str] = []
        if plan.clean:
            some = first_of_each_account(self._people)
            problems += _in_words("sweeping", each_walks(some, self.ways.sweep, SWEEP_SECONDS), SWEEP_SECONDS)
        seconds = PREPARE_SECONDS if self._asked.verdict else BRIEFLY_SECONDS
        return [*problems, *_in_words("preparing", each_walks(self._people, self.ways.prepare, seconds), seconds)]

    def begin(self, plan: Plan, clock: RunClock) -> None:
        """Take arrivals from now on."""
        self._clock, self._plan = clock, plan
        mix = tagged(self.ways.mix, plan.only, plan.without)
        self._arrivals = Arrivals(plan, self._people, mix, self._recorder, self._told)
        self._began.set()

    def first(self) -> float:
        """When a user that starts now arrives for the first time; waits until the run has begun."""
        self._began.wait()
        since = self._plan.since(self._clock.now()) if self._plan else self._clock.now()
        return since + self.gap()

    def gap(self) -> float:
        """Seconds between two arrivals of one user."""
        return self._arrivals.gap() if self._arrivals else 1.0

    def now(self) -> float:
        """The run's time."""
        return self._clock.now()

    def arrive(self, intended: float) -> None:
        """A user arrives; it was meant for that moment."""
        if self._arrivals:
            self._arrivals.arrive(intended, self._clock.now)

    def take(self, *, everything: bool = False) -> Sequence[Second]:
        """The seconds that are over, once."""
        in_flight = self._arrivals.in_flight if self._arrivals else 0
        return self._recorder.take(self.now() + (2.0 if everything else 0.0), in_flight)

    def drain(self, seconds: float) -> Sequence[str]:
        """Take no arrival any more, and wait for what is under way; what was left, in words."""
        left = self._arrivals.wait(seconds) if self._arrivals else 0
        self.drained = True
        return [f"{left} requests were under way when the run was ended: their answers are not known"] if left else []

    def clean(self, seconds: float) -> Sequence[str]:
        """Remove what was made; what was left, in words."""
        told = _in_words("cleaning", each_walks(self._people, self.ways.clean, seconds), seconds)
        self._tokens.stop()
        return told

    def _forget(self) -> None:
        if self._arrivals:
            self._arrivals.wait(0)
        for visitor in self._people:
            visitor.client.close()
        self._began.clear()
        self._people, self._arrivals, self._plan, self.drained = (), None, None, False

    def _resolved(self, side: str) -> None:
        if self._arrivals:
            self._recorder.resolved(side, self.now())


def _in_words(doing: str, walked: tuple[int, Sequence[str]], seconds: float) -> Sequence[str]:
    left, problems = walked
    told = [f"{doing}: {left} visitors had not ended after {seconds:g} s"] if left else []
    told += [f"{doing}: {problem}" for problem in problems[:MOST_TOLD]]
    if len(problems) > MOST_TOLD:
        told.append(f"{doing}: {len(problems) - MOST_TOLD} requests more went wrong")
    return told
