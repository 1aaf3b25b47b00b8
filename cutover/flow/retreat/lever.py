"""The kill switch beside a rollback: thrown when it is asked for, or when nobody has let go of it in time."""

import time
from concurrent.futures import Future
from threading import Event

from cutover.flow.asking import ask
from cutover.ports import KillSwitch

THROWN, UNTOUCHED, NOT_SET_UP, FAILED = "thrown", "not thrown", "not set up", "failed"
# Real seconds from when a throw began: the switch's own tries take less; a look-up of credentials or names can hang
# beyond them.
THROW_SECONDS = 6.0


class Lever:
    """One kill switch in the hand of one rollback. Never raises what the switch raises."""

    def __init__(self, switch: KillSwitch, reason: str, patience_seconds: float) -> None:
        """`patience_seconds`: how long an armed lever waits to be let go of, in real seconds."""
        self._switch, self._reason, self._patience_seconds = switch, reason, patience_seconds
        self._decided = Event()
        self._is_let_go = False
        self._throwing: Future[bool] | None = None
        self._began: float | None = None  # the throw, in monotonic seconds

    def arm(self) -> None:
        """From now on it is thrown when the patience ends."""
        if self._switch.is_set_up:
            self._throwing = ask(self._wait)

    def let_go(self) -> None:
        """It is not needed: it stays untouched, if it is not being thrown already."""
        self._is_let_go = True
        self._decided.set()

    def pull(self) -> None:
        """Throw it now, also after it was let go of."""
        if not self._switch.is_set_up:
            return
        if self._is_let_go or self._throwing is None:
            self._throwing = ask(self._throw)
        self._decided.set()

    def fate(self) -> str:
        """What became of it: one of the words above, FAILED with why. Waits for a throw that is under way."""
        if not self._switch.is_set_up:
            return NOT_SET_UP
        if self._throwing is None:
            return UNTOUCHED
        try:
            error = self._throwing.exception(self._left_seconds())
        except TimeoutError:
            return f"{FAILED}: it took over {THROW_SECONDS:.0f} s; by hand: {self._switch.by_hand}"
        if error:
            return f"{FAILED}: {error}"
        return THROWN if self._throwing.result() else UNTOUCHED

    def _wait(self) -> bool:
        self._decided.wait(self._patience_seconds)
        return False if self._is_let_go else self._throw()

    def _left_seconds(self) -> float:
        """What is left for a throw that is under way; all of it, where its thread has yet to begin."""
        began = time.monotonic() if self._began is None else self._began
        return max(0.0, began + THROW_SECONDS - time.monotonic())

    def _throw(self) -> bool:
        self._began = time.monotonic()
        self._switch.throw(serving=False, reason=self._reason)
        return True
