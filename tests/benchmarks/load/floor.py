"""What the generator itself costs and adds: `python -m tests.benchmarks load floor`.

A server that answers everything at once, at five times the rate of a usual day: what is measured then is the generator.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.load import ours
from tests.benchmarks.load.measured import table
from tests.benchmarks.load.stalling import Stalls, stalling

AT_ONCE = Stalls(stall=0.0)


def main(words: Sequence[str]) -> None:
    """Print what it measures of nothing, and how much of a core it takes."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks load floor", description=__doc__)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="floor-") as name, stalling(AT_ONCE) as url:
        folder = Path(name)
        around = ours.told(folder, url, asked.rate, asked.seconds)
        many = ["--processes", str(asked.processes)] if asked.processes > 1 else []
        before, began = os.times(), time.monotonic()
        run = ours.run(around, asked.seconds, folder, *many)
        took, after = time.monotonic() - began, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    sys.stdout.write(table([ours.found(run)]) + "\n\n")
    sys.stdout.write(f"{used:.1f} s of CPU in {took:.1f} s, with starting: {used / took:.0%} of a core\n")
    generator = [line.cores["generator"] for line in run.resources if "generator" in line.cores]
    if generator:
        sys.stdout.write(
            f"as it says itself: {sum(generator) / len(generator):.0%} of a core, {max(generator):.0%} at most\n"
        )
