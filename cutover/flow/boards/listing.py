"""Which dashboards there are, here and in CloudWatch, and one of them as it would be deployed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cutover.core.boards.board import PREFIX, BadBoard, deployed_name, filled, parsed
from cutover.exits import Exit
from cutover.flow.boards.source import Found, in_checkout, named, short_name, variables
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import NotAllowed, TelemetryUnavailable, World


@dataclass(frozen=True, slots=True)
class Listed:
    """One dashboard. `file`: "" where the repository has none; `deployed`: None where CloudWatch could not be asked."""

    name: str
    deployed_name: str
    file: str
    deployed: bool | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All of them; `trouble`: why CloudWatch could not be asked."""

    boards: Sequence[Listed]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One dashboard's JSON, filled in; `missing`: the variables in it that the settings do not tell."""

    found: Found
    body: Mapping[str, Any]
    missing: tuple[str, ...]

    @property
    def text(self) -> str:
        """The JSON for people and files."""
        return json.dumps(self.body, indent=1, ensure_ascii=False) + "\n"


def listed(world: World) -> Overview:
    """Every dashboard of the repository, and of this stage in CloudWatch."""
    stage, files, trouble = world.settings.stage, in_checkout(), ""
    try:
        there: Sequence[str] | None = [
            name for name in world.boards.names(PREFIX) if short_name(name, stage) != name.removeprefix(PREFIX)
        ]
    except (TelemetryUnavailable, NotAllowed) as error:
        there, trouble = None, str(error)
    others = [short_name(name, stage) for name in there or ()]
    names = dict.fromkeys([*files, *others])
    return Overview(
        [
            Listed(
                name,
                deployed_name(name, stage),
                str(files.get(name, "")),
                None if there is None else deployed_name(name, stage) in there,
            )
            for name in names
        ],
        trouble,
    )


def shown(world: World, name: str, *, deployed: bool) -> Shown:
    """One of them. Stops where there is none; raises what the port raises."""
    [found] = named(world, [name], deployed=deployed, everything=False)
    known = variables(world.settings)
    try:
        parsed(found.text)
        # Values stand inside of JSON's strings.
        text, missing = filled(found.text, {key: json.dumps(value)[1:-1] for key, value in known.items()})
        return Shown(found, parsed(text), missing)
    except BadBoard as error:
        raise Stop(Outcome(Exit.USAGE, f"{found.origin}: {error}", "cutover dashboard list")) from error
