"""Two operators on two machines, with one ledger table and one zone: one of them changes something, once."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from cutover.aws.clients import Clients
from cutover.clock import CompressedClock
from cutover.core.durations import parse_duration
from cutover.core.record import Event, Kind
from cutover.ledger.dynamodb import TableLedger
from cutover.ledger.dynamodb_calls import Calls, Table
from cutover.sections import AwsSettings
from tests.integration.rehearsal.aws_process import DEADLINE_SECONDS, ROOT, ZONE_ID, Aws, eventually, started
from tests.unit.cutover.ledger.table import TABLE, make_table

SETTINGS = """
name = "api.lego-moc.example.test"
hosted_zone_id = "{zone_id}"
ecs = {{ load_balancer = "app/api/1" }}
lambda = {{ api_id = "abc" }}
aws = {{ endpoint_url = "{url}" }}
ledger = {{ table = "{table}", migration = "api", lease = "30m" }}
clock = {{ factor = {factor}, epoch = {epoch} }}
safety = {{ drill_above = 100 }}
freeze = {{ weekly = [] }}
"""
AGAINST = ("gates", "telemetry", "verify", "ipv6", "deploy")


def higher(weight: int) -> Sequence[str]:
    """The words of a raise, which needs the lease."""
    overrides = (word for rule in AGAINST for word in ("--override", f"{rule}=a test"))
    return ("shift", "--lambda-weight", str(weight), "--yes", "--wait", "bake", *overrides)


@dataclass
class Site:
    """The zone and the table, and the machines that share them."""

    aws: Aws
    folder: Path
    clock: dict[str, float]
    held: ExitStack

    def start(self, machine: str, *words: str) -> "subprocess.Popen[str]":
        """`cutover WORDS` on that machine."""
        place = self.folder / machine / "cutover.toml"
        place.parent.mkdir(exist_ok=True)
        place.write_text(SETTINGS.format(zone_id=ZONE_ID, url=self.aws.url, table=TABLE, **self.clock))
        command = [sys.executable, "-m", "cutover", "--config", str(place), *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        self.held.callback(process.communicate)
        self.held.callback(process.kill)
        return process

    def run(self, machine: str, *words: str) -> tuple[int, str, str]:
        """Its exit code and what it said."""
        process = self.start(machine, *words)
        out, err = process.communicate(timeout=DEADLINE_SECONDS)
        return process.returncode, out, err

    def events(self) -> Sequence[Event]:
        """What the table holds, its chain checked."""
        clients = Clients(AwsSettings(endpoint_url=self.aws.url))
        client = clients.make("dynamodb", 1, DEADLINE_SECONDS)
        self.held.callback(client.close)
        calls = Calls(lambda: client, Table(TABLE, "us-east-1"))
        clock = CompressedClock(self.clock["factor"], self.clock["epoch"])
        return TableLedger(calls, "api", self.folder / "reader", clock, parse_duration("30m")).events()

    def weights(self) -> set[int]:
        """The live weights."""
        answer = self.aws.client("route53").list_resource_record_sets(HostedZoneId=ZONE_ID)
        return {record["Weight"] for record in answer["ResourceRecordSets"] if "Weight" in record}


@pytest.fixture
def moto() -> Iterator[str]:
    """moto, answering one request at a time: unlike DynamoDB it lets others in between a condition and its write."""
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site(tmp_path: Path, moto: str) -> Iterator[Site]:
    """Two machines' worth of world."""
    with started(tmp_path, moto_url=moto) as aws, ExitStack() as held:
        config: Any = json.loads((tmp_path / "aws.json").read_text())
        make_table(aws.client("dynamodb"))
        yield Site(aws, tmp_path, config["clock"], held)


def test_of_two_who_shift_at_once_one_does_and_after_its_death_its_lease_can_be_broken(site: Site) -> None:
    racing = {machine: site.start(machine, *higher(10)) for machine in ("a", "b")}
    ended = eventually(lambda: [name for name, one in racing.items() if one.poll() is not None], bool)
    loser, winner = ended[0], "b" if ended[0] == "a" else "a"
    _, said = racing[loser].communicate(timeout=DEADLINE_SECONDS)
    assert (len(ended), racing[loser].returncode) == (1, 7), said
    words = " ".join(said.split())  # lines end where this machine's name lets them
    assert "is at work on this migration" in words
    assert "lock show" in words

    eventually(site.weights, lambda live: live == {90, 10})
    racing[winner].kill()
    racing[winner].wait(DEADLINE_SECONDS)
    code, _, said = site.run(loser, *higher(20))
    assert code == 7, said  # a dead holder's lease lasts until its time is over
    _, shown, _ = site.run(loser, "lock", "show", "--json", "--quiet")
    holder = json.loads(shown)["holder"]
    code, _, said = site.run(loser, "lock", "break", "--reason", "it is dead", "--yes", "--holder", holder["name"])
    assert code == 0, said
    code, _, said = site.run(loser, "rollback")
    assert code == 0, said

    events = site.events()
    raises = [event.after for event in events if event.kind is Kind.INTENT and not event.evidence.get("rollback")]
    assert raises == [(90, 10)]
    assert [event.evidence["fence"] for event in events if event.kind is Kind.UNLOCKED] == [1]
    assert site.weights() == {100, 0}
