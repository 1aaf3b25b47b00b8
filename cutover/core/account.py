"""What AWS says of the account when `cutover doctor` asks: who acts, how long, what is allowed, what is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

# Lambda takes 6 MB of event, and the body in it as base64: a larger one must go to S3 directly.
LARGEST_BODY_BYTES = 4_000_000
LOGGED_DAYS = 14  # of the load balancer's access log are looked into


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose keys are used. `lasts`: they don't end, or renew themselves; `expires` None: when they end is not known."""

    arn: str
    kind: str  # as the SDK names where they come from: "env", "sso", "iam-role"
    lasts: bool
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class HostedZone:
    """The zone that the settings name; its name without the dot at the end."""

    name: str
    is_private: bool


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Where the load balancer sends requests: how many targets it has, and how many of them are healthy."""

    name: str
    registered: int
    healthy: int


@dataclass(frozen=True, slots=True)
class Table:
    """The ledger's table. `status` as DynamoDB names it, empty: there is no such table; `recovers`: PITR is on."""

    status: str
    recovers: bool


@dataclass(frozen=True, slots=True)
class Bodies:
    """Request sizes in the load balancer's access log. `large` of the `requests` read were too large for Lambda."""

    requests: int
    large: int
    largest_bytes: int
    files_read: int
    files: int


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The facts, each None where there was nothing to ask or no answer; `unknown` says why, by the field's name."""

    credentials: Credentials | None = None
    skew_seconds: float | None = None  # AWS's clock minus this machine's
    denied: tuple[str, ...] | None = None  # actions on the zone that this identity may not call
    zone: HostedZone | None = None
    target_groups: tuple[TargetGroup, ...] | None = None
    table: Table | None = None
    bodies: Bodies | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)


NOTHING_INSPECTED = AccountFacts()
