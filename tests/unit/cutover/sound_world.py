"""A world in which the preflight finds nothing wrong, to be spoilt in one place; and what it finds there."""

import json
from datetime import timedelta
from typing import Any

from cutover.core.account import AccountFacts, Bodies, Credentials, HostedZone, Table, TargetGroup
from cutover.core.record import Kind
from cutover.core.surroundings import Concurrency, Deploy, EcsCapacity, Ipv6, Surroundings
from tests.fakes.world import FakeWorld, known_world, settings_with
from tests.fakes.zone import START, record
from tests.unit.cutover.invoking import invoke

ADA = "arn:aws:iam::123456789012:user/ada"
DAY = timedelta(days=1)
SOUND = AccountFacts(
    credentials=Credentials(ADA, "shared-credentials-file", lasts=True),
    skew_seconds=0.4,
    denied=(),
    zone=HostedZone("example.com", is_private=False),
    target_groups=(TargetGroup("tasks", 4, 4),),
    table=Table("ACTIVE", recovers=True),
    bodies=Bodies(requests=9_000, large=0, largest_bytes=90_000, files_read=40, files=40),
)
QUIET = Surroundings(
    alarms=(),
    deploys=(Deploy("stack api", START - DAY),),
    concurrency=Concurrency(1000, 20),
    capacity=EcsCapacity(4, 4, 2),
    ipv6=Ipv6(ecs=True, serverless=True),
)
NAMED: dict[str, Any] = {
    "ecs": {"load_balancer": "app/api/123", "cluster": "main", "service": "api"},
    "lambda": {"api_id": "abc123", "functions": ["mocs"], "rds_proxy": "proxy"},
    "safety": {"veto_alarms": ["veto"], "stacks": ["api"], "drill_above": 10},
    "freeze": {"weekly": [{"start": "Fri 12:00", "end": "Sat 08:00"}]},
    "kill_switch": {"bucket": "switches"},
    "notify": {"sns_topic": "arn:aws:sns:us-east-1:1:t", "slack_webhook_env": "HOOK", "command": ["page"]},
    "ledger": {"table": "ledger"},
    "archive": {"bucket": "archive"},
}


def named(ecs: int = 90, serverless: int = 10, **settings: Any) -> FakeWorld:
    """A world whose settings leave nothing out."""
    world = known_world(ecs, serverless)
    world.settings = settings_with(**(NAMED | settings))
    return world


def sound(ecs: int = 90, serverless: int = 10, **settings: Any) -> FakeWorld:
    """A world in which nothing is wrong."""
    world = named(ecs, serverless, **settings)
    world.weights.records = [
        record(r.type, r.set_identifier, r.weight, **({"HealthCheckId": "hc"} if r.set_identifier == "lambda" else {}))
        for r in world.weights.records
    ]
    bodies = sorted(r.body for r in world.weights.records)
    world.write(Kind.ADOPTED, time=START - DAY, after=(ecs, serverless), evidence={"records": bodies})
    world.write(Kind.DRILLED, time=START - DAY, evidence={"ok": True})
    world.account.found, world.surveyor.found, world.switch.is_set_up = SOUND, QUIET, True
    return world


def examined(world: FakeWorld) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and the findings by check."""
    document = json.loads(invoke(world, "doctor", "--json").stdout)
    assert document["schema"] == "cutover.doctor/1"
    return document["exit"], {one["check"]: one for one in document["findings"]}


def found(world: FakeWorld, check: str) -> tuple[int, str, str]:
    """The exit code, one finding's level, and all its words."""
    code, findings = examined(world)
    one = findings[check]
    assert bool(one["mend"]) or one["level"] in {"ok", "not checked"}
    return code, one["level"], f"{one['text']} → {one['mend']}"
