"""What one experiment says."""

from dataclasses import dataclass

CUTOVER = "unit/cutover"


@dataclass(frozen=True, slots=True)
class Experiment:
    """One fault. `shown`: the tests, as path::name under tests/."""

    fault: str
    must: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotHere:
    """A fault that no test shows, and why. `until`: what makes that reason void when it is there."""

    fault: str
    must: str
    why: str
    until: str
