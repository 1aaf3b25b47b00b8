"""Lines on their way to the stand-in of CloudWatch Logs."""

from collections.abc import Sequence

import msgspec

from cutover.clock import CompressedClock

MAX_WAITING_LINES = 100_000  # beyond it lines are lost to the log group; the file has them all


class Shipped(msgspec.Struct, frozen=True):
    """Lines of one stream, each with its simulated Unix milliseconds, as the stand-in of CloudWatch Logs takes them."""

    group: str
    stream: str
    lines: Sequence[tuple[int, str]]


class LogLines:
    """Lines that wait to be shipped, stamped with the rehearsal's time."""

    def __init__(self, clock: CompressedClock) -> None:
        self.lost = 0
        self._clock = clock
        self._waiting: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._count = 0

    def now_ms(self) -> int:
        """The simulated time in Unix milliseconds."""
        return int(self._clock.timestamp() * 1000)

    def make_group(self, group: str) -> None:
        """Have the group made, even if nothing is ever said in it."""
        self._waiting.setdefault((group, ""), [])

    def add(self, group: str, stream: str, messages: Sequence[str]) -> None:
        """Keep these lines of one moment."""
        if self._count >= MAX_WAITING_LINES:
            self.lost += len(messages)
            return
        at_ms = self.now_ms()
        self._waiting.setdefault((group, stream), []).extend((at_ms, message) for message in messages)
        self._count += len(messages)

    def take(self) -> list[Shipped]:
        """Hand over and forget all lines."""
        waiting, self._waiting, self._count = self._waiting, {}, 0
        return [Shipped(group, stream, lines) for (group, stream), lines in waiting.items()]
