"""The long form: `python -m tests.fuzz --minutes 10 --seed 7`; further options are Schemathesis's own."""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.rig import Plan, configure, run
from tests.integration.rehearsal.stack_rig import SIDES, up

GRACE_SECONDS = 900.0  # the phases that have no end of their own are finished first
MAX_SEED = 2**32
A_ROUND = Plan(examples=100, scenarios=200)  # rounds follow each other until the time is up


def main(arguments: Sequence[str] | None = None) -> int:
    """Both sides one after the other: 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for each side (default: %(default)g)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(MAX_SEED), help="default: another one each time")
    parser.add_argument("--side", choices=SIDES, action="append", help="only this side")
    asked, options = parser.parse_known_args(arguments)
    seconds = max(1, round(asked.minutes * 60))
    long = ["--seed", str(asked.seed), "--max-time", str(seconds), "--continue-on-failure", *options]
    ok = True
    with tempfile.TemporaryDirectory(prefix="lego-fuzz-") as folder, up(Path(folder)) as stack:
        config = configure(Path(folder), stack.described["tokens"], A_ROUND)
        for side in asked.side or SIDES:
            sys.stdout.write(f"\n{side}, seed {asked.seed}, {asked.minutes:g} minutes: {stack.url(side)}\n")
            sys.stdout.flush()
            found = run(config, stack.url(side), long, seconds=seconds + GRACE_SECONDS)
            sys.stdout.write(found.output)
            ok = ok and found.ok
    return 0 if ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
