"""What the parts of a reindex hand one another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

ALIASES = ("moc_instructions", "gallery_images", "wishlist_items")
"""The names that an alias and its table share, in the order in which `all` does them."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of primary keys: more than `after`, up to and with `until`; None: no bound on that side."""

    after: UUID | None = None
    until: UUID | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table as the body of one bulk request, in the order of their keys.

    `body`: for each row a line with the action (`_id`, `version`, `version_type` external_gte) and one with the
    document, each ended by a newline. The index is named by the request's path. `count`: of the rows in the body, which
    is empty when there are none. `dead`: the rows between the first and the last that no document can be made of.
    """

    first_id: UUID
    last_id: UUID
    count: int
    body: bytes
    dead: "Sequence[DeadLetter]" = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row as its document: the id, `updated_at` in microseconds, the document as JSON."""

    id: UUID
    version: int
    document: bytes


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A row that can't be indexed, and why; it goes to a file."""

    id: str
    reason: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the rows of some batches. `stale`: a newer version was there already, which is no fault."""

    indexed: int = 0
    stale: int = 0
    retried: int = 0
    bytes: int = 0
    dead: Sequence[DeadLetter] = ()

    def __add__(self, other: "Written") -> "Written":
        return Written(
            self.indexed + other.indexed,
            self.stale + other.stale,
            self.retried + other.retried,
            self.bytes + other.bytes,
            (*self.dead, *other.dead),
        )

    @property
    def rows(self) -> int:
        """How many rows have been dealt with."""
        return self.indexed + self.stale + len(self.dead)


@dataclass(frozen=True, slots=True)
class TookOver:
    """How an index came to serve: when, which served until then (empty: none), as what.

    `concrete`: the former one was an index of the alias's own name, which had to be deleted. `back`: by a rollback.
    """

    at: datetime
    former: str
    concrete: bool = False
    back: bool = False


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """A concrete index. `documents` as it counts them; `created` by its settings; `ours`: it carries our schema."""

    name: str
    documents: int
    bytes: int
    created: datetime | None
    ours: bool
    read_only: str = ""
    """The block that refuses writes, such as index.blocks.read_only_allow_delete; empty: there is none."""
    run: str = ""
    """The id of the reindex that made it; empty: it was made by something else."""
    took_over: TookOver | None = None
    """How it came to serve, the last time that cutover made it; None: it never did."""
    aliases: Sequence[str] = ()
    """Every alias that points at it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the cluster under one alias: where it points, and every index of that name.

    `concrete`: an index, not an alias, has the name itself, as the old service left it.
    """

    alias: str
    serving: IndexInfo | None
    concrete: bool
    others: Sequence[IndexInfo] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that index and table do not agree on. `how`: missing, extra or different (then with its fields)."""

    id: str
    how: str
    fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison of table and index, document by document, found, and what it mended.

    `rows`, `documents`: as they were found last, so that they are the same when all is equal. `buckets`: key ranges,
    of which some differed at first sight. `followed`: documents that were equal to their rows, which have been written
    since, too often to be caught at rest. `dead`: rows that the index does not take, and those
    that no document can be made of. `unnamed`: differences beyond those that are listed.
    """

    rows: int = 0
    documents: int = 0
    buckets: int = 0
    differing_buckets: int = 0
    mended: int = 0
    differences: Sequence[Difference] = field(default=())
    followed: int = 0
    dead: Sequence[DeadLetter] = ()
    unnamed: int = 0

    @property
    def equal(self) -> bool:
        """Whether nothing was left that differs, but for what can't be indexed."""
        return not self.differences


class StoppedBy(StrEnum):
    """What kind of thing stopped a reindex; each has an exit of its own."""

    REFUSED = "refused"
    LOCKED = "locked"  # another reindexer is at work, or took the lock over
    SETTINGS = "settings"  # what the settings or the environment say is wrong
    NOTHING_TO_DO = "nothing-to-do"  # it is as it was asked to be
    UNEQUAL = "unequal"  # too much that can't be indexed, or index and table differ


class ReindexStopped(Exception):
    """A reindex can't go on; the message says why, `way_on` what to do. What was done stays, and can be resumed."""

    def __init__(self, text: str, way_on: str, by: StoppedBy = StoppedBy.REFUSED) -> None:
        super().__init__(text)
        self.way_on, self.by = way_on, by


class SearchUnreachable(Exception):
    """The search cluster did not answer in time, or not as one; the message says what was asked of it."""


class SearchRefused(Exception):
    """The search cluster said no, for good. `status` and its `kind`, such as index_not_found_exception."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"{status} {kind}: {reason}")
        self.status, self.kind, self.reason = status, kind, reason


class DatabaseUnreachable(Exception):
    """PostgreSQL did not answer, or not in time, after all attempts."""
