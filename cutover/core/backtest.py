"""How often this policy would have rolled back what was healthy, and how soon it would have found trouble."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from statistics import median

from cutover.core.burst import burst_of
from cutover.core.error_test import ErrorTest
from cutover.core.errors_gate import error_findings
from cutover.core.explain import RATES
from cutover.core.models import MINUTE, Burst, Evidence, Limits, Minute, SideEvidence, Step, Verdict, Weights
from cutover.core.thinning import split, troubled

# A share is drawn so often: one drawing of a tenth of the traffic says little.
DRAWINGS = 10
TRIALS = 40  # of finding each rate of errors, from random moments on
WARM_MINUTES = 60
PATIENCE_MINUTES = 300  # trouble that is not found in so many minutes is not found
CONFIRM_MINUTES = 1440  # how far back an alarm is judged again, with ECS beside it
SEED = 20_261_122


class RuleName(StrEnum):
    """The rules that are compared."""

    SEQUENTIAL = "sequential"  # ours
    MINUTE = "per-minute"  # a minute over the fail limit
    THREE = "three-in-a-row"  # three such minutes


@dataclass(frozen=True, slots=True)
class Fate:
    """One rule at one step: bakes rolled back of those replayed; the median minutes to find each of RATES, if it is."""

    rule: RuleName
    rolled_back: int
    bakes: int
    minutes_to_find: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Backtested:
    """One step's fates, and the requests a minute that Lambda would have had."""

    step: Step
    per_minute: float
    fates: tuple[Fate, ...]


class SequentialRule:
    """The judge's own test, one minute at a time."""

    def __init__(self, limits: Limits, phi: float) -> None:
        self._test = ErrorTest(limits, phi, limits.pass_error_rate)

    def alarms(self, minute: Minute) -> bool:
        """Whether it alarms after this minute."""
        self._test.add(minute.requests or 0, minute.errors or 0)
        return self._test.alarm is not None


class PlainRule:
    """So many minutes in a row over the fail limit, whatever they hold."""

    def __init__(self, limits: Limits, in_a_row: int) -> None:
        self._limit, self._needed, self._row = limits.fail_error_rate, in_a_row, 0

    def alarms(self, minute: Minute) -> bool:
        """Whether it alarms after this minute; one without data is passed over."""
        if minute.requests:
            self._row = self._row + 1 if (minute.errors or 0) > self._limit * minute.requests else 0
        return self._row >= self._needed


Alarms = Callable[[Minute], bool]
Confirm = Callable[[Sequence[Minute]], bool]


def rules(limits: Limits, phi: float) -> dict[RuleName, Callable[[], Alarms]]:
    """Each rule, to be begun anew."""
    return {
        RuleName.SEQUENTIAL: lambda: SequentialRule(limits, phi).alarms,
        RuleName.MINUTE: lambda: PlainRule(limits, 1).alarms,
        RuleName.THREE: lambda: PlainRule(limits, 3).alarms,
    }


def backtest(history: Sequence[Minute], steps: Sequence[Step], limits: Limits) -> Iterator[Backtested]:
    """Each step in turn, on ECS's minutes in order and without gaps in time; none of what has no data."""
    burst = burst_of(history, limits.most_burst)
    known = [m.requests for m in history if m.requests is not None]
    if not known:
        return
    mean = sum(known) / len(known)
    for step in steps:
        yield Backtested(step, mean * step.weight / 100, tuple(_fates(history, step, limits, burst)))


def _fates(history: Sequence[Minute], step: Step, limits: Limits, burst: Burst) -> Iterator[Fate]:
    rng = Random(SEED + step.weight)  # noqa: S311 - a simulation, which has to be repeatable
    share, clump = step.weight / 100, round(burst.phi)
    drawings = [split(history, share, clump, rng) for _ in range(DRAWINGS if share < 1 else 1)]
    trials = [_trial(drawings[i % len(drawings)][0], rng) for i in range(TRIALS)]
    trouble = {rate: [list(troubled(after, rate, clump, rng)) for _, after in trials] for rate in RATES}
    for name, begin in rules(limits, burst.phi).items():
        outcomes = [
            _rolls_back(
                bake, begin, _confirmation(beside, step, limits, burst) if name is RuleName.SEQUENTIAL else _at_once
            )
            for mine, theirs in drawings
            for bake, beside in _bakes(mine, theirs, step)
        ]
        found = tuple(
            _median([_found(begin(), before, after) for (before, _), after in zip(trials, trouble[rate], strict=True)])
            for rate in RATES
        )
        yield Fate(name, sum(outcomes), len(outcomes), found)


def _bakes(
    mine: Sequence[Minute], theirs: Sequence[Minute], step: Step
) -> Iterator[tuple[Sequence[Minute], Sequence[Minute]]]:
    """The history in whole bakes; where it is shorter than one, what there is."""
    length = max(1, min(len(mine), step.bake // MINUTE))
    for start in range(0, len(mine) - length + 1, length):
        yield mine[start : start + length], theirs[start : start + length]


def _rolls_back(bake: Sequence[Minute], begin: Callable[[], Alarms], confirm: Confirm) -> bool:
    """Whether the bake ends in a rollback. After an alarm that is not confirmed the rule begins anew."""
    alarms = begin()
    for end, minute in enumerate(bake, start=1):
        if alarms(minute):
            if confirm(bake[:end]):
                return True
            alarms = begin()
    return False


def _at_once(_: Sequence[Minute]) -> bool:
    return True


def _confirmation(beside: Sequence[Minute], step: Step, limits: Limits, burst: Burst) -> Confirm:
    """Our alarms are judged again with ECS beside them, as far as it has traffic: a common cause holds."""

    def confirm(bake: Sequence[Minute]) -> bool:
        if step.weight == 100:
            return True
        mine, theirs = bake[-CONFIRM_MINUTES:], beside[: len(bake)][-CONFIRM_MINUTES:]
        evidence = Evidence(
            since=mine[0].start,
            until=mine[-1].start + MINUTE,
            weights=Weights.of_serverless(step.weight),
            ecs=SideEvidence(tuple(theirs), ()),
            serverless=SideEvidence(tuple(mine), ()),
            burst=burst,
        )
        return any(finding.verdict is Verdict.FAIL for finding in error_findings(evidence, limits))

    return confirm


def _trial(minutes: Sequence[Minute], rng: Random) -> tuple[Sequence[Minute], Sequence[Minute]]:
    """Healthy minutes, and those after them in which there is to be trouble; all with data."""
    known = [minute for minute in minutes if minute.requests]
    warm = min(WARM_MINUTES, len(known) // 2)
    start = rng.randint(warm, max(warm, len(known) - PATIENCE_MINUTES))
    return known[start - warm : start], known[start : start + PATIENCE_MINUTES]


def _found(alarms: Alarms, before: Sequence[Minute], after: Sequence[Minute]) -> int | None:
    for minute in before:
        alarms(minute)
    return next((count for count, minute in enumerate(after, start=1) if alarms(minute)), None)


def _median(times: Sequence[int | None]) -> float | None:
    """The median, with what is not found counted as longest."""
    longest = PATIENCE_MINUTES + 1
    middle = median(longest if time is None else time for time in times)
    return None if middle >= longest else middle
