"""A Locust that is played by a script, and a follower that remembers."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cutover.core.load.lines import Line
from cutover.core.load.order import Order
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import Target
from cutover.load.launching import CHECKOUT, Locust

PROFILE = Profile("tiny", (Phase("tiny", 5, 2),))
SEEN, STARTED = "seen.json", "started"
# What every script begins with: it writes down what it was told, as the run's folder has it.
BEGIN = f"""
import json, os, signal, sys, time
from pathlib import Path
told = json.loads(Path(os.environ["LEGO_TRAFFIC"]).read_text())
folder = Path(told["folder"])
private = Path(os.environ["LEGO_TRAFFIC"])
modes = [oct(one.stat().st_mode & 0o777) for one in (private, private.parent)]
seen = {{"told": told, "env": dict(os.environ), "argv": sys.argv[1:], "modes": modes, "file": str(private)}}
(folder / "{SEEN}.new").write_text(json.dumps(seen))
(folder / "{SEEN}.new").replace(folder / "{SEEN}")
def second(line):
    with (folder / "seconds.ndjson").open("a") as file:
        file.write(line + "\\n")
def papers(by, standing="pass"):
    from cutover.core.load.profile import Phase, Profile
    from cutover.core.load.run import EndedBy, LoadRun, Target
    from cutover.load.tables import json_of, meta_of, summary
    from cutover.core.load.verdict import judge
    profile = Profile("tiny", (Phase("tiny", 5, 2),))
    run = LoadRun(told["id"], profile, Target(told["target"], told["host"]), 1000.0, ended=1002.0, ended_by=EndedBy(by))
    (folder / "run.json").write_bytes(json_of(meta_of(run)))
    (folder / "summary.json").write_bytes(summary(run, judge(run), 0))
"""


@dataclass
class Heard:
    """A Follower that remembers."""

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    looks: int = 0

    def follow(self, lines: Sequence[Line]) -> None:
        """Remember them."""
        self.lines += lines
        self.looks += 1

    def note(self, text: str) -> None:
        """Remember it."""
        self.notes.append(text)

    def close(self) -> None:
        """Nothing is open."""


def a_checkout(tmp_path: Path) -> Path:
    """A checkout whose Locust is a script."""
    place = tmp_path / "checkout"
    (place / "loadtests" / "profiles").mkdir(parents=True)
    (place / "loadtests" / "locustfile.py").touch()
    (place / "loadtests" / "profiles" / "tiny.toml").write_text(
        'title = "Small"\n[[phase]]\nname = "tiny"\nrate = 5\nseconds = 2\n'
    )
    return place


def played(checkout: Path, script: str, **environ: str) -> Locust:
    """A Locust that is this script."""
    package = checkout / "locust"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(BEGIN + script)
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)}
    return Locust({**known, **environ}, checkout)


def an_order(tmp_path: Path, **more: Any) -> Order:
    """A small run."""
    target = Target("lambda", "https://api.example.com")
    order = Order(
        "abc", PROFILE, str(tmp_path / "tiny.toml"), target, str(tmp_path / "run"), tokens={"alice": "token-of-alice"}
    )
    return replace(order, **more)


def seen(tmp_path: Path) -> Mapping[str, Any]:
    """What the script was told."""
    found: Mapping[str, Any] = json.loads((tmp_path / "run" / SEEN).read_text())
    return found
