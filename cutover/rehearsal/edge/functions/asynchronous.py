"""Asynchronous invocations: a queue in memory that retries as Lambda's does, in the rehearsal's time."""

import asyncio
import logging
import uuid

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.functions.dead_letters import DeadLetters
from cutover.rehearsal.edge.functions.function import Function
from cutover.rehearsal.edge.functions.invocation import Ending, Invocation, Outcome

# AWS Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
ERROR_RETRY_SECONDS = (60.0, 120.0)
FIRST_THROTTLE_RETRY_SECONDS = 1.0
LAST_THROTTLE_RETRY_SECONDS = 300.0
MAX_AGE_SECONDS = 3600.0  # as the parser is deployed: infra/constructs/parser.py; AWS's own default is six hours

_log = logging.getLogger(__name__)


async def call(function: Function, payload: bytes, trace: str, request_id: str) -> Outcome:
    """Run the function once and wait for its end."""
    ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def done(outcome: Outcome) -> None:
        if not ended.cancelled():
            ended.set_result(outcome)

    function.invoke(Invocation(payload, trace, done, request_id))
    return await ended


def retry_after_seconds(outcome: Outcome, errors: int, throttles: int, age_seconds: float) -> float | None:
    """The wait before the next attempt in simulated seconds, None when the event is given up.

    `errors` and `throttles` count the attempts that ended so, this one included; `age_seconds` is the event's.
    """
    if outcome.ending is Ending.THROTTLED:
        wait = min(FIRST_THROTTLE_RETRY_SECONDS * 2 ** (throttles - 1), LAST_THROTTLE_RETRY_SECONDS)
        return None if age_seconds + wait > MAX_AGE_SECONDS else wait
    return ERROR_RETRY_SECONDS[errors - 1] if errors <= len(ERROR_RETRY_SECONDS) else None


class EventQueue:
    """Events that wait for their function or for a retry; they are lost when the process ends."""

    def __init__(self, clock: CompressedClock, switch: FaultSwitch, letters: DeadLetters | None = None) -> None:
        self._clock = clock
        self._switch = switch
        self._letters = letters
        self._deliveries: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """Deliveries that have not ended yet."""
        return len(self._deliveries)

    def submit(self, function: Function, payload: bytes, trace: str) -> str:
        """Take an event; returns its request id. A repeated delivery carries the same id and trace, as Lambda's do."""
        request_id = str(uuid.uuid4())
        for _ in range(2 if self._switch.faults.deliver_twice else 1):
            delivery = asyncio.get_running_loop().create_task(self._deliver(function, payload, trace, request_id))
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)
        return request_id

    async def drained(self, timeout_seconds: float) -> bool:
        """Wait until nothing is pending; False when the time was too short."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        while self._deliveries and loop.time() < deadline:
            await asyncio.wait(set(self._deliveries), timeout=deadline - loop.time())
        return not self._deliveries

    async def stop(self) -> None:
        """Drop what is pending."""
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)

    async def _deliver(self, function: Function, payload: bytes, trace: str, request_id: str) -> None:
        accepted = self._clock.timestamp()
        errors = throttles = 0
        while True:
            outcome = await call(function, payload, trace, request_id)
            if outcome.ending is Ending.RETURNED:
                return
            errors += outcome.ending is Ending.FAILED
            throttles += outcome.ending is Ending.THROTTLED
            wait = retry_after_seconds(outcome, errors, throttles, self._clock.timestamp() - accepted)
            if wait is None:
                _log.warning("%s: event %s given up after %d errors", function.name, request_id, errors)
                if self._letters is not None:
                    await self._letters.keep(function.name, request_id, payload, outcome, errors)
                return
            await asyncio.sleep(wait / self._clock.factor)
