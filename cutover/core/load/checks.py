"""One rule after the other: what a load test must have shown, and what it did show. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from cutover.core.durations import format_duration
from cutover.core.load.phases import PhaseResult, ended_at
from cutover.core.load.recovery import Recovery
from cutover.core.load.resources import busy_in, generator_in_words
from cutover.core.load.run import EndedBy, Limits, LoadRun
from cutover.core.words import count, milliseconds, percent, plural


class Rule(StrEnum):
    """What is checked."""

    DELIVERED = "delivered"
    COMPLETE = "complete"  # all measurements are there, and all phases ran
    ERRORS = "errors"
    THROTTLED = "429"
    P95 = "p95"
    P99 = "p99"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule, in one phase ("": in the whole run). `passed` is None where there is too little to tell."""

    name: Rule
    phase: str
    found: str
    limit: str
    passed: bool | None
    why: str = ""


def checks_of(run: LoadRun, results: Sequence[PhaseResult], recovered: Sequence[Recovery]) -> tuple[Check, ...]:
    """Every rule on every phase that was to send anything, and on the run as a whole."""
    checks = list(_complete(run))
    if not any(result.requests or result.asked for result in results):
        nothing = "without a request nothing is proved"
        checks.append(Check(Rule.COMPLETE, "", "nothing was asked", "requests", passed=None, why=nothing))
    for result in results:
        if not result.asked and not result.requests:
            checks += _nothing_asked(run, result)
            continue
        checks += [_delivered(run, result), *_answers(result, run.limits), *_times(result, run.limits)]
    return (*checks, *(_recovery(run, one) for one in recovered))


def floored(share: float) -> str:
    """A share in percent, rounded down, so that one below its limit never looks as if it were not."""
    return percent(math.floor(share * 1000) / 1000)


def _complete(run: LoadRun) -> Sequence[Check]:
    after = f"after {_span(ended_at(run) - run.started)} of {_span(run.profile.seconds)}"
    lost = [note.text for note in run.notes if note.lost]
    if lost or run.ended_by is EndedBy.LOST:
        why = "; ".join(dict.fromkeys(lost)) or "a worker is gone"
        return [Check(Rule.COMPLETE, "", "measurements are missing", "all of them", passed=False, why=why)]
    ends = {
        EndedBy.PERSON: (None, f"interrupted {after}", ""),
        EndedBy.ABORT: (False, f"aborted {after}", "; ".join(note.text for note in run.notes)),
        EndedBy.NOTHING: (None, f"nothing is known {after}", "nobody wrote down an end: it was killed, or goes on"),
    }
    if run.ended_by not in ends:
        return []
    passed, found, why = ends[run.ended_by]
    return [Check(Rule.COMPLETE, "", found, "all phases", passed=passed, why=why)]


def _nothing_asked(run: LoadRun, result: PhaseResult) -> Sequence[Check]:
    """Of a pause there is nothing to say; of any other phase without arrivals, that it proves nothing."""
    if not result.phase.rate:
        return []
    found, why = "did not run", f"the run ended {_span(ended_at(run) - run.started)} after its start"
    if result.planned:
        found, why = "no arrival came up", f"so few are planned ({result.planned:.0f}) that chance may leave none"
    return [Check(Rule.COMPLETE, result.phase.name, found, "all phases", passed=None, why=why)]


def _delivered(run: LoadRun, result: PhaseResult) -> Check:
    share = result.delivered or 0.0
    found = f"{floored(share)} ({count(result.requests)} of {count(result.asked)})"
    limit = f"at least {percent(run.limits.min_delivered)}"
    late = _late_by_itself(result, run.limits)
    good = share >= run.limits.min_delivered and not late
    why = "" if good else "; ".join([*late, *_missing(run, result)])
    return Check(Rule.DELIVERED, result.phase.name, found, limit, passed=good, why=why)


def _late_by_itself(result: PhaseResult, limits: Limits) -> Sequence[str]:
    """Limits that only the waiting before the sending breaks: those requests did not come when they should have."""
    pairs = (
        ("p95", result.due.p95_ms, result.service.p95_ms, limits.pass_p95_ms),
        ("p99", result.due.p99_ms, result.service.p99_ms, limits.pass_p99_ms),
    )
    return [
        f"the generator sent them too late: a {name} of {_beside(due or 0.0, limit)} from the intended start is one of"
        f" {_beside(service or 0.0, limit)} from the sending"
        for name, due, service, limit in pairs
        if result.requests >= limits.p95_min_samples and (service or limit) < limit <= (due or 0.0)
    ]


def _missing(run: LoadRun, result: PhaseResult) -> Sequence[str]:
    why = []
    busy = busy_in(run, {result.phase.name})
    if result.dropped:
        under_way = f"since as many as may be under way at once ({count(run.in_flight_cap)}) were"
        why.append(f"{plural(result.dropped, 'arrival')} dropped, {under_way}: answers came too slowly")
    if result.unfinished:
        why.append(f"{plural(result.unfinished, 'request')} had not ended when the run did")
    if never := result.asked - result.drawn:
        cut = f" (the run ended after {_span(result.seconds)} of the phase)" * (result.seconds < result.phase.seconds)
        why.append(f"{plural(max(0, never), 'arrival')} never came up{cut}")
    if busy.generator_late:
        why.append(f"the generator was too slow: {generator_in_words(busy)}")
    return why


def _answers(result: PhaseResult, limits: Limits) -> Sequence[Check]:
    """Errors and throttled requests: told apart, as the one is the target's failure and the other its limit."""
    if not result.requests:
        return []
    phase = result.phase.name
    wrong = f", {count(result.wrong)} of them wrong answers" * bool(result.wrong)
    errors = f"{percent(result.error_rate)} ({count(result.errors + result.wrong)} of {count(result.requests)}{wrong})"
    throttled = f"{percent(result.throttle_rate)} ({count(result.throttled)} of {count(result.requests)})"
    few_errors = result.error_rate < limits.pass_error_rate
    few_throttled = result.throttle_rate < limits.fail_throttle_rate
    return [
        Check(Rule.ERRORS, phase, errors, f"under {percent(limits.pass_error_rate)}", passed=few_errors),
        Check(Rule.THROTTLED, phase, throttled, f"under {percent(limits.fail_throttle_rate)}", passed=few_throttled),
    ]


def _times(result: PhaseResult, limits: Limits) -> Sequence[Check]:
    rules = (
        (Rule.P95, result.due.p95_ms, limits.pass_p95_ms),
        (Rule.P99, result.due.p99_ms, limits.pass_p99_ms),
    )
    if not result.requests:
        return []
    missing = result.drawn - result.requests
    few = result.requests < limits.p95_min_samples
    why = f"{plural(result.requests, 'request')}, and it takes {count(limits.p95_min_samples)}" if few else ""
    return [
        Check(
            rule,
            result.phase.name,
            "not known" if found is None else _beside(found, limit),
            f"under {milliseconds(limit)}",
            passed=None if few or found is None else found < limit,
            why=why
            or (f"{plural(missing, 'arrival')} of {count(result.drawn)} got no answer" if found is None else ""),
        )
        for rule, found, limit in rules
    ]


def _recovery(run: LoadRun, recovery: Recovery) -> Check:
    limit = f"within {_span(run.limits.recovery_seconds)}"
    phase = recovery.phase.name
    if recovery.limit_ms is None:
        why = "no ten seconds before the spike had enough requests for a p95"
        return Check(Rule.RECOVERY, phase, "not known", limit, passed=None, why=why)
    back = f"p95 at most {milliseconds(recovery.limit_ms)}"
    if recovery.after_seconds is not None:
        good = recovery.after_seconds <= run.limits.recovery_seconds
        return Check(Rule.RECOVERY, phase, f"after {_span(recovery.after_seconds)}", limit, passed=good, why=back)
    if recovery.seen_seconds >= run.limits.recovery_seconds:
        return Check(Rule.RECOVERY, phase, f"not in {_span(recovery.seen_seconds)}", limit, passed=False, why=back)
    why = f"{back}; nothing is known after {_span(recovery.seen_seconds)}"
    return Check(Rule.RECOVERY, phase, "not yet", limit, passed=None, why=why)


def _span(seconds: float) -> str:
    return format_duration(timedelta(seconds=math.ceil(seconds)))


def _beside(found_ms: float, limit_ms: float) -> str:
    """Whole milliseconds, but for a time that would then look as if it were its limit."""
    near = round(found_ms) == round(limit_ms)
    return f"{found_ms:.1f} ms" if near else milliseconds(found_ms)
