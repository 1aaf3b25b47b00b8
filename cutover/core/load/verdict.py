"""What a load test proves: it holds, it does not, the load did not arrive, or there is too little to tell. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cutover.core.load.checks import Check, Rule, checks_of
from cutover.core.load.phases import PhaseResult, RouteResult, Times, phase_results
from cutover.core.load.recovery import Recovery, recoveries
from cutover.core.load.resources import exhausted
from cutover.core.load.run import EndedBy, LoadRun
from cutover.core.words import count, milliseconds, percent, plural

__all__ = ["Check", "PhaseResult", "Recovery", "RouteResult", "Rule", "Standing", "Times", "Verdict", "judge"]

ARRIVED = frozenset({Rule.DELIVERED, Rule.COMPLETE})  # without these nothing else proves anything


class Standing(StrEnum):
    """What it comes to; the first that holds, in the order NOT_DELIVERED, FAIL, UNSURE, PASS.

    Two ends decide by themselves: a run that was aborted fails, one that a person ended is unsure.
    """

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_DELIVERED = "not delivered"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, and everything that it was decided from. `exhausted` is "" where no limit broke."""

    standing: Standing
    headline: str
    checks: tuple[Check, ...]
    phases: tuple[PhaseResult, ...]
    exhausted: str
    recovered_after_seconds: float | None  # the longest recovery; None: none was asked for, or one did not recover
    recoveries: tuple[Recovery, ...] = ()

    @property
    def failed(self) -> Sequence[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if check.passed is False]

    @property
    def untold(self) -> Sequence[Check]:
        """The checks for which there was too little to tell."""
        return [check for check in self.checks if check.passed is None]


def judge(run: LoadRun) -> Verdict:
    """Hold the run against its limits. The first seconds count as all others do: there is no hidden warm-up."""
    results, recovered = phase_results(run), recoveries(run)
    checks = checks_of(run, results, recovered)
    standing = _standing(run, checks)
    failed = [check for check in checks if check.passed is False]
    broken = {check.phase for check in failed}
    after = [one.after_seconds for one in recovered]
    known = [one for one in after if one is not None]
    return Verdict(
        standing=standing,
        headline=_headline(run, standing, checks, results),
        checks=checks,
        phases=results,
        exhausted=exhausted(
            run,
            [result for result in results if result.phase.name in broken],
            by_answers=any(check.name not in ARRIVED for check in failed),
        ),
        recovered_after_seconds=max(known) if known and len(known) == len(after) else None,
        recoveries=recovered,
    )


def _standing(run: LoadRun, checks: Sequence[Check]) -> Standing:
    if run.ended_by is EndedBy.ABORT:
        return Standing.FAIL
    if run.ended_by is EndedBy.PERSON:
        return Standing.UNSURE
    failed = {check.name for check in checks if check.passed is False}
    if failed & ARRIVED:
        return Standing.NOT_DELIVERED
    if failed:
        return Standing.FAIL
    return Standing.UNSURE if any(check.passed is None for check in checks) else Standing.PASS


def _headline(run: LoadRun, standing: Standing, checks: Sequence[Check], results: Sequence[PhaseResult]) -> str:
    if standing is Standing.PASS:
        return f"{run.target.name} holds {run.profile.name}: {_measured(results)}"
    said = {
        Standing.FAIL: f"{run.target.name} does not hold {run.profile.name}",
        Standing.NOT_DELIVERED: f"the load of {run.profile.name} did not arrive whole, so nothing is proved",
        Standing.UNSURE: f"too little to tell whether {run.target.name} holds {run.profile.name}",
    }
    deciding = [check for check in checks if _decides(check, standing)]
    more = f"; and {len(deciding) - 1} more" if len(deciding) > 1 else ""
    broken = sum(check.passed is False for check in checks if check not in deciding)
    besides = f"; besides, {plural(broken, 'limit')} broke" if broken else ""
    return f"{said[standing]}: {_spoken(deciding[0])}{more}{besides}"


def _decides(check: Check, standing: Standing) -> bool:
    if standing is Standing.NOT_DELIVERED:
        return check.passed is False and check.name in ARRIVED
    return check.passed is (None if standing is Standing.UNSURE else False)


def _spoken(check: Check) -> str:
    where = f" in {check.phase}" if check.phase else ""
    name = "" if check.name is Rule.COMPLETE else f"{check.name} "
    why = f" ({check.why})" if check.why else ""
    return f"{name}{check.found}{where}, {check.limit} wanted{why}"


def _measured(results: Sequence[PhaseResult]) -> str:
    requests = sum(one.requests for one in results)
    bad = sum(one.errors + one.wrong for one in results)
    p95, p99 = (
        max((getattr(one.response, name) for one in results if one.requests), default=0.0)
        for name in ("p95_ms", "p99_ms")
    )
    rate = percent(bad / requests if requests else 0.0)
    return f"{count(requests)} requests, p95 {milliseconds(p95)}, p99 {milliseconds(p99)}, {rate} errors"
