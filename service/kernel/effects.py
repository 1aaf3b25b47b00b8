"""What must follow a commit, and only a commit: kept while the transaction runs, run once it stands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Effect = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Effects:
    """Effects in the order in which they were queued. An effect handles its own failures: none may undo the answer."""

    queued: list[Effect] = field(default_factory=list)

    def after_commit(self, effect: Effect) -> None:
        """Run `effect` once the transaction is committed; never when it is rolled back."""
        self.queued.append(effect)

    async def run(self) -> None:
        """Run all of them, in order."""
        for effect in self.queued:
            await effect()
        self.queued.clear()
