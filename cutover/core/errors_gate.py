"""The error-rate gate: Wilson bounds over the judged interval, and a look at the newest minutes for sudden failures."""

from dataclasses import dataclass

from cutover.core.models import Evidence, Finding, Limits, Side, SideEvidence, Verdict, Why
from cutover.core.stats import Tally, wilson
from cutover.core.words import NAMES, count, percent, plural

GATE = "error-rate"
# The newest so many minutes are looked at by themselves, so that an outage is not diluted by a healthy past.
LOOKS = (1, 3, 5, 10, 15, 30, 60)
# Both sides fail alike when ECS's rate is at least this part of Lambda's: a shared database is down, not Lambda.
ALIKE = 0.5
# A point rate over the pass limit counts as "in the band" without a bound above it from this many times min_requests.
PLENTY = 10


@dataclass(frozen=True, slots=True)
class Look:
    """Errors and requests of the newest `minutes` minutes; `whole`: the whole judged interval."""

    minutes: int
    errors: int
    requests: int
    whole: bool

    @property
    def rate(self) -> float:
        """The point rate; 0 of no requests."""
        return self.errors / self.requests if self.requests else 0.0

    def fails(self, limits: Limits) -> bool:
        """Above the fail limit, with evidence that it is not chance; one that is taken anew each minute needs more."""
        if self.requests < limits.min_requests or self.rate <= limits.fail_error_rate:
            return False
        z = limits.confidence_z if self.whole else limits.look_z
        return wilson(self.errors, self.requests, z)[0] > limits.pass_error_rate


def error_findings(evidence: Evidence, limits: Limits) -> tuple[Finding, ...]:
    """The finding of each side that the weights send traffic to."""
    ecs, serverless = _looks(evidence.ecs), _looks(evidence.serverless)
    findings = []
    if evidence.weights.serverless:
        findings.append(_of_serverless(serverless, ecs, limits))
    if evidence.weights.ecs:
        findings.append(_of_ecs(ecs, limits))
    return tuple(findings)


def _looks(side: SideEvidence) -> tuple[Look, ...]:
    tally = Tally(side.minutes)
    newest = [Look(k, *tally.newest(k), whole=False) for k in LOOKS if k < tally.minutes]
    return (*newest, Look(tally.minutes, *tally.whole(), whole=True))


def _of_serverless(looks: tuple[Look, ...], ecs: tuple[Look, ...], limits: Limits) -> Finding:
    failing = [(look, other) for look, other in zip(looks, ecs, strict=True) if look.fails(limits)]
    alone = [look for look, other in failing if not _alike(look, other, limits)]
    if alone:
        look = max(alone, key=lambda look: (look.rate, look.minutes))
        text = f"{_measured(Side.SERVERLESS, look)} is over {percent(limits.fail_error_rate)}{_sureness(look, limits)}"
        return _finding(look, Side.SERVERLESS, Verdict.FAIL, text, limits)
    if failing:
        look, other = failing[0]
        text = (
            f"common cause: {_measured(Side.SERVERLESS, look)} and ECS's is {percent(other.rate)}"
            f" ({count(other.errors)} of {count(other.requests)}): going back to ECS would not help"
        )
        return _finding(look, Side.SERVERLESS, Verdict.HOLD, text, limits, Why.COMMON)
    return _passing_or_held(looks[-1], limits)


def _alike(look: Look, other: Look, limits: Limits) -> bool:
    return other.fails(limits) and other.rate >= ALIKE * look.rate


def _passing_or_held(look: Look, limits: Limits) -> Finding:
    low, high = wilson(look.errors, look.requests, limits.confidence_z)
    said, limit = _measured(Side.SERVERLESS, look), percent(limits.pass_error_rate)
    if high < limits.pass_error_rate:
        text = f"{said}, at most {percent(high)}, is under {limit}"
        return _finding(look, Side.SERVERLESS, Verdict.PASS, text, limits)
    plenty = look.requests >= PLENTY * limits.min_requests and look.rate >= limits.pass_error_rate
    if plenty or (low >= limits.pass_error_rate and look.requests >= limits.min_requests):
        text = f"{said} is between {limit} and {percent(limits.fail_error_rate)}"
        if look.rate > limits.fail_error_rate:
            text = f"{said} is over {limit}"
        return _finding(look, Side.SERVERLESS, Verdict.HOLD, text, limits, Why.BAND)
    if not look.requests:
        text = "Lambda has served no request in the judged time yet"
        return _finding(look, Side.SERVERLESS, Verdict.HOLD, text, limits, Why.SAMPLES)
    text = f"{said} may be as much as {percent(high)}: too few requests to know that it is under {limit}"
    return _finding(look, Side.SERVERLESS, Verdict.HOLD, text, limits, Why.SAMPLES)


def _of_ecs(looks: tuple[Look, ...], limits: Limits) -> Finding:
    failing = next((look for look in looks if look.fails(limits)), None)
    if failing:
        text = f"{_measured(Side.ECS, failing)} is over {percent(limits.fail_error_rate)}: ECS itself is failing"
        return _finding(failing, Side.ECS, Verdict.HOLD, text, limits, Why.BAND)
    return _finding(looks[-1], Side.ECS, Verdict.PASS, f"{_measured(Side.ECS, looks[-1])}, for comparison", limits)


def _measured(side: Side, look: Look) -> str:
    where = "" if look.whole else f" in the newest {plural(look.minutes, 'minute')}"
    return (
        f"{NAMES[side]} error rate {percent(look.rate)}"
        f" ({count(look.errors)} of {plural(look.requests, 'request')}{where})"
    )


def _sureness(look: Look, limits: Limits) -> str:
    z = limits.confidence_z if look.whole else limits.look_z
    return f", and not by chance: at least {percent(wilson(look.errors, look.requests, z)[0])}"


def _finding(look: Look, side: Side, verdict: Verdict, text: str, limits: Limits, why: Why | None = None) -> Finding:
    return Finding(
        gate=GATE,
        side=side,
        verdict=verdict,
        text=text,
        value=look.rate if look.requests else None,
        limit=limits.fail_error_rate if verdict is Verdict.FAIL else limits.pass_error_rate,
        samples=look.requests,
        why=why,
        bound=wilson(look.errors, look.requests, limits.confidence_z)[1] if look.requests else None,
    )
