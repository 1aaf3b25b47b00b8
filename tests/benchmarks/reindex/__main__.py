"""Alternates our loader, an ORM stream through opensearch-py and ready-made bodies, and shows the medians.

`python -m tests.benchmarks reindex [--rows N] [--rounds N] [--search sink|osmem|opensearch] [--only NAME]`. Each run is
a whole process, from its start to its exit, against a search server that is new. Ours is the task that loads a range of
keys, here all of them: with checkpoints, versions, and what is refused sent again.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.db.migrate import upgrade
from tests.benchmarks.reindex.place import Place, Run, make_bodies
from tests.benchmarks.reindex.rows import seed
from tests.integration.postgres import running_postgres

GOAL_OF_STREAM, GOAL_OF_CPU, GOAL_OF_READY, GOAL_PEAK_MB = 8.0, 20.0, 0.95, 200.0


def main() -> None:
    """Run them all."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="reindex-") as directory, running_postgres() as server:
        dsn = server.create_database()
        upgrade(dsn)
        seed(server, dsn, asked.rows)
        place = Place(dsn, Path(directory), asked.search, asked.rows)
        chosen = {name: command for name, command in place.commands().items() if name in (asked.only or (name,))}
        if "ready-made" in chosen:
            make_bodies(dsn, place.bodies)
        runs = alternated(place, chosen, asked.rounds)
    sys.stdout.write(report(runs, asked.rows, asked.search))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks reindex", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--search", choices=("sink", "osmem", "opensearch"), default="sink")
    parser.add_argument("--only", action="append", choices=("ours", "orm stream", "ready-made"), help="may be repeated")
    return parser.parse_args()


def alternated(place: Place, commands: Mapping[str, Sequence[str]], rounds: int) -> Mapping[str, Sequence[Run]]:
    """Each client once a round, begun by another one each time."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    names = list(commands)
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            runs[name].append(place.run(commands[name]))
            sys.stderr.write(f"{name:10} {_told([runs[name][-1]], place.rows)}\n")
    return runs


def report(runs: Mapping[str, Sequence[Run]], rows: int, search: str) -> str:
    """The medians, and how they stand to the goals."""
    lines = [f"{rows:,} rows to {search}"]
    lines += [f"{name:10} {_told(found, rows)}" for name, found in runs.items()]
    if "ours" in runs and "orm stream" in runs and search == "sink":
        faster = ratio(runs["orm stream"], runs["ours"], "seconds")
        lighter = ratio(runs["orm stream"], runs["ours"], "cpu_seconds")
        lines.append(f"{faster:.1f} times as fast as the ORM stream (goal: {GOAL_OF_STREAM:g})")
        lines.append(f"{lighter:.1f} times less CPU than the ORM stream (goal: {GOAL_OF_CPU:g})")
    if "ours" in runs and "ready-made" in runs:
        goal = f" (goal: {GOAL_OF_READY:g})" if search == "osmem" else ""
        lines.append(f"{ratio(runs['ready-made'], runs['ours'], 'seconds'):.2f} of ready-made bodies{goal}")
    if "ours" in runs:
        peak = max(run.peak_mb for run in runs["ours"])
        lines.append(f"peak memory {peak:.0f} MB (goal: below {GOAL_PEAK_MB:.0f})")
    return "\n".join(lines) + "\n"


def ratio(theirs: Sequence[Run], ours: Sequence[Run], what: str) -> float:
    """How many times as much of it they need: the median over the rounds, as a machine's pace changes."""
    pairs = zip(theirs, ours, strict=True)
    return float(statistics.median(getattr(one, what) / getattr(other, what) for one, other in pairs))


def _told(runs: Sequence[Run], rows: int) -> str:
    seconds, cpu, peak = (statistics.median(getattr(run, what) for run in runs) for what in Run.__slots__)
    return f"{rows / seconds:10,.0f} docs/s  {seconds:7.2f} s  CPU {cpu:6.2f} s  peak {peak:5.0f} MB"


if __name__ == "__main__":
    main()
