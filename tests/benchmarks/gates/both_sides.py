"""Both sides in trouble, simulated: how soon, or whether, it is laid to Lambda. Seeded; standard library only."""

from dataclasses import replace
from statistics import median

from cutover.core.burst import burst_of
from cutover.core.errors_gate import error_findings
from cutover.core.models import Side, Verdict
from tests.benchmarks.gates.simulation import ECS, HEALTHY, HISTORY_MINUTES, LIMITS, minutes, seeded
from tests.unit.cutover.core.evidence import evidence, side

TOTAL = 230.0  # requests a minute, of both sides
HEALTHY_MINUTES, TROUBLED_MINUTES = 30, 240
EVERY_MINUTE, THEN_EVERY = 24, 4  # looked at so: each verdict is made of all minutes until then
# ECS's rate and Lambda's. The first ones are more than twice as bad, the others are a trouble of both.
WORSE = ((0.03, 0.10), (0.05, 0.15), (0.08, 0.25), (0.10, 0.25), (0.10, 0.30), (0.10, 0.35), (0.15, 0.40), (0.20, 0.45))
ALIKE = tuple((rate, rate * times) for rate in (0.03, 0.05, 0.1, 0.2, 0.5) for times in (1.0, 1.5))


def laid_to_lambda(rates: tuple[float, float], weight: int, clump: int, seed: int) -> int | None:
    """After how many minutes of a trouble with those rates of ECS and Lambda the gate fails; None: it does not."""
    rng = seeded(f"{rates} {weight} {clump} {seed}")
    past = side(minutes(rng, HISTORY_MINUTES, ECS, HEALTHY, clump)).minutes
    ecs, serverless = (
        minutes(rng, HEALTHY_MINUTES, TOTAL * share / 100, HEALTHY, clump)
        + minutes(rng, TROUBLED_MINUTES, TOTAL * share / 100, rate, clump)
        for share, rate in zip((100 - weight, weight), rates, strict=True)
    )
    looks: list[int] = [*range(1, EVERY_MINUTE), *range(EVERY_MINUTE, TROUBLED_MINUTES + 1, THEN_EVERY)]
    for after in looks:
        end = HEALTHY_MINUTES + after
        given = evidence(side(serverless[:end]), side(ecs[:end]), weight)
        given = replace(given, burst=burst_of((*past, *given.ecs.minutes), LIMITS.most_burst))
        if any(f.side is Side.SERVERLESS and f.verdict is Verdict.FAIL for f in error_findings(given, LIMITS)):
            return after
    return None


def median_minutes(rates: tuple[float, float], weight: int, clump: int, runs: int) -> float:
    """The median of so many runs, in which what is not found counts as endless."""
    found = [laid_to_lambda(rates, weight, clump, seed) for seed in range(runs)]
    return median(float("inf") if after is None else after for after in found)


def part_laid(rates: tuple[float, float], weight: int, clump: int, runs: int) -> float:
    """The part of so many runs that was laid to Lambda."""
    return sum(laid_to_lambda(rates, weight, clump, seed) is not None for seed in range(runs)) / runs
