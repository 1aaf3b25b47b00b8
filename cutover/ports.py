"""What `cutover` needs of the world outside: weights, metrics, name servers, ledger, identity, clock."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cutover.core.models import Side, SideEvidence, Snapshot
from cutover.core.record import Event
from cutover.settings import Settings


class TelemetryUnavailable(Exception):
    """CloudWatch did not answer, or answered partially: no verdict can be built on it."""


class ControlPlaneUnavailable(Exception):
    """Route 53's API did not answer within the deadline: whether a change was made is unknown."""


class ChangedMeanwhile(Exception):
    """Route 53 refused the batch: the live records are no longer those that the plan was made from."""


class NotAllowed(Exception):
    """AWS refused the credentials, the permission or the request: nothing was changed.

    The message names the call and the way on.
    """


class LedgerUnavailable(Exception):
    """The ledger can't be read or written; the message says why and what to do."""


class LedgerMoved(Exception):
    """Somebody else appended since this ledger was read."""


class Locked(Exception):
    """Another process holds the lease; the message says who."""


class WeightStore(Protocol):
    """The public name's record sets, and changes to them."""

    def read(self) -> Snapshot:
        """Every record set of the name. Raises ControlPlaneUnavailable, NotAllowed."""
        ...

    def apply(self, before: Snapshot, after: Snapshot, comment: str) -> str:
        """Replace `before` by `after` in one batch, which Route 53 refuses if `before` is no longer what is live.

        Returns the change id. Raises ChangedMeanwhile, ControlPlaneUnavailable, NotAllowed.
        """
        ...

    def in_sync(self, change_id: str) -> bool | None:
        """Whether every name server has the change; None: Route 53 does not know the id (stranded, or lost)."""
        ...


class MetricSource(Protocol):
    """Counts and latencies of both sides, from CloudWatch."""

    def read(self, side: Side, since: datetime, until: datetime, window: timedelta) -> SideEvidence:
        """Whole minutes of [since, until) and p95 windows of that length. Raises TelemetryUnavailable, NotAllowed."""
        ...


@dataclass(frozen=True, slots=True)
class Answers:
    """How many of the asked authoritative answers pointed at each side; `unknown` pointed at neither."""

    by_side: Mapping[Side, int]
    unknown: int

    @property
    def total(self) -> int:
        """How many questions were answered."""
        return sum(self.by_side.values()) + self.unknown


class NameServers(Protocol):
    """The zone's own name servers, asked directly."""

    def sample(self, targets: Mapping[Side, Sequence[str]], questions: int, deadline_seconds: float) -> Answers:
        """Ask that often for the public name, and tell by each side's targets (names, addresses) whose answer it is.

        Fewer answers come back when the deadline (real seconds) passes; never raises.
        """
        ...


class Ledger(Protocol):
    """The append-only record of everything that `cutover` did and saw."""

    def events(self) -> Sequence[Event]:
        """Every event, oldest first, the hash chain checked. Raises LedgerUnavailable."""
        ...

    def append(self, event: Event) -> None:
        """Write one event so that it survives a crash.

        Raises LedgerMoved if its sequence number is taken, LedgerUnavailable if it can't be written.
        """
        ...

    def lease(self, holder: str) -> AbstractContextManager[None]:
        """The right to raise weights, for one process at a time; the end of the process ends it. Raises Locked."""
        ...

    def keep(self, name: str, text: str) -> str:
        """Store a document beside the ledger and return where it is. Raises LedgerUnavailable."""
        ...


class Clock(Protocol):
    """Time, which a rehearsal compresses."""

    @property
    def factor(self) -> float:
        """How many of the clock's seconds pass in one real second; 1 outside a rehearsal."""
        ...

    def now(self) -> datetime:
        """The time in UTC."""
        ...

    def sleep(self, span: timedelta) -> None:
        """Wait that long by this clock."""
        ...


class Identity(Protocol):
    """Who is acting, for the ledger."""

    def actor(self) -> str:
        """The STS identity, or the local user where STS does not answer in time; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside, behind its ports, and the settings that say which world it is."""

    settings: Settings
    weights: WeightStore
    metrics: MetricSource
    names: NameServers
    ledger: Ledger
    clock: Clock
    identity: Identity
