"""How far the reindex of one alias is, what was found, and what is told of it on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cutover.core.reindex.left import left_after
from cutover.core.reindex.models import DeadLetter, Difference, Span, Standing
from cutover.core.reindex.prefix import Acknowledged


class Phase(StrEnum):
    """The last thing that is certain of a reindex; the same command goes on behind it."""

    LOADING = "loading"  # the index exists, and holds all but what is `left`
    LOADED = "loaded"  # every row was sent once
    VERIFIED = "verified"  # compared and found as `verification` says; it may be swapped
    SWAPPED = "swapped"  # the alias has moved; what was written meanwhile still has to come after
    DONE = "done"  # it serves, and holds what was written meanwhile


UNSWAPPED = frozenset({Phase.LOADING, Phase.LOADED, Phase.VERIFIED})
"""The phases behind which a run goes on; after all others it begins a new index."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification of an index found. `overlap`: of the golden queries' hits, None where none were asked."""

    at: datetime
    rows: int
    documents: int
    mended: int = 0
    differing: Sequence[Difference] = ()  # the first of them, so that a person can look
    differences: int = 0  # how many there are, without the dead letters
    dead: Sequence[str] = ()  # ids of the rows that can't be indexed
    overlap: float | None = None
    queries: int = 0
    problems: Sequence[str] = ()  # what else stands against it, in words

    @property
    def equal(self) -> bool:
        """Whether index and table are equal but for the dead letters, and nothing else stands against it."""
        return not self.differences and not self.problems

    @property
    def unlike(self) -> str:
        """What searches miss, in words, where that alone stands against it: index and table are equal; else empty."""
        only = self.problems[0] if len(self.problems) == 1 and not self.differences else ""
        return only if self.overlap is not None and only.startswith(f"{self.queries} searches find ") else ""


@dataclass(frozen=True, slots=True)
class Position:
    """How far the reindex of one alias is, as its checkpoint keeps it. Times are UTC, by the database's clock."""

    alias: str
    endpoint: str
    index: str
    run: str
    started: datetime
    phase: Phase = Phase.LOADING
    left: Sequence[Span] = ()  # the ranges of keys that were not acknowledged yet
    indexed: int = 0
    stale: int = 0
    retried: int = 0
    bytes: int = 0
    since: datetime | None = None  # when the newest pass over what has changed began
    verification: Verification | None = None

    def with_news(self, news: Acknowledged) -> "Position":
        """What is so once these rows are acknowledged."""
        written = news.written
        return replace(
            self,
            left=left_after(self.left, news),
            indexed=self.indexed + written.indexed,
            stale=self.stale + written.stale,
            retried=self.retried + written.retried,
            bytes=self.bytes + written.bytes,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a phase is. `rate`: rows a second lately; `seconds_left`: None where that can't be said."""

    alias: str
    phase: str
    done: int
    total: int
    rate: float
    seconds_left: float | None
    retried: int = 0
    dead: int = 0
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands under one alias, and what a run would meet. `against`: why it would be refused, in words."""

    standing: Standing
    rows: int
    position: Position | None
    holder: str = ""
    against: Sequence[str] = ()
    free_name: str = ""
    dead: Sequence[DeadLetter] = ()

    @property
    def is_gone(self) -> bool:
        """Whether the index of the checkpoint has been deleted."""
        there = [*self.standing.others, *([self.standing.serving] if self.standing.serving else [])]
        return self.position is not None and self.position.index not in {one.name for one in there}


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run, or a verification, ended."""

    position: Position
    verification: Verification
    resumed: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Moved:
    """An alias that points elsewhere now. `replaced`: the former was a concrete index, which is gone."""

    alias: str
    before: str
    after: str
    replaced: bool = False
    verification: Verification | None = None
    accepted_dead: int = 0

    def plain(self) -> Mapping[str, object]:
        """As the ledger keeps it."""
        found, said = self.verification, dict[str, object]()
        if found:
            said = {"rows": found.rows, "documents": found.documents, "verified": found.at.isoformat()}
        return {
            "alias": self.alias,
            "before": self.before,
            "after": self.after,
            "replaced": self.replaced,
            "accepted_dead": self.accepted_dead,
            **said,
        }


@dataclass(frozen=True, slots=True)
class SwapWish:
    """What a person allows in a swap that is refused otherwise."""

    accept_dead: int = 0
    allow_empty: bool = False
    replace_index: bool = False
