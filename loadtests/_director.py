"""Leads a run from its preparation to its papers: in the process that is alone, or in the master."""

import logging
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import gevent
from locust.env import Environment

from cutover.core.load.lines import Note
from cutover.core.load.profile import MOST_PER_SECOND, Phase
from cutover.core.load.run import EndedBy
from cutover.load.papers import BadFolder
from loadtests._book import INTERNAL, Book, run_of
from loadtests._clock import RunClock
from loadtests._crew import Crew
from loadtests._options import REFUSED, USAGE, Refused, check, folder_of, profile_of, rate_in
from loadtests._plan import Plan
from loadtests._profiles import profile_named
from loadtests._settings import Traffic, persons_for
from loadtests._table import BadSettings

TICK_SECONDS = 1.0
SLACK_SECONDS = 0.1  # Locust asks its shape a little more seldom than once a second
DRAIN_SECONDS = 32.0  # the longest that a request may take, and a little
HURRY_SECONDS = 3.0  # ... when somebody wants an end
CLEAN_SECONDS, HURRIED_CLEAN_SECONDS = 60.0, 10.0
logger = logging.getLogger(__name__)

Tick = tuple[int, float]


@dataclass(slots=True)
class _Run:
    """The run that goes on; `by` says who ends it, once somebody does."""

    asked: Traffic
    plan: Plan
    book: Book
    clock: RunClock
    by: EndedBy = EndedBy.NOTHING
    lost: str = ""  # which measurements are missing, and why
    measured: bool = False  # whether all that was measured is here
    phase: Phase | None = None  # the one whose rate Locust knows


class Director:
    """One run after another; `tick` is asked about once a second how many arrivals a second there are to be."""

    def __init__(self, environment: Environment, crew: Crew, asked: Traffic) -> None:
        self._environment, self._crew, self._asked = environment, crew, asked
        self._run: _Run | None = None
        self._said: Sequence[str] = ()
        environment.events.test_stopping.add_listener(self.stopping)
        environment.events.quitting.add_listener(self.stopping)
        environment.events.quit.add_listener(self._last_words)

    def tick(self) -> Tick | None:
        """(arrivals a second, how fast to get there); None: the run is over, or can't be."""
        run = self._run or self._begun()
        while run is not None and run.by:  # somebody else is ending the run, and this greenlet with it
            gevent.sleep(TICK_SECONDS)
        if run is None:
            return None
        by, why = self._over(run)
        if by:
            self._end(run, by, why)
            return None
        return self._rate(run)

    def stopping(self, **_: Any) -> None:
        """Locust stops: by our own wish, which is known, else by a person's, or as its last worker is gone."""
        run = self._run
        if run is None:
            return
        if not run.by:
            gone = self._crew.gone()
            self._end(run, EndedBy.LOST if gone else EndedBy.PERSON, gone)
        elif run.by is EndedBy.PROFILE:
            if not self._crew.gone():
                run.by = EndedBy.PERSON  # who did not wait for the rest
            elif not run.measured:
                self._lose(run, self._crew.gone())

    def _begun(self) -> _Run | None:
        """The run that has just begun; None, and why in the log, if it can't."""
        try:
            run, problems = self._prepared()
        except BadSettings as error:
            logger.error("%s", error)  # noqa: TRY400 - it is a person's mistake, not ours
            self._environment.process_exit_code = REFUSED if isinstance(error, Refused) else USAGE
            return None
        self._run = run
        self._environment.process_exit_code = INTERNAL  # until it is judged
        self._crew.begin(run.plan, run.clock, run.book.take)
        for problem in problems:
            run.book.take(Note(int(run.plan.started), problem))
        gevent.sleep(max(0.0, run.plan.started - run.clock.now()))
        return run

    def _prepared(self) -> tuple[_Run, Sequence[str]]:
        """The run with its papers begun, and what went wrong before it. Raises BadSettings."""
        asked, plan = self._wanted()
        problems = self._crew.prepare(plan)
        clock = RunClock.own()
        plan = replace(plan, of=self._crew.number).begun(clock.now() + self._crew.lead_seconds)
        book = Book(run_of(plan, asked), folder_of(asked, plan.started), judged=asked.verdict)
        return _Run(asked, plan, book, clock), problems

    def _over(self, run: _Run) -> tuple[EndedBy, str]:
        """Whether the run has to end now, and why; waits for the moment at which a phase ends, if it is near."""
        if gone := self._crew.gone():
            return EndedBy.LOST, gone
        if run.book.broken:
            return EndedBy.LOST, run.book.broken
        if run.book.failing():
            return EndedBy.ABORT, ""
        now = run.clock.now()
        left = run.plan.next_start(now) - now
        if left <= TICK_SECONDS + SLACK_SECONDS and run.phase is run.plan.phase_at(now):
            gevent.sleep(max(0.0, left))
        return (EndedBy.PROFILE if run.clock.now() >= run.plan.end else EndedBy.NOTHING), ""

    def _wanted(self) -> tuple[Traffic, Plan]:
        """What is wanted now: Locust's page may have changed the host and the profile. Raises BadSettings."""
        environment = self._environment
        host = (environment.host or self._asked.host).rstrip("/")
        if not host:
            raise BadSettings("who is to be asked? --host URL")
        profile = profile_named(environment.profile) if environment.profile else self._asked.profile
        asked = replace(self._asked, host=host, profile=profile)
        wanted = profile_of(asked, self._options)
        now = time.time()
        check(asked, wanted, now)
        return asked, Plan(
            id=asked.id or f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}-{secrets.token_hex(2)}",
            host=host,
            profile=wanted,
            seed=asked.seed or int(now),
            persons=asked.persons or persons_for(wanted.highest),
            in_flight=asked.in_flight,
            clean=asked.clean,
            only=asked.only,
            without=asked.without,
        )

    def _rate(self, run: _Run) -> Tick:
        now = run.clock.now()
        run.phase = run.plan.phase_at(now)
        if run.asked.rate_file:
            return _at_once(rate_in(run.asked.rate_file))
        options, profile = self._options, run.plan.profile
        if run.asked.profile is None and options.num_users not in (None, profile.highest):
            return options.num_users, options.spawn_rate or 1.0  # somebody has changed it on Locust's page
        into, left = now - run.plan.started, run.plan.next_start(now) - now
        # Of a ramp, what is right in the middle of the time until the next look.
        return _at_once(round(profile.rate_at(into + min(TICK_SECONDS / 2, left / 2))))

    def _end(self, run: _Run, by: EndedBy, why: str) -> None:
        """End the run: wait for what is under way, write the papers, say what it came to."""
        run.by, ended = by, run.clock.now()
        notes: list[Note] = []
        if why:
            self._lose(run, why)
        patient = by is EndedBy.PROFILE
        try:
            told = list(self._crew.drain(DRAIN_SECONDS if patient else HURRY_SECONDS))
            if patient and not run.lost and (gone := self._crew.gone()):
                self._lose(run, gone)
            run.measured = True
            ended = run.clock.now() if patient else ended
            if run.plan.clean:
                told += self._crew.clean(CLEAN_SECONDS if patient else HURRIED_CLEAN_SECONDS)
            notes += [Note(int(ended), text) for text in told]
        finally:  # also when somebody does not want to wait any longer
            self._crew.end()
            lost = [Note(int(ended), run.lost, lost=True)] if run.lost else []
            self._finish(run, ended, [*lost, *notes])

    def _lose(self, run: _Run, why: str) -> None:
        """Measurements are missing: whatever the others say proves nothing."""
        logger.error("%s: the run ends, and proves nothing", why)
        run.by, run.lost = EndedBy.LOST, why

    def _finish(self, run: _Run, ended: float, notes: Sequence[Note]) -> None:
        try:
            code, self._said = run.book.finish(ended, run.by, notes)
        except (BadFolder, OSError) as error:
            code, self._said = INTERNAL, [f"the papers could not be written: {error}"]
        self._environment.process_exit_code = code
        self._run = None
        if not self._options.headless:
            self._last_words()

    @property
    def _options(self) -> Any:
        """What Locust was told, and its page has changed."""
        return self._environment.parsed_options

    def _last_words(self, **_: Any) -> None:
        """What the run came to, below everything that Locust prints at its end."""
        if self._said:
            sys.stdout.write("\n" + "\n".join(self._said) + "\n")
            sys.stdout.flush()
        self._said = ()


def _at_once(rate: int) -> Tick:
    return rate, float(MOST_PER_SECOND)  # of users that come, and of those that go
