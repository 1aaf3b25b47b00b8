"""Prints the table of runbooks/gates.md: `python -m tests.benchmarks gates --runs 2000`."""

import argparse
import sys

from tests.benchmarks.gates.both_sides import ALIKE, TROUBLED_MINUTES, WORSE, median_minutes, part_laid
from tests.benchmarks.gates.simulation import (
    BORDERLINE,
    CLUMPS,
    HEALTHY,
    RULES,
    TROUBLES,
    false_rollbacks,
    minutes_to_find,
    sampling_error,
)


def main() -> None:
    """Simulate, and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--both", type=int, default=60, help="runs of each trouble of both sides")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.runs:
        _one_side(given)
    _both_sides(given.both)


def _one_side(given: argparse.Namespace) -> None:
    heads = [f"rolled back at {rate:.1%}" for rate in (HEALTHY, BORDERLINE)] + [f"finds {t:.0%}" for t in TROUBLES]
    _say("| rule | clumps of | " + " | ".join(heads) + " |")
    _say("|---|---|" + "---|" * len(heads))
    for clump in CLUMPS:
        fates = [false_rollbacks(rate, clump, given.runs, given.seed) for rate in (HEALTHY, BORDERLINE)]
        found = [minutes_to_find(trouble, clump, given.runs, given.seed) for trouble in TROUBLES]
        for index, rule in enumerate(RULES):
            cells = [f"{fate.part(index):.1%} ± {sampling_error(fate.part(index), fate.runs):.1%}" for fate in fates]
            cells += [f"{times[index]:g} min" for times in found]
            _say(f"| {rule} | {clump} | " + " | ".join(cells) + " |")


def _both_sides(runs: int) -> None:
    shares = ((50, 1), (50, 5), (10, 1), (10, 5))
    heads = " | ".join(f"{weight}%, clumps of {clump}" for weight, clump in shares)
    _say(f"\n| ECS, Lambda | {heads} |")
    _say("|---|" + "---|" * len(shares))
    for rates in WORSE:
        cells = (_minutes(median_minutes(rates, weight, clump, runs)) for weight, clump in shares)
        _say(f"| {rates[0]:.0%}, {rates[1] * 100:g}% | " + " | ".join(cells) + " |")
    for rates in ALIKE:
        cells = (f"{part_laid(rates, weight, clump, runs):.1%}" for weight, clump in shares)
        _say(f"| {rates[0]:.0%}, {rates[1] * 100:g}% | " + " | ".join(cells) + " |")


def _minutes(median: float) -> str:
    return f"{median:g} min" if median <= TROUBLED_MINUTES else f"over {TROUBLED_MINUTES}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
