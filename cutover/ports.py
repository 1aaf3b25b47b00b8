"""What `cutover` needs of the world outside: weights, metrics, name servers, ledger, identity, clock."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cutover.absent import (
    NO_ACCOUNT,
    NO_ARCHIVE,
    NO_BOARDS,
    NO_ECS_SERVICE,
    NO_ESTATE,
    NO_KILL_SWITCH,
    NO_LOAD_GENERATOR,
    NO_MARKER,
    NO_METER,
    NO_PROBES,
    NO_REINDEXING,
    NO_SURVEYOR,
    NO_TARGET_FINDER,
    NO_TRAIL,
    NO_USAGE,
    SILENT,
)
from cutover.board_ports import Boards, Marker, Meter
from cutover.core.account import AccountFacts
from cutover.core.adopting import LambdaTarget
from cutover.core.models import Side, SideEvidence, Snapshot
from cutover.core.record import Event
from cutover.core.surroundings import EcsCapacity, Surroundings
from cutover.core.verification import Pointers, Told
from cutover.core.web import Heard, Place
from cutover.data_ports import Reindexing
from cutover.end_ports import Estate, ImageArchive, UsageSource
from cutover.load_ports import LoadGenerator
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


class SwitchUnavailable(Exception):
    """The kill switch could not be read or thrown; the message says why and what to do by hand."""


class Undelivered(Exception):
    """A notice did not get through a channel; the message says why, and never holds a secret."""


class EstateUnavailable(Exception):
    """What is to be scaled, copied or deleted did not answer, or said no: looking tells what became of the call."""


class ArchiveBroken(Exception):
    """What was copied, or is to be copied, is not what its digest says; the message names it and the way on."""


class NotFound(Exception):
    """What the settings name does not exist; the message names it and the setting."""


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

    def hurry(self, seconds: float | None) -> None:
        """From now on all calls together have so many real seconds; None: each has its own patience again."""
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

    def inspect(self, pointers: Pointers, questions: int, deadline_seconds: float) -> Sequence[Told]:
        """Question every server for every type in `pointers`: `questions` a type, shared out among the servers.

        One Told for each type and server; none if the servers can't be learnt. Never raises.
        """
        ...


class Probes(Protocol):
    """HTTP questions to one place, whatever DNS says of the name."""

    def ask(self, place: Place, method: str, path: str, headers: Mapping[str, str], read_seconds: float) -> Heard:
        """One request; `read_seconds` (real ones) are for everything after the connection. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lease. `fence` grows with each lease; `until` is None where the process's end ends it."""

    name: str
    fence: int
    until: datetime | None = None
    host: str = ""
    since: datetime | None = None


class Lease(Protocol):
    """The right to raise weights, as long as nobody has broken it."""

    @property
    def fence(self) -> int:
        """The number of this lease: a later one has a higher one."""
        ...

    def confirm(self) -> None:
        """Prolong it, and make sure that it is still ours. Raises Locked, LedgerUnavailable."""
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

    def lease(self, holder: str) -> AbstractContextManager["Lease"]:
        """The right to raise weights, for one process at a time; the end of the process ends it. Raises Locked."""
        ...

    def holder(self) -> Holder | None:
        """Who holds the lease now; None: nobody. Raises LedgerUnavailable."""
        ...

    def break_lease(self) -> None:
        """Take the right away from whoever holds it: its next `confirm` raises Locked. Raises LedgerUnavailable."""
        ...

    def keep(self, name: str, text: str) -> str:
        """Store a document beside the ledger and return where it is. Raises LedgerUnavailable."""
        ...

    def documents(self) -> Mapping[str, str]:
        """Every kept document by name. Raises LedgerUnavailable."""
        ...

    def raw(self) -> Sequence[str]:
        """Every line as it is stored, unchecked: for looking into a broken ledger. Raises LedgerUnavailable."""
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


class Surveyor(Protocol):
    """What is true around the two sides, as far as the settings name what to ask."""

    def survey(self, deadline_seconds: float) -> Surroundings:
        """Every fact; what can't be asked in time is in `unknown`. Never raises."""
        ...


class KillSwitch(Protocol):
    """Health checks on a small object: without it Lambda gets no traffic, whatever the weights, by DNS alone."""

    @property
    def is_set_up(self) -> bool:
        """Whether the settings name one."""
        ...

    @property
    def by_hand(self) -> str:
        """The plain command that takes Lambda out without this tool; empty where there is no switch."""
        ...

    def serving(self) -> bool:
        """Whether Lambda may serve. Raises SwitchUnavailable, NotAllowed."""
        ...

    def throw(self, *, serving: bool, reason: str) -> None:
        """Take Lambda out of the answers, or put it back. Returns in a few seconds. Raises SwitchUnavailable."""
        ...


class EcsService(Protocol):
    """The ECS service that a rollback goes back to."""

    @property
    def is_set_up(self) -> bool:
        """Whether the settings name one."""
        ...

    def capacity(self) -> EcsCapacity:
        """How many tasks there are. Raises NotAllowed, NotFound, TelemetryUnavailable."""
        ...

    def raise_to(self, tasks: int) -> None:
        """Ask for at least so many, autoscaling's minimum too. Raises NotAllowed, NotFound, TelemetryUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told: a headline, the text, and plain facts. `urgent`: somebody should look now."""

    title: str
    text: str
    urgent: bool
    facts: Mapping[str, str]


class Notifier(Protocol):
    """The channels that the settings name: an SNS topic, a Slack webhook, a command."""

    def tell(self, notice: Notice) -> None:
        """Send it to every channel in the background; never raises, never waits."""
        ...

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Wait for what is under way; what went wrong with any of it, in words."""
        ...


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Somebody's change of the zone, as CloudTrail tells it. `agent` is the program: a console, an SDK, Pulumi."""

    when: datetime
    actor: str
    agent: str
    what: str


class Trail(Protocol):
    """Who changed the public name's records."""

    def changes(self, since: datetime, until: datetime) -> Sequence[RecordChange]:
        """Every change of the name in that time, oldest first. Raises TelemetryUnavailable, NotAllowed."""
        ...


class Account(Protocol):
    """What only the preflight asks: credentials, permissions, the zone, target groups, the ledger's table, logs."""

    def inspect(self, deadline_seconds: float) -> AccountFacts:
        """Every fact; what can't be asked in time is in `unknown`. Never raises, never writes."""
        ...


class TargetFinder(Protocol):
    """Where Lambda's record has to point, by the API's own word."""

    def find(self) -> LambdaTarget | None:
        """The API's custom domain of that name; None: there is none. Raises NotAllowed, ControlPlaneUnavailable."""
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
    surveyor: Surveyor = NO_SURVEYOR
    switch: KillSwitch = NO_KILL_SWITCH
    ecs: EcsService = NO_ECS_SERVICE
    notifier: Notifier = SILENT
    trail: Trail = NO_TRAIL
    account: Account = NO_ACCOUNT
    estate: Estate = NO_ESTATE
    archive: ImageArchive = NO_ARCHIVE
    usage: UsageSource = NO_USAGE
    probes: Probes = NO_PROBES
    targets: TargetFinder = NO_TARGET_FINDER
    reindexing: Reindexing = NO_REINDEXING
    load: LoadGenerator = NO_LOAD_GENERATOR
    meter: Meter = NO_METER
    marker: Marker = NO_MARKER
    boards: Boards = NO_BOARDS
