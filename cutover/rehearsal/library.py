"""The scenarios that come with the tool, and those of people's own files."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cutover.rehearsal.scenario import Scenario
from cutover.rehearsal.scenario_file import BadScenario, scenario_of

FOLDER = Path(__file__).with_name("scenarios")
HAPPY = "happy"
# As a story is told: what goes well, what the gates see, what breaks below both sides, what people and machines do.
ORDER = (
    HAPPY,
    "errors-at-50",
    "slow-at-10",
    "cold-start-storm",
    "database-saturated",
    "redis-lost",
    "dns-stuck",
    "hand-edit",
    "telemetry-loss",
    "two-operators",
    "controller-killed",
    "spike-during-bake",
    "common-cause",
)


@cache
def named(name: str) -> Scenario:
    """One of ours. Raises KeyError."""
    if name not in ORDER:
        raise KeyError(name)
    return scenario_of(name, (FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def every() -> Sequence[Scenario]:
    """All of ours, in the order of the story."""
    return [named(name) for name in ORDER]


def found(text: str) -> Scenario:
    """One of ours by its name, or what a file holds. Raises BadScenario."""
    if text in ORDER:
        return named(text)
    path = Path(text)
    if not path.is_file():
        raise BadScenario(f"{text!r} is neither a file nor one of {', '.join(ORDER)}")
    try:
        return scenario_of(path.stem, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadScenario(f"{text} can't be read: {error}") from error
