"""Work that nobody waits for: numbers and marks are handed over at once, and a thread of their own delivers them."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import Condition, Thread
from typing import Generic, TypeVar

from cutover.core.metering import Measured, Reading, due
from cutover.ports import Undelivered

T = TypeVar("T")
MOST_WAITING = 1000  # items; where nothing can be delivered the oldest are lost


class BackgroundMeter:
    """A Meter: what is worth sending goes out in the background."""

    def __init__(self, send: Callable[[Sequence[Reading]], None], wait_seconds: float) -> None:
        """`send` raises Undelivered; `wait_seconds` as of Background."""
        self._background: Background[Reading] = Background("metrics", send, wait_seconds)
        self._last: dict[Measured, Reading] = {}

    def put(self, readings: Sequence[Reading]) -> None:
        """Send them in the background; never raises, never waits."""
        for reading in readings:
            self._background.put(due(self._last.get(reading.name), reading))
            self._last[reading.name] = reading

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Send what waits; what went wrong with any of it, in words."""
        return self._background.finish(deadline_seconds)


class BackgroundMarker:
    """A Marker: marks are made of the whole ledger, so that one does for all that wait."""

    def __init__(self, mark: Callable[[], None], wait_seconds: float) -> None:
        """`mark` raises Undelivered; `wait_seconds` as of Background."""
        self._background: Background[None] = Background("marks", lambda _: mark(), wait_seconds, most=2)

    def mark(self) -> None:
        """Do it in the background; never raises, never waits."""
        self._background.put((None,))

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Wait for what is under way; what went wrong, in words."""
        return self._background.finish(deadline_seconds)


class Background(Generic[T]):
    """A queue with a thread of its own, which starts with the first item and never keeps the process alive."""

    def __init__(
        self, name: str, deliver: Callable[[Sequence[T]], None], wait_seconds: float, most: int = MOST_WAITING
    ) -> None:
        """`deliver` gets up to `most` items `wait_seconds` (real ones) after the first of them came, or in the end.

        That pause keeps what it imports and connects to out of the way of whoever handed the item over. It raises
        Undelivered.
        """
        self._name, self._deliver, self._wait_seconds = name, deliver, wait_seconds
        self._waiting: deque[T] = deque(maxlen=most)
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_busy = self._is_ending = False
        self._problems: dict[str, None] = {}  # each once, in order

    def put(self, items: Iterable[T]) -> None:
        """Hand them over; never raises, never waits."""
        with self._changed:
            for item in items:
                if len(self._waiting) == MOST_WAITING:
                    self._problems["more came than could be sent: the oldest were left out"] = None
                self._waiting.append(item)
            if self._waiting and self._thread is None:
                self._start()
            self._changed.notify_all()

    def _start(self) -> None:
        thread = Thread(target=self._run, daemon=True, name=self._name)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread to spare: a rollback goes on without numbers
            self._waiting.clear()
            self._problems[str(error)] = None
        else:
            self._thread = thread

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Deliver what waits, at once; what went wrong since the last time, in words."""
        ends = time.monotonic() + deadline_seconds
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
            while (self._waiting or self._is_busy) and (left := ends - time.monotonic()) > 0:
                self._changed.wait(left)
            self._is_ending = False
            late = [f"not done within {max(0.0, deadline_seconds):.0f} s"] if self._waiting or self._is_busy else []
            problems = [*self._problems, *late]
            self._problems.clear()
        return problems

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                self._changed.wait_for(lambda: self._is_ending, self._wait_seconds)
                items, self._is_busy = list(self._waiting), True
                self._waiting.clear()
            problem = self._tried(items)
            with self._changed:
                self._is_busy = False
                if problem:
                    self._problems[problem] = None
                self._changed.notify_all()

    def _tried(self, items: Sequence[T]) -> str:
        try:
            self._deliver(items)
        except Undelivered as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - the thread's outermost boundary: nothing may stop the next
            return f"this is a bug: {type(error).__name__}"
        return ""
