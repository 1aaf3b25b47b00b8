"""What is true around the two sides when somebody wants to raise: alarms, deploys, capacity. None = not asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Deploy:
    """The newest change of something that serves: a stack, a service, a function."""

    what: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Concurrency:
    """Lambda's room, in concurrent executions: the account's unreserved limit, and the peak in use."""

    limit: int
    used_peak: int


@dataclass(frozen=True, slots=True)
class EcsCapacity:
    """The service that a rollback goes back to, in tasks. `least`: autoscaling's minimum, None without autoscaling."""

    running: int
    desired: int
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Ipv6:
    """Which side can be reached by IPv6."""

    ecs: bool
    serverless: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The facts, each None where the settings name nothing to ask. `unknown`: what could not be asked, and why."""

    alarms: tuple[str, ...] | None = None  # veto alarms that are in ALARM
    deploys: tuple[Deploy, ...] | None = None
    concurrency: Concurrency | None = None
    capacity: EcsCapacity | None = None
    ipv6: Ipv6 | None = None
    serving: bool | None = None  # whether the kill switch, by its own word, lets Lambda serve
    unknown: Mapping[str, str] = field(default_factory=dict)  # by the field's name


NOTHING_KNOWN = Surroundings()
