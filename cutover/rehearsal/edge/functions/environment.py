"""One execution environment: a process with the real runtime client that runs one invocation at a time."""

import asyncio
import contextlib
import signal
import time
from enum import Enum
from time import perf_counter
from typing import Protocol

from cutover.rehearsal.edge.functions.invocation import (
    TIMED_OUT,
    Ending,
    Invocation,
    Outcome,
    exited,
    failed,
    timed_out,
    too_large,
)
from cutover.rehearsal.edge.functions.log_stream import Output
from cutover.rehearsal.edge.functions.plan import LaunchPlan, start
from cutover.rehearsal.edge.functions.runtime_api import MAX_RESPONSE_BYTES, RuntimeApi
from cutover.rehearsal.edge.functions.system_log import Run


class Phase(Enum):
    """What an environment does."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    RETURNING = "returning"  # has answered, and has not asked for the next invocation yet
    GONE = "gone"


class EnvironmentOwner(Protocol):
    """The function that an environment belongs to."""

    def became_ready(self, environment: "Environment") -> None:
        """Its handler is loaded."""
        ...

    def became_idle(self, environment: "Environment") -> None:
        """It can take an invocation."""
        ...

    def became_returning(self, environment: "Environment") -> None:
        """It has answered and will take an invocation in a moment."""
        ...

    def became_unusable(self, environment: "Environment") -> None:
        """It will take no further invocation."""
        ...

    def ended(self, invocation: Invocation, outcome: Outcome) -> None:
        """An invocation that it was given has ended."""
        ...

    def undelivered(self, invocation: Invocation) -> None:
        """It died before it saw this invocation, through no fault of that; another one has to run it."""
        ...


class Environment:
    """A process and its runtime API.

    `run` lives as long as the process does; `ready` becomes True when the handler is loaded, False when it cannot be.
    """

    def __init__(self, plan: LaunchPlan, owner: EnvironmentOwner, *, provisioned: bool) -> None:
        self.provisioned = provisioned
        self.phase = Phase.STARTING
        self.invocations = 0
        self.init_ms: float | None = None
        self._plan = plan
        self._owner = owner
        self._api = RuntimeApi(self, plan.function_arn)
        self._process: asyncio.subprocess.Process | None = None
        self._current: Invocation | None = None
        self._pending: Invocation | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._init_error: Outcome | None = None
        self._frozen = False
        self._doomed = False
        self._began = perf_counter()
        self._output: Output | None = None
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int | None:
        """The process id, None while there is no process."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Start the process and stay until it has ended; one that was to end before it began never starts."""
        if self._is_doomed():
            self._process_ended(1)
            return
        address = await self._api.open()
        code = 1
        self._began = perf_counter()
        try:
            self._process = await self._start(address)
            self._timer = asyncio.get_running_loop().call_later(self._plan.init_timeout_seconds, self._init_timed_out)
            if self._is_doomed():
                self._signal(signal.SIGKILL)
            code = await self._process.wait()
        except OSError as error:
            self._init_error = failed("Runtime.StartError", f"the environment cannot be started: {error}")
        finally:
            self._api.close()
        self._process_ended(code)
        if self._output is not None:
            self._output.close()

    async def _start(self, address: str) -> asyncio.subprocess.Process:
        output = self._plan.output()
        try:
            process = await start(self._plan, address, output, provisioned=self.provisioned)
        except OSError:
            if output is not None:
                output.give_up()
            raise
        if output is not None:
            output.attach(asyncio.get_running_loop())
            output.starting(provisioned=self.provisioned)
            self._output = output
        return process

    def _is_doomed(self) -> bool:
        """Whether it was told to end; asked anew after each wait."""
        return self._doomed

    def take(self, invocation: Invocation) -> None:
        """Run this invocation now, or as soon as the environment can."""
        if self.phase is Phase.IDLE:
            self._deliver(invocation)
        else:
            self._pending = invocation

    def freeze(self) -> None:
        """Stop an idle process until its next invocation, as Lambda does."""
        if self.phase is Phase.IDLE and not self._frozen:
            self._frozen = True
            self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        if self._frozen:
            self._frozen = False
            self._signal(signal.SIGCONT)

    def retire(self) -> None:
        """Take no further invocation and end at once."""
        self._withdraw()
        self.kill()

    def terminate(self) -> None:
        """Ask the process to end."""
        self._doomed = True
        self.thaw()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self._doomed = True
        self._signal(signal.SIGKILL)

    def polled(self) -> None:
        if self.init_ms is None:
            self.init_ms = (perf_counter() - self._began) * 1000
            self._stop_timer()
            self.ready.set_result(True)
            self._owner.became_ready(self)
        if self.phase is Phase.GONE:
            return
        self.phase = Phase.IDLE
        pending, self._pending = self._pending, None
        if pending is not None:
            self._deliver(pending)
        else:
            self._owner.became_idle(self)

    def returned(self, request_id: str, payload: bytes) -> None:
        self._finish(request_id, Outcome(Ending.RETURNED, payload))

    def raised(self, request_id: str, error: bytes) -> None:
        self._finish(request_id, Outcome(Ending.FAILED, error))

    def returned_too_much(self, request_id: str) -> None:
        self._finish(request_id, too_large(request_id, MAX_RESPONSE_BYTES))

    def init_failed(self, error: bytes) -> None:
        self._init_error = Outcome(Ending.FAILED, error)

    def poll_lost(self) -> None:
        if self.phase is Phase.IDLE:
            self.retire()

    def _deliver(self, invocation: Invocation) -> None:
        self.thaw()
        self.phase = Phase.BUSY
        self._current = invocation
        self.invocations += 1
        timeout_seconds = self._plan.timeout_seconds
        self._timer = asyncio.get_running_loop().call_later(timeout_seconds, self._timed_out)
        invocation.delivered_at = perf_counter()
        if self._output is not None:
            self._output.began(invocation.request_id)
        self._api.deliver(invocation, int((time.time() + timeout_seconds) * 1000))

    def _finish(self, request_id: str, outcome: Outcome) -> None:
        invocation = self._current
        if invocation is None or invocation.request_id != request_id:
            return
        self._current = None
        self._stop_timer()
        if self.phase is Phase.BUSY:
            self.phase = Phase.RETURNING
            self._owner.became_returning(self)
        self._report(invocation, outcome)
        self._owner.ended(invocation, outcome)

    def _report(self, invocation: Invocation, outcome: Outcome) -> None:
        if self._output is not None:
            run = Run(
                request_id=invocation.request_id,
                ran_ms=(perf_counter() - invocation.delivered_at) * 1000 if invocation.delivered_at else 0.0,
                trace=invocation.trace,
                init_ms=self.init_ms if self.invocations == 1 and not self.provisioned else None,
                outcome=outcome,
            )
            self._output.ended(run, self.pid)

    def _start_failed(self, pending: Invocation | None, code: int) -> None:
        """The handler can't be loaded; whoever has waited for it hears the same."""
        outcome = self._init_error or exited(pending.request_id if pending else "", code)
        if self._output is not None and (self._init_error is not None or not self._doomed):
            self._output.start_failed(outcome, (perf_counter() - self._began) * 1000, provisioned=self.provisioned)
            if pending is not None:
                self._output.began(pending.request_id)
                self._report(pending, outcome)
        if pending is not None:
            self._owner.ended(pending, outcome)

    def _timed_out(self) -> None:
        invocation = self._current
        if invocation is not None:
            self.retire()
            self._finish(invocation.request_id, timed_out(invocation.request_id, self._plan.timeout_seconds))

    def _init_timed_out(self) -> None:
        self._init_error = failed(TIMED_OUT, f"init took longer than {self._plan.init_timeout_seconds} seconds")
        self.kill()

    def _process_ended(self, code: int) -> None:
        was_starting = self.init_ms is None
        self._withdraw()
        self._stop_timer()
        if was_starting:
            self.ready.set_result(False)
        current, self._current = self._current, None
        pending, self._pending = self._pending, None
        if current is not None:
            ending = exited(current.request_id, code)
            self._report(current, ending)
            self._owner.ended(current, ending)
        if was_starting:
            self._start_failed(pending, code)
        elif pending is not None:
            self._owner.undelivered(pending)

    def _withdraw(self) -> None:
        if self.phase is not Phase.GONE:
            self.phase = Phase.GONE
            self._owner.became_unusable(self)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
