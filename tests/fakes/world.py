"""A whole world for `cutover` in memory: strict weights, scripted traffic, a clock that only moves when slept on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cutover.core.account import NOTHING_INSPECTED, AccountFacts
from cutover.core.adopting import LambdaTarget
from cutover.core.models import MINUTE, LatencyWindow, Minute, RecordSet, Side, SideEvidence, Snapshot, Weights
from cutover.core.record import Event, Kind, chained, check_chain, encode
from cutover.core.surroundings import NOTHING_KNOWN, EcsCapacity, Surroundings
from cutover.core.verification import Pointers, Told
from cutover.core.zone import canonical
from cutover.ports import (
    Answers,
    ChangedMeanwhile,
    Holder,
    LedgerMoved,
    LedgerUnavailable,
    Locked,
    Notice,
    RecordChange,
    SwitchUnavailable,
    TelemetryUnavailable,
    World,
)
from cutover.settings import Settings
from tests.fakes.estate import FakeArchive, FakeEstate, FakeUsage
from tests.fakes.probes import FakeProbes

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAME = "api.example.com"
ENDLESS = 3_000  # sleeps of one test: two days of minutes


class Killed(BaseException):
    """The process is gone: nothing that it would have done afterwards happens."""


@dataclass
class Calls:
    """Counts every call of a port, before and after its effect, and can end the process at one of these points.

    `meanwhile`: what somebody else does at a point, once.
    """

    die_at: int | None = None
    count: int = 0
    names: list[str] = field(default_factory=list)
    dead: bool = False
    meanwhile: dict[int, Callable[[], object]] = field(default_factory=dict)

    @contextmanager
    def made(self, name: str) -> Iterator[None]:
        """Around one call."""
        self._point(f"before {name}")
        yield
        self._point(f"after {name}")

    def _point(self, name: str) -> None:
        if self.dead:
            raise Killed
        self.count += 1
        self.names.append(name)
        if happening := self.meanwhile.pop(self.count, None):
            happening()
        if self.count == self.die_at:
            self.dead = True
            raise Killed


@dataclass
class ManualClock:
    """Time that passes only by sleeping; `then` is called after each sleep."""

    time: datetime = START
    factor: float = 1.0
    then: list[Callable[[datetime], None]] = field(default_factory=list)
    slept: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        """The time."""
        return self.time

    def sleep(self, span: timedelta) -> None:
        """Let it pass. A command that would never end fails instead."""
        self.slept.append(span)
        assert len(self.slept) < ENDLESS, "it sleeps for ever"
        self.time += span
        for call in list(self.then):
            call(self.time)


def record(type_: str, identifier: str | None, weight: int | None, **more: Any) -> RecordSet:
    """One alias record as Route 53 returns it; None leaves a field out, and `more` adds or replaces fields."""
    body: dict[str, Any] = {"Name": f"{NAME}.", "Type": type_}
    if identifier is not None:
        body["SetIdentifier"] = identifier
    if weight is not None:
        body["Weight"] = weight
    target = {"DNSName": f"{identifier}.target.example.", "EvaluateTargetHealth": False, "HostedZoneId": "ZALIAS"}
    body["AliasTarget"] = target
    body |= more
    body = {key: value for key, value in body.items() if value is not None}
    return RecordSet(NAME, type_, identifier, weight, canonical(body))


def weighted(ecs: int, serverless: int, *types: str) -> list[RecordSet]:
    """Both sides' records of each type; A if none is named."""
    return [
        record(type_, identifier, weight)
        for type_ in types or ("A",)
        for identifier, weight in (("ecs", ecs), ("lambda", serverless))
    ]


@dataclass
class FakeWeights:
    """A WeightStore as strict as Route 53: exact deletes, all or nothing, PENDING for a while."""

    clock: ManualClock
    calls: Calls
    records: list[RecordSet] = field(default_factory=lambda: weighted(100, 0, "A", "AAAA"))
    pending: timedelta | None = timedelta(seconds=40)  # None: for ever
    applied: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    failing: dict[str, list[BaseException]] = field(default_factory=dict)
    lost_answers: int = 0
    forgotten: set[str] = field(default_factory=set)
    changes: dict[str, datetime] = field(default_factory=dict)
    timeline: list[tuple[datetime, int]] = field(default_factory=list)
    hurried: list[float | None] = field(default_factory=list)

    def read(self) -> Snapshot:
        """What is live."""
        with self.calls.made("read"):
            self._fail("read")
            return Snapshot(tuple(self.records))

    def apply(self, before: Snapshot, after: Snapshot, comment: str) -> str:
        """Exchange, if `before` is live."""
        with self.calls.made("apply"):
            self._fail("apply")
            left = list(self.records)
            for old in before.records:
                if old not in left:
                    raise ChangedMeanwhile(f"{old.type} {old.set_identifier} is not as it was read")
                left.remove(old)
            self.records = [*left, *after.records]
            self.applied.append((_pair(before), _pair(after)))
            self.comments.append(comment)
            self.note()
            change_id = f"/change/C{len(self.applied):04}"
            self.changes[change_id] = self.clock.now()
            self._fail("apply-answer")
            return change_id

    def in_sync(self, change_id: str) -> bool | None:
        """Whether it is, after `pending`."""
        with self.calls.made("in_sync"):
            self._fail("in_sync")
            if change_id in self.forgotten or change_id not in self.changes:
                return None
            return self.pending is not None and self.clock.now() - self.changes[change_id] >= self.pending

    def hurry(self, seconds: float | None) -> None:
        """Remember it."""
        self.hurried.append(seconds)

    def set_by_hand(self, ecs: int, serverless: int) -> None:
        """Somebody in the console."""
        self.records = weighted(ecs, serverless, *dict.fromkeys(r.type for r in self.records))
        self.note()

    def note(self) -> None:
        """Remember which share Lambda is asked to have from now on."""
        shares = [r.weight or 0 for r in self.records if r.set_identifier == "lambda"]
        self.timeline.append((self.clock.now(), max(shares, default=0)))

    def share_at(self, time: datetime) -> int:
        """Lambda's share at that time."""
        return next((share for since, share in reversed(self.timeline) if since <= time), 0)

    def _fail(self, call: str) -> None:
        if queue := self.failing.get(call):
            raise queue.pop(0)


def _pair(snapshot: Snapshot) -> tuple[int, int]:
    weights = {r.set_identifier: r.weight or 0 for r in snapshot.records}
    return weights.get("ecs", 0), weights.get("lambda", 0)


Rate = Callable[[datetime], float]


@dataclass
class FakeMetrics:
    """A MetricSource of traffic that follows the weights at once, with scripted error rates and p95s."""

    weights: FakeWeights
    calls: Calls
    per_minute: int = 600
    error_rate: dict[Side, Rate] = field(default_factory=lambda: {side: lambda _: 0.0 for side in Side})
    p95_ms: dict[Side, Rate] = field(default_factory=lambda: {side: lambda _: 200.0 for side in Side})
    silent: Callable[[Side, datetime], bool] = lambda _, __: False
    failing: Callable[[datetime], BaseException | None] = lambda _: None
    share: Callable[[datetime, float], float] = lambda _, share: share
    client_error_rate: dict[Side, Rate] = field(default_factory=lambda: {side: lambda _: 0.0 for side in Side})
    throttles: Callable[[datetime], int | None] = lambda _: None
    borrow_ms: Callable[[datetime], float | None] = lambda _: None
    asked: list[tuple[Side, datetime, datetime]] = field(default_factory=list)

    def read(self, side: Side, since: datetime, until: datetime, window: timedelta) -> SideEvidence:
        """What CloudWatch would say."""
        with self.calls.made(f"metrics {side.value}"):
            if error := self.failing(self.weights.clock.now()):
                raise error
            self.asked.append((side, since, until))
            minutes = {at: self._minute(side, at) for at in _starts(since, until, MINUTE)}
            windows = [self._window(side, start, window, minutes) for start in _aligned(since, until, window)]
            borrows = [LatencyWindow(w.start, window, self.borrow_ms(w.start), w.samples) for w in windows]
            known = borrows if side is Side.SERVERLESS else []
            return SideEvidence(tuple(minutes.values()), tuple(windows), window, tuple(known))

    def _minute(self, side: Side, start: datetime) -> Minute:
        share = self.share(start, self.weights.share_at(start) / 100)
        requests = round(self.per_minute * (share if side is Side.SERVERLESS else 1 - share))
        if self.silent(side, start) or requests == 0:
            return Minute(start, None, None, None)
        refused = round(requests * self.client_error_rate[side](start))
        throttles = self.throttles(start) if side is Side.SERVERLESS else None
        return Minute(start, requests, round(requests * self.error_rate[side](start)), refused, throttles)

    def _window(
        self, side: Side, start: datetime, window: timedelta, minutes: Mapping[datetime, Minute]
    ) -> LatencyWindow:
        requests = sum(minutes[at].requests or 0 for at in _starts(start, start + window, MINUTE))
        return LatencyWindow(start, window, self.p95_ms[side](start) if requests else None, requests)


def _aligned(since: datetime, until: datetime, window: timedelta) -> list[datetime]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return _starts(since + (epoch - since) % window, until, window)


def _starts(since: datetime, until: datetime, step: timedelta) -> list[datetime]:
    """The starts of the whole steps in [since, until)."""
    return [since + step * i for i in range(max(0, (until - since) // step))]


@dataclass
class FakeNames:
    """Name servers that answer by the weights."""

    weights: FakeWeights
    calls: Calls
    asked: list[Mapping[Side, Sequence[str]]] = field(default_factory=list)
    told: Sequence[Told] | None = None

    def sample(self, targets: Mapping[Side, Sequence[str]], questions: int, deadline_seconds: float) -> Answers:
        """Exactly by the weights."""
        self.asked.append(targets)
        serverless = questions * self.weights.share_at(self.weights.clock.now()) // 100
        return Answers({Side.ECS: questions - serverless, Side.SERVERLESS: serverless}, 0)

    def inspect(self, pointers: Pointers, questions: int, deadline_seconds: float) -> Sequence[Told]:
        """Exactly by the weights, or `told`."""
        if self.told is not None:
            return self.told
        serverless = questions * self.weights.share_at(self.weights.clock.now()) // 100
        by_side = {Side.ECS: questions - serverless, Side.SERVERLESS: serverless}
        return [Told("ns1.example", type_, questions, by_side, {}, {}, frozenset({60})) for type_ in pointers]


@dataclass
class MemoryLedger:
    """A Ledger in memory, with its chain checked."""

    calls: Calls
    lines: list[Event] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    checked: list[Event] = field(default_factory=list)
    unreadable: str = ""
    unwritable: str = ""
    held_by: str = ""
    fence: int = 0
    before_append: list[Callable[[], object]] = field(default_factory=list)

    def events(self) -> Sequence[Event]:
        """Every event."""
        if self.unreadable:
            raise LedgerUnavailable(self.unreadable)
        if self.lines != self.checked:
            check_chain(self.lines)
            self.checked = list(self.lines)
        return tuple(self.lines)

    def append(self, event: Event) -> None:
        """Write one."""
        if self.unreadable or self.unwritable:
            raise LedgerUnavailable(self.unreadable or self.unwritable)
        while self.before_append:
            self.before_append.pop()()
        with self.calls.made(f"append {event.kind.value}"):
            if event != chained(event, self.lines[-1] if self.lines else None):
                raise LedgerMoved(f"ledger line {event.seq} was written by somebody else meanwhile")
            self.lines.append(event)
            if self.lines[:-1] == self.checked:
                self.checked.append(event)

    def lease(self, holder: str) -> AbstractContextManager["MemoryLease"]:
        """Held for as long as the context."""
        return self._held(holder)

    def holder(self) -> Holder | None:
        """Who holds it."""
        return Holder(self.held_by, self.fence) if self.held_by else None

    def break_lease(self) -> None:
        """Nobody holds it any more."""
        self.held_by, self.fence = "", self.fence + 1

    def keep(self, name: str, text: str) -> str:
        """Store a document."""
        if self.unwritable or self.unreadable:
            raise LedgerUnavailable(self.unwritable or self.unreadable)
        self.kept[name] = text
        return f"/ledger/{name}"

    def documents(self) -> Mapping[str, str]:
        """The kept documents."""
        self._must_be_readable()
        return dict(self.kept)

    def raw(self) -> Sequence[str]:
        """Every line as JSON."""
        self._must_be_readable()
        return [encode(event) for event in self.lines]

    def kinds(self) -> list[str]:
        """The kinds of all lines."""
        return [event.kind.value for event in self.lines]

    def last(self, kind: Kind) -> Event:
        """The newest line of that kind."""
        return [event for event in self.lines if event.kind is kind][-1]

    def _must_be_readable(self) -> None:
        if self.unreadable:
            raise LedgerUnavailable(self.unreadable)

    @contextmanager
    def _held(self, holder: str) -> Iterator["MemoryLease"]:
        if self.held_by:
            raise Locked(f"{self.held_by} is at work on this migration")
        self.held_by, self.fence = holder, self.fence + 1
        lease = MemoryLease(self, self.fence)
        try:
            yield lease
        finally:
            if self.fence == lease.fence:
                self.held_by = ""


@dataclass
class MemoryLease:
    """A Lease."""

    ledger: MemoryLedger
    fence: int

    def confirm(self) -> None:
        """Still ours, or Locked."""
        if self.ledger.fence != self.fence:
            raise Locked("the lease was broken meanwhile")


@dataclass
class FakeIdentity:
    """An Identity."""

    name: str = "arn:aws:iam::123456789012:user/ada"

    def actor(self) -> str:
        """Who is acting."""
        return self.name


@dataclass
class FakeSurveyor:
    """A Surveyor that says what it is told to."""

    found: Surroundings = NOTHING_KNOWN
    asked: int = 0

    def survey(self, deadline_seconds: float) -> Surroundings:
        """What it was told."""
        self.asked += 1
        return self.found


@dataclass
class FakeSwitch:
    """A KillSwitch in memory."""

    is_set_up: bool = False
    by_hand: str = "printf 'lambda-serves: no' | aws s3 cp - s3://switches/lambda-serves"
    lambda_serves: bool = True
    failing: str = ""
    thrown: list[tuple[bool, str]] = field(default_factory=list)

    def serving(self) -> bool:
        """Whether Lambda may serve."""
        self._fail()
        return self.lambda_serves

    def throw(self, *, serving: bool, reason: str) -> None:
        """Take Lambda out, or put it back."""
        self._fail()
        self.lambda_serves = serving
        self.thrown.append((serving, reason))

    def _fail(self) -> None:
        if self.failing:
            raise SwitchUnavailable(self.failing)


@dataclass
class FakeEcs:
    """An EcsService in memory."""

    is_set_up: bool = False
    tasks: EcsCapacity = field(default_factory=lambda: EcsCapacity(4, 4, 2))
    failing: BaseException | None = None
    raised_to: list[int] = field(default_factory=list)

    def capacity(self) -> EcsCapacity:
        """Its tasks."""
        if self.failing:
            raise self.failing
        return self.tasks

    def raise_to(self, tasks: int) -> None:
        """Remember it."""
        if self.failing:
            raise self.failing
        self.raised_to.append(tasks)
        self.tasks = replace(self.tasks, desired=max(tasks, self.tasks.desired))


@dataclass
class FakeNotifier:
    """A Notifier that keeps what it was told."""

    told: list[Notice] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def tell(self, notice: Notice) -> None:
        """Keep it."""
        self.told.append(notice)

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """What went wrong."""
        return self.troubles


@dataclass
class FakeTrail:
    """A Trail with scripted changes."""

    known: list[RecordChange] = field(default_factory=list)
    failing: BaseException | None = None

    def changes(self, since: datetime, until: datetime) -> Sequence[RecordChange]:
        """Those of that time."""
        if self.failing:
            raise self.failing
        return [change for change in self.known if since <= change.when < until]


@dataclass
class FakeAccount:
    """An Account that says what it is told to."""

    found: AccountFacts = NOTHING_INSPECTED

    def inspect(self, deadline_seconds: float) -> AccountFacts:
        """What it was told."""
        return self.found


@dataclass
class FakeTargets:
    """A TargetFinder that says what it is told to."""

    found: LambdaTarget | None = None
    failing: BaseException | None = None

    def find(self) -> LambdaTarget | None:
        """What it was told."""
        if self.failing:
            raise self.failing
        return self.found


@dataclass
class FakeWorld:
    """The ports of one world, each to be scripted, and the World made of them."""

    settings: Settings
    clock: ManualClock
    calls: Calls
    weights: FakeWeights
    metrics: FakeMetrics
    names: FakeNames
    ledger: MemoryLedger
    identity: FakeIdentity = field(default_factory=FakeIdentity)
    surveyor: FakeSurveyor = field(default_factory=FakeSurveyor)
    switch: FakeSwitch = field(default_factory=FakeSwitch)
    ecs: FakeEcs = field(default_factory=FakeEcs)
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    trail: FakeTrail = field(default_factory=FakeTrail)
    estate: FakeEstate = field(default_factory=FakeEstate)
    archive: FakeArchive = field(default_factory=FakeArchive)
    usage: FakeUsage = field(default_factory=FakeUsage)
    targets: FakeTargets = field(default_factory=FakeTargets)
    account: FakeAccount = field(default_factory=FakeAccount)
    probes: FakeProbes = field(default_factory=FakeProbes)

    @property
    def ports(self) -> World:
        """What the commands get."""
        return World(
            settings=self.settings,
            weights=self.weights,
            metrics=self.metrics,
            names=self.names,
            ledger=self.ledger,
            clock=self.clock,
            identity=self.identity,
            surveyor=self.surveyor,
            switch=self.switch,
            ecs=self.ecs,
            notifier=self.notifier,
            trail=self.trail,
            estate=self.estate,
            archive=self.archive,
            usage=self.usage,
            targets=self.targets,
            account=self.account,
            probes=self.probes,
        )

    @property
    def live(self) -> Weights:
        """The live weights of the A records."""
        found = {r.set_identifier: r.weight or 0 for r in self.weights.records if r.type == "A"}
        return Weights(found["ecs"], found["lambda"])

    def failing_lambda(self, rate: float, since: datetime = START) -> None:
        """Lambda's error rate from that time on."""
        self.metrics.error_rate[Side.SERVERLESS] = lambda time: rate if time >= since else 0.0

    def blind(self, text: str = "CloudWatch's answer is not complete") -> None:
        """No telemetry from now on."""
        self.metrics.failing = lambda _: TelemetryUnavailable(text)

    def pass_time(self, span: timedelta) -> None:
        """Let time pass."""
        self.clock.time += span

    def revived(self) -> None:
        """A new process meets the same world."""
        self.calls.dead, self.calls.die_at = False, None
        self.ledger.held_by = ""

    def write(self, kind: Kind, **facts: Any) -> Event:
        """A ledger line from somewhere else."""
        blank = Event(0, self.clock.now(), kind, "somebody", "elsewhere", "test")
        event = chained(replace(blank, **facts), self.ledger.lines[-1] if self.ledger.lines else None)
        self.ledger.lines.append(event)
        return event


def fake_world(ecs: int = 100, serverless: int = 0, **settings: Any) -> FakeWorld:
    """A world at these weights since long; `settings` replace keys of `settings_with`."""
    clock, calls = ManualClock(), Calls()
    weights = FakeWeights(clock, calls, weighted(ecs, serverless, "A", "AAAA"))
    weights.timeline.append((START - timedelta(days=30), serverless))
    metrics = FakeMetrics(weights, calls)
    return FakeWorld(
        settings_with(**settings), clock, calls, weights, metrics, FakeNames(weights, calls), MemoryLedger(calls)
    )


def known_world(ecs: int, serverless: int, age: timedelta = timedelta(hours=2), **settings: Any) -> FakeWorld:
    """A world whose ledger knows these weights since `age`."""
    world = fake_world(ecs, serverless, **settings)
    bodies = sorted(r.body for r in world.weights.records)
    world.write(Kind.ADOPTED, time=START - age, after=(ecs, serverless), evidence={"records": bodies})
    return world


def settings_with(**changes: Any) -> Settings:
    """Settings with a ladder of half hours; `changes` are top-level keys of cutover.toml."""
    raw: dict[str, Any] = {
        "name": NAME,
        "hosted_zone_id": "Z123",
        "ecs": {"load_balancer": "app/api/123"},
        "lambda": {"api_id": "abc123"},
        "ladder": [{"weight": w, "bake": "30m", "min_requests": 500} for w in (10, 50, 100)],
        "safety": {"drill_above": 100},  # tests of the drill and of freezes ask for them
        "freeze": {"weekly": []},
    }
    return msgspec.convert(raw | changes, Settings)
