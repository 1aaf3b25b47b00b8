"""The ready-made way back of every shift, carried out as the plain line would, on a zone as strict as Route 53."""

import json
import shlex
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cutover.core.models import RecordSet
from cutover.core.record import Kind
from cutover.core.state import fold
from cutover.flow.retreat.by_hand import plain_line
from cutover.rehearsal.aws.route53.checks import ZoneFacts
from cutover.rehearsal.aws.route53.records import batch_of
from cutover.rehearsal.aws.route53.zone import Zone
from tests.fakes.world import FakeWorld, fake_world, settings_with
from tests.fakes.zone import weighted
from tests.unit.cutover.invoking import invoke

TARGETS = frozenset({"ecs.target.example.", "lambda.target.example."})


def zone_of(records: list[RecordSet]) -> Zone:
    """A strict zone with these records."""
    numbers = count(1)
    zone = Zone(ZoneFacts("Z123", "example.com.", TARGETS), (), insync_seconds=0, new_id=lambda: f"C{next(numbers)}")
    changes = [{"Action": "CREATE", "ResourceRecordSet": json.loads(record.body)} for record in records]
    zone.submit(batch_of({"Comment": "", "Changes": changes}, as_text=False), 0, actor="test")
    return zone


def carried_out(document: Any, records: list[RecordSet]) -> set[tuple[str, str | None, int | None]]:
    """Type, side and weight of each record after the batch, on a zone that has these records."""
    zone = zone_of(records)
    zone.submit(batch_of(document, as_text=False), 1, actor="by hand")
    return {
        (record.type, record.set_identifier, record.weight)
        for record in zone.live.values()
        if record.set_identifier is not None
    }


def kept(world: FakeWorld) -> Any:
    """The newest file beside the ledger."""
    return json.loads(list(world.ledger.kept.values())[-1])


HOME = {("A", "ecs", 100), ("A", "lambda", 0), ("AAAA", "ecs", 100), ("AAAA", "lambda", 0)}


@pytest.mark.parametrize("weight", [10, 5, 1])
def test_the_file_of_a_shift_gives_ecs_everything(weight: int) -> None:
    world = fake_world()
    invoke(world, "shift", "--lambda-weight", str(weight), "--yes")

    assert carried_out(kept(world), world.weights.records) == HOME


def test_an_old_file_gives_ecs_everything_whatever_the_weights_are_by_then() -> None:
    world = fake_world()
    invoke(world, "shift", "--lambda-weight", "10", "--yes")

    for live in ((50, 50), (0, 100), (100, 0)):
        assert carried_out(kept(world), weighted(*live, "A", "AAAA")) == HOME


def test_the_file_creates_again_what_is_gone() -> None:
    world = fake_world()
    invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert carried_out(kept(world), [r for r in world.weights.records if r.set_identifier == "lambda"]) == HOME


def test_what_print_shows_gives_ecs_everything_and_the_line_holds_it_whole() -> None:
    world = fake_world(50, 50)

    said = json.loads(invoke(world, "--json", "rollback", "--print").stdout)

    words = shlex.split(said["line"])
    assert words[:6] == ["aws", "route53", "change-resource-record-sets", "--hosted-zone-id", "Z123", "--change-batch"]
    assert json.loads(words[6]) == said["batch"]
    assert carried_out(said["batch"], world.weights.records) == HOME


def test_the_line_of_a_shift_names_its_file() -> None:
    world = fake_world()
    invoke(world, "shift", "--lambda-weight", "10", "--yes")

    line = fold(world.ledger.lines).undo

    name = Path(shlex.split(line)[-1].removeprefix("file://")).name
    assert name in world.ledger.kept
    assert world.ledger.last(Kind.INTENT).evidence["undo"] == line


def test_the_line_says_which_keys_and_where() -> None:
    settings = settings_with(aws={"profile": "prod eu", "endpoint_url": "http://127.0.0.1:1"})

    assert plain_line(settings, "file:///a b.json").endswith(
        "--change-batch 'file:///a b.json' --profile 'prod eu' --endpoint-url http://127.0.0.1:1"
    )
