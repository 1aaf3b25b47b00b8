"""Recorded runs as files, and files as recorded runs: load tests, and a rehearsal's outcome."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from cutover.core.load.lines import line_of
from cutover.core.load.run import LoadRun, run_of
from cutover.load.folder import LINES, RUN
from cutover.rehearsal.checks import Ending
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.recording import Recording, Served, Told, Typed
from cutover.rehearsal.rehearse import Outcome
from cutover.rehearsal.traffic import Second
from cutover.rehearsal.wish import Wish

FOLDER = Path(__file__).parent
PAPERS = Path("rehearsals/recorded")  # instead of the folder of the machine on which it was held


def load_run(name: str) -> LoadRun:
    """The load test of that name."""
    place = FOLDER / name
    with gzip.open(place / f"{LINES}.gz", "rb") as lines:
        return run_of(json.loads((place / RUN).read_bytes()), map(line_of, lines))


def keep_load_run(folder: Path, name: str) -> None:
    """Keep the folder of a run that is over."""
    place = FOLDER / name
    place.mkdir(exist_ok=True)
    (place / RUN).write_bytes((folder / RUN).read_bytes())
    _write(place / f"{LINES}.gz", (folder / LINES).read_bytes())


def outcome(name: str) -> Outcome:
    """The rehearsal of that name."""
    with gzip.open(FOLDER / f"{name}.json.gz", "rb") as file:
        raw = json.load(file)
    wish = Wish(PAPERS, quick=True, injection=Injection.parse(raw["injection"]))
    scenario = wish.scenario
    recording = Recording(
        **raw["clock"],
        told=msgspec.convert(raw["told"], list[Told]),
        seconds=msgspec.convert(raw["seconds"], list[Second]),
        served=msgspec.convert(raw["served"], list[Served]),
        injected=[(at, scenario.events[number]) for at, number in raw["injected"]],
        cleared=[(at, scenario.events[number]) for at, number in raw["cleared"]],
        typed=msgspec.convert(raw["typed"], list[Typed]),
        reindexed=raw["reindexed"],
        drill=raw["drill"],
    )
    return Outcome(wish, recording, msgspec.convert(raw["ending"], Ending), (), raw["edge"], raw["seconds_to_start"])


def keep_outcome(held: Outcome, injection: Injection, name: str) -> None:
    """Keep what a quick rehearsal with that fault came to."""
    _write(FOLDER / f"{name}.json.gz", json.dumps(plain(held, injection)).encode())


def plain(held: Outcome, injection: Injection) -> Mapping[str, Any]:
    """The outcome as JSON can hold it."""
    recording, events = held.recording, injection.scenario().events
    return {
        "injection": f"{injection.fault}@{injection.step}",
        "clock": {name: getattr(recording, name) for name in ("factor", "epoch", "started", "ended")},
        **{name: msgspec.to_builtins(getattr(recording, name)) for name in ("told", "seconds", "served", "typed")},
        "injected": [(at, events.index(event)) for at, event in recording.injected],
        "cleared": [(at, events.index(event)) for at, event in recording.cleared],
        "reindexed": list(recording.reindexed),
        "drill": recording.drill,
        "ending": msgspec.to_builtins(held.ending),
        "edge": {"cold_starts": held.edge.get("cold_starts", 0), "environments": [{}] * len(held.edge["environments"])},
        "seconds_to_start": held.seconds_to_start,
    }


def _write(path: Path, data: bytes) -> None:
    """Zipped without a time, so that the same is the same."""
    path.write_bytes(gzip.compress(data, 9, mtime=0))
