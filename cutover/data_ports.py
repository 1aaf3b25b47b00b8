"""What moves data, not traffic: the search indices made anew from PostgreSQL."""

from typing import Protocol

from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.run import Moved, Progress, Ran, Seen, SwapWish


class Listener(Protocol):
    """Who hears of a reindex while it runs."""

    def progress(self, progress: Progress) -> None:
        """How far it is; often."""
        ...

    def note(self, text: str) -> None:
        """Something that a person should know."""
        ...

    def moved(self, moved: Moved) -> None:
        """An alias has just been moved; before anything else is done."""
        ...


class Reindexing(Protocol):
    """The search indices behind their aliases.

    Every method but `is_set_up` raises SearchUnreachable, SearchRefused, DatabaseUnreachable, ReindexStopped, and
    KeyboardInterrupt where somebody stopped it: what was done stays, and the same call goes on.
    """

    @property
    def is_set_up(self) -> bool:
        """Whether the settings name a search cluster."""
        ...

    def look(self, alias: str) -> Seen:
        """What stands there, and what a run would meet. Changes nothing."""
        ...

    def run(self, alias: str, listener: Listener, *, fresh: bool = False, loaded: str = "") -> Ran:
        """Load, catch up, compare, mend and verify; the alias stays where it is.

        `fresh`: begin anew whatever the checkpoint says. `loaded`: an index that others have loaded already.
        """
        ...

    def verify(self, alias: str, listener: Listener) -> Ran:
        """Compare the index of the checkpoint with its table and mend nothing."""
        ...

    def swap(self, alias: str, wish: SwapWish, listener: Listener) -> Moved:
        """Point the alias to the verified index, then bring over what was written meanwhile."""
        ...

    def roll_back(self, alias: str, listener: Listener) -> Moved:
        """Bring the former index up to date, point the alias back to it, and bring over what was written meanwhile."""
        ...

    def prune(self, alias: str, *, everything: bool, dry_run: bool) -> Pruning:
        """Delete our own indices that are past their time. `everything`: the newest former one, too."""
        ...
