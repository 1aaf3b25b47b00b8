"""Search indices that only remember what was asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cutover.core.reindex.models import IndexInfo, Standing
from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.run import Moved, Phase, Position, Progress, Ran, Seen, SwapWish, Verification
from cutover.data_ports import Listener
from tests.fakes.zone import START

INDEX = "moc_instructions-v20251102t101530"
OLD = "moc_instructions-v20251001t000000"


def info(name: str = OLD, documents: int = 100, **facts: Any) -> IndexInfo:
    """An index of ours."""
    return IndexInfo(name, documents, 1_500_000, START, ours=True, **facts)


def equal(rows: int = 100, **facts: Any) -> Verification:
    """A verification that found nothing against it."""
    return replace(Verification(START, rows, rows), **facts)


@dataclass
class FakeReindexing:
    """A Reindexing. `verification` is what every run finds; `raises` is raised by the next calls with that name."""

    is_set_up: bool = True
    verification: Verification = field(default_factory=equal)
    seen: Seen | None = None
    pruning: Pruning = field(default_factory=lambda: Pruning("moc_instructions", (), ()))
    raises: dict[str, BaseException] = field(default_factory=dict)
    phase: Phase = Phase.VERIFIED
    replaced: bool = False
    tells: Sequence[Progress] = ()
    notes: Sequence[str] = ()
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def look(self, alias: str) -> Seen:
        """What was scripted, or an alias with an index."""
        self._ask("look", alias)
        return self.seen or Seen(Standing(alias, info(f"{alias}-v1"), concrete=False), 100, None, free_name=INDEX)

    def run(self, alias: str, listener: Listener, *, fresh: bool = False, loaded: str = "") -> Ran:
        """The scripted verification."""
        self._ask("run", alias, fresh, loaded)
        return self._ran(alias, listener)

    def verify(self, alias: str, listener: Listener) -> Ran:
        """The scripted verification."""
        self._ask("verify", alias)
        return self._ran(alias, listener)

    def swap(self, alias: str, wish: SwapWish, listener: Listener) -> Moved:
        """The alias has moved."""
        self._ask("swap", alias, wish)
        moved = Moved(alias, OLD, INDEX, self.replaced)
        listener.moved(moved)
        return replace(moved, verification=self.verification)

    def roll_back(self, alias: str, listener: Listener) -> Moved:
        """The alias has moved back."""
        self._ask("roll_back", alias)
        moved = Moved(alias, INDEX, OLD)
        listener.moved(moved)
        return replace(moved, verification=self.verification)

    def prune(self, alias: str, *, everything: bool, dry_run: bool) -> Pruning:
        """The scripted pruning."""
        self._ask("prune", alias, everything, dry_run)
        return self.pruning

    def _ran(self, alias: str, listener: Listener) -> Ran:
        for progress in self.tells:
            listener.progress(progress)
        for note in self.notes:
            listener.note(note)
        position = Position(alias, "http://search", INDEX, "run", START, self.phase, indexed=90, stale=10)
        return Ran(position, self.verification, seconds=2.0)

    def _ask(self, name: str, *more: Any) -> None:
        self.asked.append((name, *more))
        if error := self.raises.get(name):
            raise error
