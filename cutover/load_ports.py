"""What puts load on a target: a program of its own, that may be in another language for all that `cutover` knows."""

from collections.abc import Sequence
from typing import Protocol

from cutover.core.load.lines import Line
from cutover.core.load.order import Ended, Order
from cutover.core.load.profile import Profile


class Follower(Protocol):
    """Who hears of a load test while it runs."""

    def follow(self, lines: Sequence[Line]) -> None:
        """What was written down since the last call; perhaps nothing."""
        ...

    def note(self, text: str) -> None:
        """Something that a person should know."""
        ...

    def close(self) -> None:
        """It is over: others write now."""
        ...


class LoadGenerator(Protocol):
    """Generates the load of a profile, judges it, and writes its papers into the run's folder."""

    def profile(self, name: str) -> tuple[Profile, str]:
        """The profile of that name or file, and its file. Raises CannotLoad where it is none, BadProfile."""
        ...

    def claim(self, order: Order) -> None:
        """Make the run's folder, which nobody else may use. Raises CannotLoad, also where nothing can be run here."""
        ...

    def run(self, order: Order, follower: Follower) -> Ended:
        """Run it to its end. Ctrl-C and SIGTERM end it with all its papers; a second one ends it at once.

        Never raises after the first request may have been sent.
        """
        ...
