"""A world in which somebody has edited the records by hand."""

from datetime import timedelta
from typing import Any

from cutover.ports import RecordChange
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START

BOB = "arn:aws:iam::123456789012:user/bob"


def edited(ecs: int = 50, serverless: int = 50, agent: str = "the console", **settings: Any) -> FakeWorld:
    """A world whose ledger knows 90/10, and in which Bob has set other weights five minutes ago."""
    world = known_world(90, 10, **settings)
    world.weights.set_by_hand(ecs, serverless)
    by_bob = RecordChange(START, BOB, agent, f"UPSERT A lambda weight {serverless}")
    world.trail.known = [RecordChange(START - timedelta(minutes=1), "role/cutover", "cutover", "ours"), by_bob]
    world.clock.time += timedelta(minutes=5)
    return world
