"""One thing outside that is asked again and again: never twice at a time, and its newest answer stays known."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from cutover.flow.asking import ask
from cutover.flow.outcome import KNOWN_ERRORS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """An answer, and when it was asked for."""

    value: T
    when: datetime


class Source(Generic[T]):
    """A question's newest answer, and since when there is none. `name` begins the sentence that says so."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.last: Dated[T] | None = None
        self._away_since: datetime | None = None
        self._why = ""
        self._pending: tuple[datetime, Future[T]] | None = None
        self._key: object = None

    @property
    def current(self) -> Dated[T] | None:
        """The newest answer, unless the question has failed or hung since."""
        return self.last if self._away_since is None else None

    @property
    def fresh(self) -> T | None:
        """The current answer's value."""
        return self.current.value if self.current else None

    def ask(self, question: Callable[[], T], now: datetime) -> "Future[T]":
        """Ask, unless the answer to an earlier question is still awaited."""
        if self._pending is None:
            self._pending = now, ask(question)
        return self._pending[1]

    def ask_once(self, key: object, question: Callable[[], T], now: datetime) -> None:
        """Ask, unless that was asked last time too, whatever came back: no hurry mends it."""
        if self._pending is None and key != self._key:
            self._key = key
            self.ask(question, now)

    def forget(self) -> None:
        """What is still awaited is of no use any more: the next question is asked whatever it is."""
        self._pending, self._key = None, None

    def wait(self, ends: float) -> None:
        """Take the answer, if it comes before that moment (of the monotonic clock)."""
        if self._pending is None:
            return
        asked_at, answer = self._pending
        try:
            self.last, self._away_since = Dated(answer.result(left(ends)), asked_at), None
        except TimeoutError:
            self.gone(" did not answer in time", asked_at)
        except KNOWN_ERRORS as error:
            self.gone(f": {error}", asked_at)
        if answer.done():
            self._pending = None

    def take(self, value: T, now: datetime) -> None:
        """An answer that was waited for elsewhere."""
        self.last, self._away_since = Dated(value, now), None

    def gone(self, why: str, now: datetime) -> None:
        """It did not answer: `why` goes on the sentence that begins with its name."""
        self._why = why
        self._away_since = self._away_since or now

    def problem(self, now: datetime) -> str:
        """What is wrong with it, and since when, if that was before this look; empty when nothing is."""
        since = self._away_since
        if since is None:
            return ""
        lasts = f" (since {since:%d %b %H:%M} UTC)" if since < now else ""
        return f"{self.name}{lasts}{self._why}"


def left(ends: float) -> float:
    """Seconds until that moment of the monotonic clock; never less than none."""
    return max(0.0, ends - time.monotonic())
