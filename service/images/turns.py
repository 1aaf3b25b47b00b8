"""Whose turn it is: so many at once, only as many as fit into memory, first come, first served. No I/O, no clock."""

import asyncio
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`memory_mb` is what renderings may take together; one that needs more runs alone."""

    at_once: int = 2
    memory_mb: int = 384
    waiting: int = 16
    patience_seconds: float = 15.0


class LineFull(Exception):
    """As many wait as may wait."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A place that somebody waits for or has; `called` is done when it is theirs."""

    memory_mb: int
    called: "asyncio.Future[None]"


class Turns:
    """Gives turns out. One that needs more memory than is free holds back those behind it, so that it comes to pass."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: deque[Turn] = deque()
        self._inside: set[Turn] = set()

    def ask(self, memory_mb: int) -> Turn:
        """Get in line. Raises LineFull."""
        turn = Turn(memory_mb, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        self._call_next()
        if turn not in self._inside and len(self._waiting) > self._limits.waiting:
            self._waiting.remove(turn)
            raise LineFull
        return turn

    def end(self, turn: Turn) -> None:
        """The turn is over, or no longer wanted."""
        if turn in self._inside:
            self._inside.remove(turn)
        elif turn in self._waiting:
            self._waiting.remove(turn)
        self._call_next()

    def _call_next(self) -> None:
        while self._waiting and self._fits(self._waiting[0]):
            turn = self._waiting.popleft()
            self._inside.add(turn)
            if not turn.called.done():  # cancelled: whoever waited for it is about to end it
                turn.called.set_result(None)

    def _fits(self, turn: Turn) -> bool:
        if not self._inside:
            return True
        taken_mb = sum(other.memory_mb for other in self._inside)
        return len(self._inside) < self._limits.at_once and taken_mb + turn.memory_mb <= self._limits.memory_mb
