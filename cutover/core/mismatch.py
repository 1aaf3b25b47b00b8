"""How much of what was compared differs, and whether that will do."""

from collections.abc import Sequence
from dataclasses import dataclass

from cutover.core.comparing import FATAL, Difference, Differing
from cutover.core.models import Verdict
from cutover.core.redaction import shown_path
from cutover.core.stats import wilson

CONFIDENCE_Z = 1.96
PASS_RATE = 0.001
FAIL_RATE = 0.01


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `route` is its template where it has one, else its path."""

    method: str
    path: str
    route: str

    def __str__(self) -> str:
        return f"{self.method} {shown_path(self.path)}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of one request to both: the differences that are no noise, or why there was nothing to compare."""

    asked: Asked
    differences: tuple[Difference, ...] = ()
    not_compared: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """The differences of one kind at one place of one request: how often, and the first of them."""

    asked: Asked
    difference: Difference
    times: int


@dataclass(frozen=True, slots=True)
class Summary:
    """All comparisons; `noise` is what the baseline shows against itself. `is_partial`: it was interrupted."""

    comparisons: tuple[Compared, ...]
    noise: tuple[tuple[Asked, Differing, str], ...] = ()
    skipped: tuple[str, ...] = ()  # what could not be asked for, and why
    unauthorized: int = 0  # questions that both answered 401
    is_partial: bool = False

    @property
    def compared(self) -> int:
        """How many requests could be compared."""
        return sum(1 for one in self.comparisons if not one.not_compared)

    @property
    def mismatched(self) -> int:
        """How many of them differ."""
        return sum(1 for one in self.comparisons if one.differences)

    @property
    def rate(self) -> float:
        """The part that differs; 0 of nothing."""
        return self.mismatched / self.compared if self.compared else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest true rate that fit, with 95 % confidence."""
        return wilson(self.mismatched, self.compared, CONFIDENCE_Z)

    @property
    def fatal(self) -> tuple[Tally, ...]:
        """Differences that fail whatever the rate: another class of status, or no answer."""
        return tuple(tally for tally in self.tallies if tally.difference.kind in FATAL)

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """The differences, those of one kind and place of one request together, in the order of their finding."""
        found: dict[tuple[Asked, tuple[Differing, str]], Tally] = {}
        for one in self.comparisons:
            for difference in one.differences:
                key = one.asked, difference.key
                known = found.get(key, Tally(one.asked, difference, 0))
                found[key] = Tally(one.asked, known.difference, known.times + 1)
        return tuple(found.values())

    @property
    def verdict(self) -> Verdict:
        """Fail beats hold beats pass; nothing compared is a hold."""
        if self.fatal or self.rate >= FAIL_RATE:
            return Verdict.FAIL
        return Verdict.HOLD if not self.compared or self.rate >= PASS_RATE else Verdict.PASS


def unexplained(
    found: Sequence[Difference], again: Sequence[Difference], noise: frozenset[tuple[Differing, str]]
) -> tuple[Difference, ...]:
    """The differences that show against both answers of the baseline, and that it never shows against itself."""
    confirmed = {difference.key for difference in again}
    return tuple(one for one in found if one.key in confirmed and one.key not in noise)
