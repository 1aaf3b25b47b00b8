"""What kind of rehearsal is wanted: its ladder, its traffic, its fault, where its papers go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.rehearsal.faults import Injection
from cutover.rehearsal.traffic import Load

FACTOR = 60.0  # a simulated minute, CloudWatch's finest, is a real second
LOAD = Load(users=100, requests_per_second=2.2)  # the more users, the more DNS answers, the steadier the share

Ladder = Sequence[Mapping[str, Any]]

# The gates are production's: to say "under 1%" of a service without errors takes 381 requests, at 10% as at 100%.
QUICK: Ladder = (
    {"weight": 10, "bake": "18m", "min_requests": 250},
    {"weight": 50, "bake": "8m", "min_requests": 500},
    {"weight": 100, "bake": "6m", "min_requests": 700},
)
FULL: Ladder = (
    {"weight": 10, "bake": "40m", "min_requests": 500},
    {"weight": 50, "bake": "20m", "min_requests": 1500},
    {"weight": 100, "bake": "15m", "min_requests": 2000},
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One rehearsal as it was asked for."""

    folder: Path  # report, summary, ledger and logs
    quick: bool = False
    injection: Injection | None = None
    parts_lists: Path | None = None
    load: Load = LOAD
    factor: float = FACTOR

    @property
    def ladder(self) -> Ladder:
        """The steps and their bakes."""
        return QUICK if self.quick else FULL

    @property
    def name(self) -> str:
        """What it is called in the report."""
        kind = "quick rehearsal" if self.quick else "rehearsal"
        return f"{kind}, {self.injection.sentence}" if self.injection else f"{kind}, nothing goes wrong"
