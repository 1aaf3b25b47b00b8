"""A dashboard as CloudWatch's JSON describes it: widgets on 24 columns, with variables filled in. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

COLUMNS = 24
WIDTH, HEIGHT = 6, 6  # of a widget that does not say
MOST_HEIGHT = 1000
PREFIX = "lego-api-"
# What stands as ${Name} in the repository's JSON; other names in ${…} are CloudWatch's own dynamic labels.
VARIABLES = (
    "Stage", "Region", "AccountId", "ApiId", "LoadBalancer", "TargetGroup", "Cluster", "Service", "DatabaseInstance",
    "ProxyName", "SearchDomain", "RedisNode", "RedisGroup", "DeadLetters", "FunctionName", "Pages",
)  # fmt: skip
_VARIABLE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9]*)\}", re.ASCII)
_SPAN = re.compile(r"-P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?", re.ASCII)


class BadBoard(Exception):
    """A text is no dashboard; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a widget lies, in columns and rows of the grid."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget. `missing`: the variables in it that nobody has told."""

    kind: str  # metric, text, alarm, log; CloudWatch knows more
    place: Place
    properties: Mapping[str, Any]
    missing: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What stands above it; "" for nothing."""
        return str(self.properties.get("title") or "")


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard; `span` is the time that it opens with, where it says so."""

    name: str
    widgets: tuple[Widget, ...]
    span: timedelta | None = None


def deployed_name(name: str, stage: str) -> str:
    """The dashboard's name in AWS."""
    return f"{PREFIX}{name}-{stage}"


def read(name: str, text: str, variables: Mapping[str, str]) -> Board:
    """The dashboard of that JSON, from top to bottom. Raises BadBoard."""
    raw = parsed(text)
    places = iter(_places(raw["widgets"]))
    widgets = (_widget(one, next(places), variables) for one in raw["widgets"])
    return Board(name, tuple(sorted(widgets, key=lambda one: (one.place.y, one.place.x))), _span(raw.get("start")))


def parsed(text: str) -> dict[str, Any]:
    """The JSON, if it is a dashboard's: an object with widgets that are objects. Raises BadBoard."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadBoard(f"it is no JSON: {error}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("widgets"), list):
        raise BadBoard('it is no dashboard: an object with a list "widgets" is one')
    for number, one in enumerate(raw["widgets"]):
        if not isinstance(one, dict) or not isinstance(one.get("type"), str):
            raise BadBoard(f"widgets[{number}] has no type")
        if not isinstance(one.get("properties", {}), dict):
            raise BadBoard(f"widgets[{number}].properties is no object")
    return raw


def filled(text: str, variables: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text with what is known filled in, and the names of the variables that are not known."""
    missing: dict[str, None] = {}

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if variables.get(name):
            return variables[name]
        if name in VARIABLES:
            missing[name] = None
        return found[0]

    return _VARIABLE.sub(value, text), tuple(missing)


def _widget(raw: Mapping[str, Any], place: Place, variables: Mapping[str, str]) -> Widget:
    missing: dict[str, None] = {}

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            said, unknown = filled(value, variables)
            missing.update(dict.fromkeys(unknown))
            return said
        if isinstance(value, list):
            return [fill(one) for one in value]
        return {key: fill(one) for key, one in value.items()} if isinstance(value, dict) else value

    properties = fill(raw.get("properties", {}))
    return Widget(raw["type"], place, properties, tuple(missing))


def _places(widgets: Sequence[Mapping[str, Any]]) -> Iterator[Place]:
    """Each one's own place; those without one follow each other from the left, as CloudWatch lays them out."""
    x = y = tallest = 0
    for one in widgets:
        width = min(COLUMNS, _whole(one.get("width"), WIDTH) or WIDTH)
        height = min(MOST_HEIGHT, _whole(one.get("height"), HEIGHT) or HEIGHT)
        if "x" in one and "y" in one:
            yield Place(min(_whole(one["x"], 0), COLUMNS - width), _whole(one["y"], 0), width, height)
            continue
        if x + width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        yield Place(x, y, width, height)
        x, tallest = x + width, max(tallest, height)


def _whole(value: Any, otherwise: int) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return max(0, int(value)) if is_number and abs(value) < 1e6 else otherwise


def _span(start: Any) -> timedelta | None:
    """The length of a relative start such as -PT3H; an absolute one says nothing of today."""
    found = _SPAN.fullmatch(start) if isinstance(start, str) else None
    weeks, days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes) or None
