"""The same reading requests asked of two places; what the first does not show against itself is a difference."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cutover.core.asking_for import Operation, filled
from cutover.core.comparing import Blindness, Difference, Differing, differences, parsed
from cutover.core.mismatch import Asked, Compared, Summary, unexplained
from cutover.core.models import Verdict
from cutover.core.web import Heard, Place
from cutover.core.words import percent, plural
from cutover.exits import Exit
from cutover.flow.outcome import Outcome
from cutover.ports import World

READ_SECONDS = 15.0
A_COMPARISON = 3  # requests: twice the baseline, once the candidate

Key = tuple[Differing, str]
Progress = Callable[[int, int, Asked], None]
"""Told how many comparisons are done, of how many, and which comes next."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to compare. `rate` is requests a second, of both places together; `headers` go with every request."""

    baseline: Place
    candidate: Place
    requests: tuple[Asked, ...]
    operations: tuple[Operation, ...] = ()  # whose ids are looked up first
    rounds: int = 1
    rate: float = 2.0
    headers: Mapping[str, str] = field(default_factory=dict)
    blind: Blindness = field(default_factory=Blindness)
    skipped: tuple[str, ...] = ()

    @property
    def most_requests(self) -> int:
        """How many requests that is, without the lookups of ids."""
        return (len(self.requests) + len(self.operations)) * self.rounds * A_COMPARISON


class Comparing:
    """One comparison under way; `summary` is true at any time, also after an interruption."""

    def __init__(self, world: World, wish: Wish, progress: Progress) -> None:
        self._world, self._wish, self._progress = world, wish, progress
        self._found: list[tuple[Asked, tuple[Difference, ...], str]] = []
        self._noise: dict[Asked, set[Key]] = {}
        self._skipped = list(wish.skipped)
        self._looked_up: dict[str, Any] = {}
        self._unauthorized = 0
        self._has_asked = False

    def run(self) -> Summary:
        """Ask everything. Ctrl-C ends it early: the summary says so."""
        try:
            requests = self._requests()
            total = len(requests) * self._wish.rounds
            for number in range(total):
                asked = requests[number % len(requests)]
                self._progress(number, total, asked)
                self._compare(asked)
        except KeyboardInterrupt:
            return self._summary(is_partial=True)
        return self._summary(is_partial=False)

    def _requests(self) -> Sequence[Asked]:
        found = list(self._wish.requests)
        for operation in self._wish.operations:
            asked = filled(operation, self._look_up)
            if asked is None:
                self._skipped.append(f"GET {operation.template}: the baseline names no id for it")
            else:
                found.append(asked)
        return list(dict.fromkeys(found))

    def _look_up(self, path: str) -> Any:
        if path not in self._looked_up:
            heard = self._ask(self._wish.baseline, Asked("GET", path, path))
            self._looked_up[path] = _json(heard)
        return self._looked_up[path]

    def _compare(self, asked: Asked) -> None:
        """The baseline against itself, then the candidate against both of its answers."""
        wish = self._wish
        first, second = (self._ask(wish.baseline, asked) for _ in range(2))
        why = _unusable(first) or _unusable(second)
        if why:
            self._found.append((asked, (), f"{asked}: the baseline itself fails: {why}"))
            return
        noise = {difference.key for difference in differences(first, second, wish.blind)}
        candidate = self._ask(wish.candidate, asked)
        told, again = (differences(baseline, candidate, wish.blind) for baseline in (second, first))
        self._noise.setdefault(asked, set()).update(noise)
        self._unauthorized += first.status == 401 == candidate.status
        self._found.append((asked, unexplained(told, again, frozenset(noise)), ""))

    def _ask(self, place: Place, asked: Asked) -> Heard:
        """One answer; what broke on the way is asked once more."""
        heard = self._once(place, asked)
        return self._once(place, asked) if heard.trouble else heard

    def _once(self, place: Place, asked: Asked) -> Heard:
        clock = self._world.clock
        if self._has_asked:
            clock.sleep(timedelta(seconds=clock.factor / self._wish.rate))  # real seconds, whatever the clock
        self._has_asked = True
        return self._world.probes.ask(place, asked.method, asked.path, self._wish.headers, READ_SECONDS)

    def _summary(self, *, is_partial: bool) -> Summary:
        """What was noise in one round is noise in all of them."""
        compared = []
        for asked, told, why in self._found:
            known = self._noise.get(asked, set())
            compared.append(Compared(asked, tuple(one for one in told if one.key not in known), why))
        noise = tuple((asked, *key) for asked, keys in self._noise.items() for key in sorted(keys))
        return Summary(tuple(compared), noise, tuple(self._skipped), self._unauthorized, is_partial)


def outcome(summary: Summary) -> Outcome:
    """What a comparison means as the end of a command."""
    low, high = summary.bounds
    said = (
        f"{summary.mismatched} of {plural(summary.compared, 'comparison')} differ"
        f" ({percent(summary.rate)}; the true rate is between {percent(low)} and {percent(high)})"
    )
    if summary.is_partial:
        return Outcome(Exit.INTERRUPTED, f"interrupted: {said}", "the same again")
    if summary.verdict is Verdict.PASS:
        return Outcome(Exit.DONE, said, "cutover verify")
    if summary.verdict is Verdict.HOLD:
        nothing = "nothing could be compared" if not summary.compared else said
        return Outcome(Exit.HOLD, nothing, "the same with more --rounds, or --ignore FIELD for what may differ")
    fatal = f"; {plural(len(summary.fatal), 'request')} with another class of status" if summary.fatal else ""
    return Outcome(Exit.MISMATCH, said + fatal, "mend the candidate, or --ignore FIELD for what may differ")


def _unusable(heard: Heard) -> str:
    if heard.status is None:
        return heard.trouble.value if heard.trouble else "no answer"
    return f"status {heard.status}" if heard.status >= 500 else ""


def _json(heard: Heard) -> Any:
    if heard.status != 200:
        return None
    try:
        return parsed(heard.body)
    except ValueError:
        return None
