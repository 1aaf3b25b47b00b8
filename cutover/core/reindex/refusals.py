"""Why something is not done to an index: the rule, what was found, its limit, and the way on."""

from dataclasses import dataclass
from enum import StrEnum

from cutover.core.reindex.models import ReindexStopped, StoppedBy


class Why(StrEnum):
    """The rules that stand before an index, an alias or a cluster."""

    ALREADY = "already"  # it is as it was asked to be
    ALIASED_TWICE = "aliased-twice"
    BLOCKED = "blocked"
    CONCRETE = "concrete"
    DEAD_LETTERS = "dead-letters"
    DISK = "disk"
    EMPTY = "empty"
    GONE = "gone"
    HEALTH = "health"
    MAPPING = "mapping"
    NOT_OURS = "not-ours"
    NOT_VERIFIED = "not-verified"
    NOTHING_BEFORE = "nothing-before"
    SERVES = "serves"  # the index that was to get the alias has it
    UNEQUAL = "unequal"
    UNLIKE = "unlike"  # searches find less than in the old index


_BY = {
    Why.DEAD_LETTERS: StoppedBy.UNEQUAL,
    Why.SERVES: StoppedBy.NOTHING_TO_DO,
    Why.UNEQUAL: StoppedBy.UNEQUAL,
    Why.UNLIKE: StoppedBy.UNEQUAL,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What stands against it. `found` and `limit` are also in the text."""

    why: Why
    text: str
    found: str
    limit: str
    way_on: str

    def stopped(self) -> ReindexStopped:
        """The refusal as what ends a command."""
        return ReindexStopped(self.text, self.way_on, _BY.get(self.why, StoppedBy.REFUSED))
