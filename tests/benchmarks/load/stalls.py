"""The same stalls, measured by each generator: `python -m tests.benchmarks load stalls`.

A server of ours stalls for 10 s in every 30. Ours and vegeta are open loops: what is asked for during a stall waits,
and counts. A closed loop's users all wait in the first moment of it, so that it asks for little, and hardly any of its
requests tell of the stall. The reference is the simplest open loop that can be written.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.load import closed_loop, ours, reference, vegeta
from tests.benchmarks.load.measured import Measured, table
from tests.benchmarks.load.stalling import Stalls, stalling
from tests.gotools import NotBuilt

SIMULATED_USERS = (10, 100)  # of the closed loop
Attack = Callable[[str, Path], Measured]
"""From a server's URL, and a folder of its own."""


@dataclass(frozen=True, slots=True)
class Course:
    """What every generator is asked to do: `rate` a second for `seconds`, best a whole number of periods."""

    rate: int = 100
    seconds: float = 90.0
    stalls: Stalls = field(default_factory=Stalls)


def attacks(course: Course, program: Path | None) -> Mapping[str, Attack]:
    """All generators by name; vegeta only if there is a `program`."""
    rate, seconds = course.rate, course.seconds
    open_loops: dict[str, Attack] = {
        "ours": lambda url, folder: ours.attack(url, rate, seconds, folder),
        "reference": lambda url, _: reference.attack(url, rate, seconds),
    }
    if program is not None:
        open_loops["vegeta"] = lambda url, folder: vegeta.attack(program, url, rate, seconds, folder)
    return {**open_loops, **{f"closed {users}": _closed(users, course) for users in SIMULATED_USERS}}


def _closed(users: int, course: Course) -> Attack:
    return lambda url, folder: closed_loop.attack(url, users, course.rate / users, course.seconds, folder)


def one_by_one(course: Course, chosen: Mapping[str, Attack]) -> Mapping[str, Measured]:
    """Each alone on the machine, with a server of its own."""
    return {name: found for name in chosen for found in together(course, {name: chosen[name]}).values()}


def together(course: Course, chosen: Mapping[str, Attack]) -> Mapping[str, Measured]:
    """All at the same time, each with a server of its own."""
    with ExitStack() as up:
        urls = {name: up.enter_context(stalling(course.stalls)) for name in chosen}
        folder = Path(up.enter_context(tempfile.TemporaryDirectory(prefix="stalls-")))
        pool = up.enter_context(ThreadPoolExecutor(len(chosen)))
        begun = {}
        for name, attack in chosen.items():
            (folder / name).mkdir()
            begun[name] = pool.submit(attack, urls[name], folder / name)
        return {name: future.result() for name, future in begun.items()}


def main(words: Sequence[str]) -> None:
    """Print the table, and how far ours is from vegeta."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks load stalls", description=__doc__)
    parser.add_argument("--seconds", type=float, default=Course().seconds)
    parser.add_argument("--rate", type=int, default=Course().rate)
    parser.add_argument("--stall", type=float, default=Stalls().stall, help="seconds in every period")
    parser.add_argument("--period", type=float, default=Stalls().period)
    parser.add_argument("--together", action="store_true", help="all at once: quicker, and a little less exact")
    asked = parser.parse_args(words)
    course = Course(asked.rate, asked.seconds, Stalls(asked.stall, asked.period))
    found = (together if asked.together else one_by_one)(course, attacks(course, _vegeta()))
    sys.stdout.write(f"{course.stalls.stall:g} s of every {course.stalls.period:g} s stalled\n\n")
    sys.stdout.write(table(list(found.values())) + "\n\n")
    for name in ("vegeta", "reference"):
        if name in found:
            apart = found["ours"].p95_ms / found[name].p95_ms - 1
            sys.stdout.write(f"our p95 is {apart:+.1%} from that of {name}\n")


def _vegeta() -> Path | None:
    try:
        return vegeta.VEGETA.built(os.environ)
    except NotBuilt as error:
        sys.stderr.write(f"without vegeta: {error}\n")
        return None
