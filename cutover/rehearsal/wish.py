"""What kind of rehearsal is wanted: its scenario and form, and where its papers go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.core.policy import PLANNED
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.library import HAPPY, named
from cutover.rehearsal.scenario import Form, Scenario
from cutover.rehearsal.traffic import Load

FACTOR = 60.0  # a simulated minute, CloudWatch's finest, is a real second
PERSONS = 100  # the more, the more DNS answers, the steadier the share

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
    """One rehearsal as it was asked for; without a scenario or an injection, the one in which nothing goes wrong."""

    folder: Path  # report, summary, ledger and logs
    quick: bool = False
    injection: Injection | None = None
    chosen: Scenario | None = None
    parts_lists: Path | None = None
    factor: float = FACTOR

    @property
    def scenario(self) -> Scenario:
        """What happens, and how it must end."""
        if self.injection:
            return self.injection.scenario()
        return self.chosen or named(HAPPY)

    @property
    def form(self) -> Form:
        """How long it is. An injection climbs the whole ladder in both forms."""
        return self.scenario.form(quick=self.quick)

    @property
    def ladder(self) -> Ladder:
        """The steps and their bakes; the last one always ends a ladder, also where nobody climbs so far."""
        bakes = QUICK if self.quick else FULL
        return [step for step in bakes if step["weight"] in self.form.steps or step is bakes[-1]]

    def as_typed(self, words: Sequence[str]) -> Sequence[str]:
        """A `run` goes as far as this form does, unless it says itself how far."""
        if words[0] != "run" or "--until" in words or self.form.top == self.ladder[-1]["weight"]:
            return words
        return (*words, "--until", str(self.form.top))

    @property
    def load(self) -> Load:
        """The traffic."""
        return Load(persons=PERSONS, requests_per_second=self.form.arrivals)

    @property
    def safety(self) -> str:
        """Lines of [safety]: which rules a short form can't keep, as it leaves out what they ask for."""
        rules = []
        if "drill" not in self.form.prelude:
            rules.append("drill_above = 100  # the short form of this scenario has no drill: no receipt, no rule")
        if (first := self.form.steps[0]) > PLANNED.first_step:
            rules.append(f"first_step = {first}  # the short form of this scenario begins where its story does")
        return "\n".join(rules)

    @property
    def name(self) -> str:
        """What it is called in the report."""
        kind = "quick rehearsal" if self.quick else "rehearsal"
        words = self.injection.sentence if self.injection else self.scenario.title
        return f"{kind}: {words}"
