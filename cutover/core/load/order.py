"""What a load generator is told to do, and what became of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cutover.core.load.profile import Profile
from cutover.core.load.run import Limits, Target


class CannotLoad(Exception):
    """No load can be generated here, or not so; the message says what to do. Nothing was asked of anybody."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run. `connect` (host, port) is where the target is reached when that is not what DNS says of its name.

    `tokens` by user, never shown; where there are none, `tokens_command` prints them. `in_flight` is for all
    processes together. `persons` and `seed`: 0 leaves them to the generator. `reason`: why production is loaded.
    """

    id: str
    profile: Profile
    profile_file: str
    target: Target
    folder: str
    limits: Limits = field(default_factory=Limits)
    connect: tuple[str, int] | None = None
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    tokens_command: tuple[str, ...] = ()
    most_per_second: int = 600
    in_flight: int = 2000
    processes: int = 1
    persons: int = 0
    seed: int = 0
    clean: bool = True
    reason: str = ""

    @property
    def arrivals(self) -> int:
        """How many requests the profile asks for in all."""
        return round(sum(self.profile.planned(phase) for phase in self.profile.phases))


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of the generator: its exit code, negative if a signal ended it.

    `summary` is what it left of the run, None if it left nothing; `headline` and `told` say the same in words.
    """

    code: int
    interrupted: bool = False
    summary: Mapping[str, Any] | None = None
    headline: str = ""
    told: tuple[str, ...] = ()
    log_end: str = ""  # the last lines that it wrote about itself
