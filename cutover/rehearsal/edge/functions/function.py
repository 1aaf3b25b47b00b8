"""One Lambda function: chooses the environment of each invocation, starts new ones, refuses beyond its limit."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, replace
from time import perf_counter

from cutover.rehearsal.edge.config import FunctionConfig
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.functions.environment import Environment
from cutover.rehearsal.edge.functions.invocation import THROTTLED, Ending, Invocation, Outcome
from cutover.rehearsal.edge.functions.plan import LaunchPlan
from cutover.rehearsal.edge.functions.system_log import Run
from cutover.rehearsal.edge.metrics.meters import FunctionMeter

REPLACE_BROKEN_AFTER_SECONDS = 1.0  # so that a handler that cannot be loaded does not keep both cores busy
STOP_SECONDS = 2.0

_log = logging.getLogger(__name__)


class CannotStart(Exception):
    """A provisioned environment did not become ready; the message names the function and its log file."""


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """What `GET /state` says of one environment; `init_ms` is None until its handler is loaded."""

    function: str
    pid: int | None
    state: str
    invocations: int
    init_ms: float | None


class Function:
    """The environments of one function, one invocation at a time in each.

    The most recently used free environment is taken; without one a new one is started and the request waits for
    exactly that. Where this machine bears no more environments the request waits for the first that is free, which
    Lambda, that has more machines, would not let it; beyond the concurrency limit the request is throttled. `starts`
    is shared by all functions: environments that are not provisioned start as many at a time as it lets. On Lambda they
    start side by side and take nothing from anybody; here a storm of them would take both cores from the other side.
    """

    def __init__(
        self,
        config: FunctionConfig,
        plan: LaunchPlan,
        meter: FunctionMeter,
        switch: FaultSwitch,
        starts: asyncio.Semaphore,
    ) -> None:
        self.name = config.name
        self.meter = meter
        self._config = config
        self._plan = plan
        self._unrun = plan.system_log()
        self._switch = switch
        self._starts = starts
        self._environments: dict[Environment, None] = {}
        self._idle: list[Environment] = []
        self._returning: dict[Environment, None] = {}
        self._waiting: deque[Invocation] = deque()
        self._lives: set[asyncio.Task[None]] = set()
        self._ending: dict[Environment, None] = {}
        self._in_flight = 0
        self._warm = False
        self._stopping = False

    async def warm_up(self, gate: asyncio.Semaphore) -> None:
        """Start the provisioned environments, as many at a time as `gate` lets; raises `CannotStart`."""
        await asyncio.gather(*(self._warm_one(gate) for _ in range(self._config.provisioned)))
        self._warm = True

    def invoke(self, invocation: Invocation) -> None:
        """Run it; `invocation.done` is called when it has ended, at once when it is throttled."""
        if self._stopping or self._in_flight >= self._config.concurrency_limit:
            self.throttle(invocation)
            return
        self._in_flight += 1
        invocation.minute = self.meter.began(self._in_flight)
        self._assign(invocation)

    def fail(self, invocation: Invocation, outcome: Outcome) -> None:
        """Count, log and end an invocation as a function error without running it: an ordered fault."""
        self.meter.ended(self.meter.began(self._in_flight + 1), 0.0, failed=True)
        if self._unrun is not None:
            self._unrun.began(invocation.request_id)
            run = Run(request_id=invocation.request_id, ran_ms=0.0, trace=invocation.trace, outcome=outcome)
            self._unrun.ended(run, 0)
        invocation.done(outcome)

    def throttle(self, invocation: Invocation) -> None:
        """Refuse an invocation: the limit is reached, or a fault orders it."""
        self.meter.throttled()
        invocation.done(THROTTLED)

    def faults_changed(self) -> None:
        """Freeze, thaw and replace environments as the faults now in force want it."""
        for environment in self._idle:
            if self._switch.faults.freeze:
                environment.freeze()
            else:
                environment.thaw()
        self._replenish()

    def states(self) -> list[EnvironmentState]:
        """What each living environment does."""
        return [
            EnvironmentState(self.name, one.pid, one.phase.value, one.invocations, one.init_ms)
            for one in self._environments
        ]

    async def stop(self) -> None:
        """End all processes: asked to, and after two seconds forced to."""
        self._stopping = True
        while self._waiting:
            self._in_flight -= 1
            self.throttle(self._waiting.popleft())
        for environment in [*self._environments, *self._ending]:
            environment.terminate()
        if self._lives:
            await asyncio.wait(self._lives, timeout=STOP_SECONDS)
        for environment in [*self._environments, *self._ending]:
            environment.kill()
        if self._lives:
            await asyncio.wait(self._lives, timeout=STOP_SECONDS / 4)

    def became_ready(self, environment: Environment) -> None:
        if not environment.provisioned and environment.init_ms is not None:
            self.meter.cold_start()

    def became_idle(self, environment: Environment) -> None:
        self._returning.pop(environment, None)
        if self._waiting:
            environment.take(self._waiting.popleft())
            return
        self._idle.append(environment)
        if self._switch.faults.freeze:
            environment.freeze()

    def became_returning(self, environment: Environment) -> None:
        if self._switch.faults.cold:
            environment.retire()
        elif self._waiting:
            environment.take(self._waiting.popleft())
        else:
            self._returning[environment] = None

    def became_unusable(self, environment: Environment) -> None:
        if environment in self._idle:
            self._idle.remove(environment)
        self._returning.pop(environment, None)
        self._environments.pop(environment, None)
        self._ending[environment] = None
        if self._waiting:
            self._assign(self._waiting.popleft())

    def ended(self, invocation: Invocation, outcome: Outcome) -> None:
        self._in_flight -= 1
        ran_ms = (perf_counter() - invocation.delivered_at) * 1000 if invocation.delivered_at else 0.0
        self.meter.ended(invocation.minute, ran_ms, failed=outcome.ending is Ending.FAILED)
        invocation.done(outcome)

    def undelivered(self, invocation: Invocation) -> None:
        self._assign(invocation)

    def _assign(self, invocation: Invocation) -> None:
        environment = self._choose()
        if environment is None:
            self._waiting.append(invocation)
        else:
            environment.take(invocation)

    def _choose(self) -> Environment | None:
        if self._idle:
            return self._idle.pop()
        if self._returning:
            return self._returning.popitem()[0]
        if len(self._environments) < self._config.max_environments and not self._stopping:
            return self._launch(provisioned=False)
        return None

    def _launch(self, *, provisioned: bool) -> Environment:
        plan = replace(self._plan, start_delay_ms=self._switch.faults.start_latency_ms)
        environment = Environment(plan, self, provisioned=provisioned)
        self._environments[environment] = None
        life = asyncio.get_running_loop().create_task(self._live(environment))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        return environment

    async def _warm_one(self, gate: asyncio.Semaphore) -> None:
        async with gate:
            if not await self._launch(provisioned=True).ready:
                raise CannotStart(f"{self.name}: an environment did not start; its output is in {self._plan.log_file}")

    async def _live(self, environment: Environment) -> None:
        if not environment.provisioned:
            await self._starts.acquire()
            environment.ready.add_done_callback(lambda _: self._starts.release())
        await environment.run()
        self._ending.pop(environment, None)
        started = environment.init_ms is not None
        if not started and not self._stopping:
            _log.warning("%s: an environment did not start; its output is in %s", self.name, self._plan.log_file)
        if environment.provisioned:
            asyncio.get_running_loop().call_later(0 if started else REPLACE_BROKEN_AFTER_SECONDS, self._replenish)

    def _replenish(self) -> None:
        """Bring the provisioned environments back to their number, unless every start is to be a cold one."""
        if not self._warm or self._stopping or self._switch.faults.cold:
            return
        missing = self._config.provisioned - sum(one.provisioned for one in self._environments)
        room = self._config.max_environments - len(self._environments)
        for _ in range(min(missing, room)):
            self._launch(provisioned=True)
