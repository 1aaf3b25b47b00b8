"""Alternates our import, a Node peer and psql's own \\copy, checks each result, and shows the medians.

`python -m tests.benchmarks.parts_lists [--rounds N] [--rows N] [--no-node] [--no-foreign-key]`. The peer's npm
packages go into a directory that is deleted in the end. \\copy checks nothing and counts nothing: it is the limit of
what can be had. More than half of its time is PostgreSQL's check that the list of each part is there; without that
foreign key one sees the rest.
"""

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.db.migrate import upgrade
from service.db.models.parts_list import LIST_OF_PART
from tests.integration.postgres import Postgres, running_postgres

PACKAGES = ("csv-parser@3", "drizzle-orm@0.44", "pg@8")
PEER = Path(__file__).with_name("peer.mjs")
MOC_ID, LIST_ID = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
COLORS = ("Black", "White", "Red", "Blue", "Dark Bluish Gray", "Trans-Clear", "Tan")
INSTALL_SECONDS, RUN_SECONDS = 180, 300
GOAL_OF_PEER, GOAL_OF_COPY, GOAL_PEAK_MB = 10.0, 0.5, 60.0

SETUP = f"""INSERT INTO moc_instructions (id, user_id, title, type) VALUES ('{MOC_ID}', 'ada', 'Falcon', 'moc');
INSERT INTO moc_parts_lists (id, moc_id, title, status, source_key)
 VALUES ('{LIST_ID}', '{MOC_ID}', 'Parts', 'pending', 'parts.csv');
CREATE SEQUENCE lines;
ALTER TABLE moc_parts ALTER parts_list_id SET DEFAULT '{LIST_ID}', ALTER line SET DEFAULT nextval('lines')"""
WITHOUT_FOREIGN_KEY = f"ALTER TABLE moc_parts DROP CONSTRAINT {LIST_OF_PART}"
RESET = f"""TRUNCATE moc_parts; ALTER SEQUENCE lines RESTART;
UPDATE moc_parts_lists SET status = 'pending', total_parts_count = NULL WHERE id = '{LIST_ID}';
UPDATE moc_instructions SET total_piece_count = NULL"""
RESULT = "SELECT count(*), sum(quantity) FROM moc_parts"
COUNTED = f"SELECT total_parts_count FROM moc_parts_lists WHERE id = '{LIST_ID}'"


@dataclass(frozen=True, slots=True)
class Run:
    """How long one import took, and the most memory that it held (0 = not known)."""

    seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where the imports run."""

    server: Postgres
    dsn: str
    file: Path
    packages: Path

    def ours(self) -> Run:
        """The service's parser."""
        module = "tests.benchmarks.parts_lists.ours"
        return self._told([sys.executable, "-m", module, str(self.file), self.dsn, LIST_ID])

    def node(self) -> Run:
        """The peer."""
        return self._told(["node", str(self.packages / PEER.name), str(self.file), self.dsn, LIST_ID, MOC_ID])

    def copy(self) -> Run:
        """psql's \\copy, its start and end included."""
        columns = "part_id, name, quantity, color"
        begun = time.perf_counter()
        self.server.run(f"\\copy moc_parts ({columns}) FROM '{self.file}' WITH (FORMAT csv, HEADER)", self.dsn)
        return Run(time.perf_counter() - begun, 0)

    def _told(self, command: Sequence[str]) -> Run:
        done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
        if done.returncode:
            raise SystemExit(f"{command[0]} failed: {done.stderr}")
        told = json.loads(done.stdout.splitlines()[-1])
        return Run(told["seconds"], told["peak_mb"])


def main() -> None:
    """Run them all."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="parts-lists-") as directory, running_postgres() as server:
        dsn = server.create_database()
        upgrade(dsn)
        server.run(SETUP if asked.foreign_key else f"{SETUP}; {WITHOUT_FOREIGN_KEY}", dsn)
        place = Place(server, dsn, Path(directory) / "parts.csv", Path(directory))
        pieces = write_list(place.file, asked.rows)
        ways: dict[str, Callable[[], Run]] = {"ours": place.ours, "copy": place.copy}
        if asked.node and installed(place.packages):
            ways["node"] = place.node
        runs = measured(place, ways, asked.rounds, f"{asked.rows}|{pieces}")
    sys.stdout.write(report(runs, asked.rows))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.parts_lists", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument(
        "--no-foreign-key", dest="foreign_key", action="store_false", help="without the check of each part's list"
    )
    parser.add_argument("--no-node", dest="node", action="store_false", help="without the peer")
    return parser.parse_args()


def write_list(path: Path, rows: int) -> int:
    """A list of that many rows, some of its names quoted; returns its pieces."""
    pieces = 0
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Part ID", "Part Name", "Quantity", "Color"])
        for number in range(rows):
            quantity = 1 + number * 7919 % 40
            name = f"Plate {number % 8} x {number % 16}, no. {number}" if number % 10 == 0 else f"Brick no. {number}"
            writer.writerow([f"{3000 + number % 5000}", name, quantity, COLORS[number % len(COLORS)]])
            pieces += quantity
    path.chmod(0o644)
    return pieces


def installed(directory: Path) -> bool:
    """Whether the peer and its packages are in that directory now."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        sys.stdout.write("no node or npm here: without the peer\n")
        return False
    shutil.copy(PEER, directory)
    command = [npm, "install", "--prefix", str(directory), "--no-package-lock", "--no-audit", "--no-fund", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode:
        sys.stdout.write(f"npm can't install {', '.join(PACKAGES)}: without the peer\n{done.stderr}")
    return done.returncode == 0


def measured(
    place: Place, ways: Mapping[str, Callable[[], Run]], rounds: int, expected: str
) -> Mapping[str, Sequence[Run]]:
    """Each way once a round, begun by another one each time. Ends the program when a way has not imported the list."""
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            place.server.run(RESET, place.dsn)
            runs[name].append(ways[name]())
            found = place.server.run(RESULT, place.dsn)
            counted = place.server.run(COUNTED, place.dsn)
            if found != [expected] or (name != "copy" and counted != [expected.partition("|")[2]]):
                raise SystemExit(f"{name} imported {found}, counted {counted}; the list has {expected}")
    return runs


def report(runs: Mapping[str, Sequence[Run]], rows: int) -> str:
    """The medians, and how they stand to the goals."""
    seconds = {name: statistics.median(run.seconds for run in found) for name, found in runs.items()}
    lines = []
    for name, found in runs.items():
        peak = statistics.median(run.peak_mb for run in found)
        memory = f"{peak:5.0f} MB" if peak else "       -"
        lines.append(f"{name:5} {seconds[name]:7.3f} s {rows / seconds[name]:10,.0f} rows/s  peak {memory}")
    if "node" in seconds:
        lines.append(_against("the Node peer", _ratio(runs, "node"), GOAL_OF_PEER))
    lines.append(_against("\\copy", _ratio(runs, "copy"), GOAL_OF_COPY))
    peak = max(run.peak_mb for run in runs["ours"])
    lines.append(f"peak memory {peak:.0f} MB (goal: below {GOAL_PEAK_MB:.0f})")
    return "\n".join(lines) + "\n"


def _ratio(runs: Mapping[str, Sequence[Run]], other: str) -> float:
    """How many times as fast as `other` we are: the median over the rounds, as a machine's pace changes."""
    pairs = zip(runs[other], runs["ours"], strict=True)
    return statistics.median(theirs.seconds / ours.seconds for theirs, ours in pairs)


def _against(whom: str, ratio: float, goal: float) -> str:
    return f"{ratio:.2f} times {whom} (goal: {goal:g})"


if __name__ == "__main__":
    main()
