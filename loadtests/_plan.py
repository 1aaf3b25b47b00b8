"""What every process of a run has to know of it, as it is sent from the one that leads to the others. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cutover.core.load.profile import Phase, Profile

CATCH_UP_SECONDS = 2.0  # so late may an arrival's user begin and still keep the time that was meant


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, and the part that one process has in it: number `index` of `of` processes.

    `only` and `without` are tags of journeys. `persons` and `in_flight` are for all of them together. `started` is
    Unix time; 0 until it is known.
    """

    id: str
    host: str
    profile: Profile
    seed: int
    persons: int
    in_flight: int
    clean: bool
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    index: int = 0
    of: int = 1
    started: float = 0.0

    @property
    def end(self) -> float:
        """When the last phase is over."""
        return self.started + self.profile.seconds

    @property
    def own_in_flight(self) -> int:
        """How many requests may be under way in this process."""
        return -(-self.in_flight // self.of)

    @property
    def own_persons(self) -> range:
        """The numbers of this process's persons: no two processes have the same; at least one."""
        return range(self.index, max(self.persons, self.of), self.of)

    def phase_at(self, moment: float) -> Phase | None:
        """The phase of that moment; None before and after the run."""
        into = moment - self.started
        return self.profile.phase_at(into) if into >= 0 else None

    def next_start(self, moment: float) -> float:
        """The next moment at which a phase starts, or the end."""
        starts = (self.started + start for start in self.profile.starts)
        return next((start for start in starts if start > moment), self.end)

    def since(self, moment: float) -> float:
        """From when on somebody counts who begins at that moment because the rate has just been raised."""
        starts = zip(self.profile.phases, self.profile.starts, strict=True)
        reached = [(phase, self.started + start) for phase, start in starts if self.started + start <= moment]
        if not reached:
            return self.started
        phase, start = reached[-1]
        return start if not phase.ramp and moment - start < CATCH_UP_SECONDS else moment

    def part(self, index: int, of: int) -> "Plan":
        """The same run, as another process has to know it."""
        return replace(self, index=index, of=of)

    def begun(self, started: float) -> "Plan":
        """The same run with its start."""
        return replace(self, started=started)

    def plain(self) -> Mapping[str, Any]:
        """As a message can hold it."""
        phases = [[p.name, p.rate, p.seconds, p.ramp, p.spike, p.recovers] for p in self.profile.phases]
        own = {name: getattr(self, name) for name in self.__slots__ if name != "profile"}
        return {**own, "profile": [self.profile.name, self.profile.title, phases]}

    @classmethod
    def of_plain(cls, raw: Mapping[str, Any]) -> "Plan":
        """The plan that `plain` was made of."""
        name, title, phases = raw["profile"]
        profile = Profile(name, tuple(Phase(*phase) for phase in phases), title)
        tags = {name: tuple(raw[name]) for name in ("only", "without")}
        return cls(**{**raw, **tags, "profile": profile})
