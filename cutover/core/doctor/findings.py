"""What the preflight says of one thing: how bad it is, in a sentence, and how to mend it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    MUST_MEND = "must mend"
    NOT_CHECKED = "not checked"


class Theme(StrEnum):
    """What findings are grouped by on the screen, in this order."""

    ACCESS = "settings and access"
    RECORDS = "records"
    TELEMETRY = "telemetry"
    SIDES = "both sides"
    LEDGER = "ledger"
    BACK = "the way back"
    RAISING = "raising now"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One finding. `mend`: what to do, for everything that is not ok."""

    theme: Theme
    check: str
    level: Level
    text: str
    mend: str = ""


def counts(found: Iterable[Diagnosis]) -> Mapping[Level, int]:
    """How many findings there are of each level."""
    levels = [one.level for one in found]
    return {level: levels.count(level) for level in Level}


def ok(theme: Theme, check: str, text: str) -> Diagnosis:
    """A finding that is as it should be."""
    return Diagnosis(theme, check, Level.OK, text)


def warning(theme: Theme, check: str, text: str, mend: str) -> Diagnosis:
    """One that stands in nobody's way, and should be known."""
    return Diagnosis(theme, check, Level.WARNING, text, mend)


def must_mend(theme: Theme, check: str, text: str, mend: str) -> Diagnosis:
    """One that stands in the way."""
    return Diagnosis(theme, check, Level.MUST_MEND, text, mend)


def not_checked(theme: Theme, check: str, text: str, mend: str = "") -> Diagnosis:
    """What could not be looked at, or is nowhere named."""
    return Diagnosis(theme, check, Level.NOT_CHECKED, text, mend)
