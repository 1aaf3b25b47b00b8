"""Who makes the requests of a run: this process alone, or workers that a master leads by messages."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import gevent
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner

from cutover.core.load.lines import Line, line_of
from loadtests._clock import RunClock
from loadtests._generator import PREPARE_SECONDS, SWEEP_SECONDS, Generator
from loadtests._machine import EVERY_SECONDS, Machine
from loadtests._plan import Plan
from loadtests._table import BadSettings
from loadtests._tokens import COMMAND_SECONDS

STEP, DONE, LINES = "load_step", "load_done", "load_lines"  # two messages, and what a worker's report has for us
AFTER_SECOND = 0.05  # a second's lines are written so long after it
LOOK_SECONDS = 0.02
GRACE_SECONDS = 5.0  # a worker may answer so much later than it was given time
WORKERS_LEAD_SECONDS = 0.3  # from telling the workers of the start to it
Take = Callable[[Line], None]


class Crew(Protocol):
    """Everything that the one who leads a run needs of those who make the requests."""

    lead_seconds: float

    @property
    def number(self) -> int:
        """How many processes make requests."""
        ...

    def prepare(self, plan: Plan) -> Sequence[str]:
        """Get ready; what went wrong, in words. Raises BadSettings."""
        ...

    def begin(self, plan: Plan, clock: RunClock, take: Take) -> None:
        """Take arrivals from the plan's start on, and hand on what is seen."""
        ...

    def gone(self) -> str:
        """Which worker is gone, as a sentence; "" if none is."""
        ...

    def drain(self, seconds: float) -> Sequence[str]:
        """Take no arrival any more and wait for what is under way; what was left, in words."""
        ...

    def clean(self, seconds: float) -> Sequence[str]:
        """Remove what was made; what was left, in words."""
        ...

    def end(self) -> None:
        """Hand on nothing any more. Waits for nobody: who has just been killed would get no further than here."""
        ...


def _watching(machine: Machine, clock: RunClock, take: Take) -> None:
    """Measure who is how busy, for as long as this is not killed."""
    while True:
        if sample := machine.sample(clock.now()):
            take(sample)
        gevent.sleep(EVERY_SECONDS)


class Alone:
    """This process, without workers."""

    lead_seconds = 0.02
    number = 1

    def __init__(self, generator: Generator, *, others: bool) -> None:
        """`others`: the target runs on this machine, too, so that it is told who else is busy."""
        self._generator, self._others = generator, others
        self._greenlets: Sequence[gevent.Greenlet] = ()
        self._take: Take | None = None

    def prepare(self, plan: Plan) -> Sequence[str]:
        """See Crew."""
        return self._generator.prepare(plan)

    def begin(self, plan: Plan, clock: RunClock, take: Take) -> None:
        """See Crew."""
        self._take = take
        self._generator.begin(plan, clock)
        machine = Machine(everybody=True, others=self._others)
        self._greenlets = [gevent.spawn(self._writing), gevent.spawn(_watching, machine, clock, take)]

    def gone(self) -> str:
        """See Crew."""
        return ""

    def drain(self, seconds: float) -> Sequence[str]:
        """See Crew."""
        told = self._generator.drain(seconds)
        self._hand_on(everything=True)
        return told

    def clean(self, seconds: float) -> Sequence[str]:
        """See Crew."""
        return self._generator.clean(seconds)

    def end(self) -> None:
        """See Crew."""
        gevent.killall(self._greenlets, block=False)
        self._hand_on(everything=True)
        self._take = None

    def _writing(self) -> None:
        while True:
            gevent.sleep(1.0 - math.modf(self._generator.now())[0] + AFTER_SECOND)
            self._hand_on()

    def _hand_on(self, *, everything: bool = False) -> None:
        if self._take:
            for second in self._generator.take(everything=everything):
                self._take(second)


class Workers:
    """The workers of a master; each step is told to all of them, and each of them says when it has done it."""

    lead_seconds = WORKERS_LEAD_SECONDS

    def __init__(self, environment: Environment, runner: MasterRunner, *, others: bool) -> None:
        self._runner, self._others = runner, others
        self._names: dict[str, str] = {}  # what the run's workers are called, by Locust's ids
        self._waiting: set[str] = set()
        self._told: list[str] = []
        self._failed, self._spoilt = "", ""
        self._take: Take | None = None
        self._machine: gevent.Greenlet | None = None
        runner.register_message(DONE, self._done)
        environment.events.worker_report.add_listener(self._reported)
        environment.events.worker_connect.add_listener(self._came)

    @property
    def number(self) -> int:
        """See Crew."""
        return len(self._runner.clients.ready + self._runner.clients.spawning + self._runner.clients.running)

    def prepare(self, plan: Plan) -> Sequence[str]:
        """See Crew."""
        self._failed, self._spoilt = "", ""
        ids = sorted(client.id for client in self._runner.clients.all if client.state != STATE_MISSING)
        self._names = {one: f"worker {at}" for at, one in enumerate(ids, 1)}
        parts = {one: {"plan": plan.part(at, len(ids)).plain()} for at, one in enumerate(ids)}
        told = self._all("prepare", parts, COMMAND_SECONDS + SWEEP_SECONDS + PREPARE_SECONDS)
        if problem := self._failed or self.gone() or ("" if ids else "there is no worker"):
            raise BadSettings(problem)
        return told

    def begin(self, plan: Plan, clock: RunClock, take: Take) -> None:
        """See Crew."""
        self._take = take
        for one in self._names:
            self._runner.send_message(STEP, {"step": "begin", "started": plan.started, "now": clock.now()}, one)
        self._machine = gevent.spawn(_watching, Machine(everybody=True, others=self._others), clock, take)

    def gone(self) -> str:
        """See Crew."""
        name = next((name for one, name in self._names.items() if self._is_gone(one)), "")
        return f"{name} of {len(self._names)} is gone, with what it measured" if name else self._spoilt

    def drain(self, seconds: float) -> Sequence[str]:
        """See Crew."""
        told = self._all("drain", {one: {"seconds": seconds} for one in self._names}, seconds)
        if silent := next((self._names[one] for one in self._waiting if not self._is_gone(one)), ""):
            self._spoilt = f"{silent} did not hand on what it measured last"
        return told

    def clean(self, seconds: float) -> Sequence[str]:
        """See Crew."""
        return self._all("clean", {one: {"seconds": seconds} for one in self._names}, seconds)

    def end(self) -> None:
        """See Crew."""
        if self._machine:
            self._machine.kill(block=False)
        self._take, self._names = None, {}

    def _all(self, step: str, parts: Mapping[str, Mapping[str, Any]], seconds: float) -> Sequence[str]:
        """Tell everybody that is there, and wait until all have done it: what they say."""
        self._told, self._waiting = [], {one for one in parts if not self._is_gone(one)}
        for one in self._waiting:
            self._runner.send_message(STEP, {"step": step, **parts[one]}, one)
        with gevent.Timeout(seconds + GRACE_SECONDS, False):
            while any(not self._is_gone(one) for one in self._waiting):
                gevent.sleep(LOOK_SECONDS)
        late = [f"{self._names[one]} did not answer: {step}" for one in self._waiting if not self._is_gone(one)]
        return [*self._told, *late]

    def _is_gone(self, one: str) -> bool:
        client = self._runner.clients.get(one)
        return client is None or client.state == STATE_MISSING

    def _done(self, msg: Any, **_: Any) -> None:
        self._waiting.discard(msg.node_id)
        name = self._names.get(msg.node_id, "a worker")
        self._told += [f"{name}: {text}" for text in msg.data["told"]]
        self._failed = self._failed or msg.data["failed"]
        self._hand_on(msg.data)

    def _reported(self, client_id: str, data: Mapping[str, Any], **_: Any) -> None:
        if client_id in self._names:
            self._hand_on(data)

    def _hand_on(self, data: Mapping[str, Any]) -> None:
        if self._take:
            for line in _lines(data):
                self._take(line)

    def _came(self, client_id: str, **_: Any) -> None:
        if self._take and client_id not in self._names:
            self._spoilt = "another worker came while the run went on, and was given arrivals of the others"


def _lines(data: Mapping[str, Any]) -> Iterator[Line]:
    return (line_of(text) for text in data.get(LINES, ()))
