"""A whole world for `cutover` in memory: strict weights, scripted traffic, a clock that only moves when slept on."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cutover.core.models import Side, Weights
from cutover.core.record import Event, Kind, chained
from cutover.ports import (
    TelemetryUnavailable,
    World,
)
from cutover.settings import Settings
from tests.fakes.around import (
    FakeAccount,
    FakeEcs,
    FakeIdentity,
    FakeNotifier,
    FakeSurveyor,
    FakeSwitch,
    FakeTargets,
    FakeTrail,
)
from tests.fakes.boards import FakeBoards, FakeMarker, FakeMeter
from tests.fakes.estate import FakeArchive, FakeEstate, FakeUsage
from tests.fakes.load_generator import FakeGenerator
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.probes import FakeProbes
from tests.fakes.reindexing import FakeReindexing
from tests.fakes.telemetry import FakeMetrics, FakeNames
from tests.fakes.zone import NAME, START, Calls, FakeWeights, ManualClock, weighted


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
    reindexing: FakeReindexing = field(default_factory=FakeReindexing)
    load: FakeGenerator = field(default_factory=FakeGenerator)
    meter: FakeMeter = field(default_factory=FakeMeter)
    marker: FakeMarker = field(default_factory=FakeMarker)
    boards: FakeBoards = field(default_factory=FakeBoards)

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
            reindexing=self.reindexing,
            load=self.load,
            meter=self.meter,
            marker=self.marker,
            boards=self.boards,
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
