"""The workflows as values: jobs, steps and what they run."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it has no stubs

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
SCRIPTS = sorted((GITHUB / "scripts").glob("*.sh"))


def read(path: Path) -> Mapping[str, Any]:
    """One file. YAML 1.1 reads the key `on` as true; here it is `on` again."""
    raw: dict[Any, Any] = yaml.safe_load(path.read_text())
    return {"on" if key is True else str(key): value for key, value in raw.items()}


def jobs(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """A workflow's jobs by id."""
    found: Mapping[str, Mapping[str, Any]] = read(path)["jobs"]
    return found


def steps() -> Iterator[Mapping[str, Any]]:
    """Every step of every workflow and action."""
    for path in WORKFLOWS:
        for job in jobs(path).values():
            yield from job.get("steps", ())
    for path in ACTIONS:
        yield from read(path)["runs"]["steps"]


def commands() -> str:
    """Everything that is run, the scripts included."""
    return "\n".join([*(step["run"] for step in steps() if "run" in step), *(path.read_text() for path in SCRIPTS)])


def uses() -> Iterator[tuple[str, str, str, str]]:
    """(file, action, ref, comment) of every action that is used."""
    for path in (*WORKFLOWS, *ACTIONS):
        for found in re.finditer(r"uses: (\S+?)(?:@(\S+))?(?: # (\S+))?$", path.read_text(), re.MULTILINE):
            yield path.name, found[1], found[2] or "", found[3] or ""
