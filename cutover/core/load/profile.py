"""A load profile: phases one after the other, each with the arrivals a second that it asks for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

MOST_PER_SECOND = 10_000
LONGEST_SECONDS = 7 * 86_400.0


class BadProfile(ValueError):
    """Not a profile; the message names the key and says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Phase:
    """So long (seconds), so many arrivals a second; a ramp goes there evenly from the rate of the phase before.

    `recovers` marks the phase after a spike, in which the p95 has to come back to what it was before `spike`.
    """

    name: str
    rate: int
    seconds: float
    ramp: bool = False
    spike: bool = False
    recovers: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """Phases in order; at least one."""

    name: str
    phases: tuple[Phase, ...]
    title: str = ""

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return sum(phase.seconds for phase in self.phases)

    @property
    def highest(self) -> int:
        """The most arrivals a second that it asks for."""
        return max(phase.rate for phase in self.phases)

    @property
    def starts(self) -> Sequence[float]:
        """When each phase starts, in seconds from the beginning."""
        return [0.0, *accumulate(phase.seconds for phase in self.phases[:-1])]

    def phase_at(self, seconds: float) -> Phase | None:
        """The phase of that moment; None when all are over."""
        ends = accumulate(phase.seconds for phase in self.phases)
        return next((phase for phase, end in zip(self.phases, ends, strict=True) if seconds < end), None)

    def rate_at(self, seconds: float) -> float:
        """The arrivals a second that are asked for at that moment; 0 when it is over."""
        before = 0
        for phase, start in zip(self.phases, self.starts, strict=True):
            if seconds < start + phase.seconds:
                into = (seconds - start) / phase.seconds
                return before + (phase.rate - before) * into if phase.ramp else float(phase.rate)
            before = phase.rate
        return 0.0

    def planned(self, phase: Phase) -> float:
        """How many arrivals the phase asks for in all."""
        at = self.phases.index(phase)
        before = self.phases[at - 1].rate if at else 0
        return phase.seconds * ((before + phase.rate) / 2 if phase.ramp else phase.rate)


def profile_of(raw: Mapping[str, Any], name: str) -> Profile:
    """The profile that a TOML document with `[[phase]]` tables describes. Raises BadProfile."""
    unknown = sorted(set(raw) - {"title", "phase"})
    if unknown:
        raise BadProfile(f"{name}: unknown key {unknown[0]!r}; a profile has a title and [[phase]] tables")
    tables = raw.get("phase")
    if not isinstance(tables, list) or not tables:
        raise BadProfile(f"{name}: there is no [[phase]]; each has a name, a rate (a second) and seconds")
    phases = tuple(_phase(table, f"{name}, phase {number}") for number, table in enumerate(tables, 1))
    names = [phase.name for phase in phases]
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise BadProfile(f"{name}: two phases are named {twice!r}")
    if sum(phase.seconds for phase in phases) > LONGEST_SECONDS:
        raise BadProfile(f"{name}: takes longer than a week")
    _must_recover_from_something(name, phases)
    return Profile(name, phases, str(raw.get("title", "")))


def _must_recover_from_something(name: str, phases: Sequence[Phase]) -> None:
    for at, phase in enumerate(phases):
        earlier = phases[:at]
        if phase.recovers and (not earlier or not any(one.spike for one in earlier) or earlier[0].spike):
            raise BadProfile(f"{name}: phase {phase.name!r} recovers, but no calm phase and spike are before it")


def _phase(raw: Any, where: str) -> Phase:
    if not isinstance(raw, Mapping):
        raise BadProfile(f"{where}: not a table")
    known = {"name", "rate", "seconds", "ramp", "spike", "recovers"}
    if unknown := sorted(set(raw) - known):
        raise BadProfile(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    name, rate, seconds = raw.get("name"), raw.get("rate"), raw.get("seconds")
    if not isinstance(name, str) or not name.strip():
        raise BadProfile(f"{where}: it needs a name")
    if type(rate) is not int or not 0 <= rate <= MOST_PER_SECOND:
        raise BadProfile(f"{where}: rate is {rate!r}; whole arrivals a second, 0 to {MOST_PER_SECOND}, are wanted")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_SECONDS:
        raise BadProfile(f"{where}: seconds is {seconds!r}; a number from 1 to {LONGEST_SECONDS:.0f} is wanted")
    flags = {}
    for flag in ("ramp", "spike", "recovers"):
        if not isinstance(raw.get(flag, False), bool):
            raise BadProfile(f"{where}: {flag} is {raw[flag]!r}; true or false is wanted")
        flags[flag] = bool(raw.get(flag, False))
    return Phase(name.strip(), rate, float(seconds), **flags)
