"""What `rehearse up --json` says is true, and the tool itself can be tried on it."""

import contextlib
import json
import os
import subprocess
import sys
import tomllib
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import boto3
import dns.message
import dns.query
import dns.rdatatype
import pytest
import redis

from cutover.rehearsal.stack.process import CHECKOUT
from tests.integration.rehearsal.stack_rig import PUBLIC_NAME, SIDES, START_SECONDS, Up, wait_until

pytestmark = pytest.mark.xdist_group("stack")

NAMES = {
    "schema", "ecs_url", "lambda_url", "dns", "database_url", "redis_url", "opensearch_url", "aws_endpoint_url",
    "edge_control_url", "jwks_url", "tokens", "pids", "time_factor", "settings",
}  # fmt: skip
SERVERS = {"moto", "valkey", "search", "postgres", "aws", "ecs", "edge", "measures"}
ANSWERS = 600  # at 10%, the share of so many strays by more than 6 points once in a million times
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}


def addresses(stack: Up, count: int) -> Counter[str]:
    """How many of so many answers name each address."""
    host, _, port = stack.described["dns"].partition(":")
    found: Counter[str] = Counter()
    for _ in range(count):
        query = dns.message.make_query(PUBLIC_NAME, "A")
        answer = dns.query.udp(query, host, port=int(port), timeout=10)
        found.update(str(data) for rrset in answer.answer for data in rrset if rrset.rdtype == dns.rdatatype.A)
    return found


def of(stack: Up, side: str) -> str:
    """The address of a side."""
    return str(urlsplit(stack.url(side)).hostname)


def fetched(url: str) -> Any:
    """The JSON that stands there."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - an address on loopback
        return json.loads(answer.read())


def cutover(stack: Up, *arguments: str) -> Any:
    """What a command of the tool says when it is given the printed settings; it has to succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "cutover", "--config", stack.described["settings"], "--json", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **CREDENTIALS},
        cwd=CHECKOUT,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def route53(stack: Up) -> Iterator[Any]:
    """A client of the stack's Route 53; the weights are 100/0 again afterwards."""
    client = boto3.client(
        "route53",
        endpoint_url=stack.described["aws_endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    with contextlib.closing(client):
        yield client
        weigh(stack, client, 100, 0)


def weigh(stack: Up, client: Any, ecs: int, on_lambda: int) -> None:
    """Give the two records these weights, and wait until every name server has them."""
    zone = tomllib.loads((stack.folder / "cutover.toml").read_text())["hosted_zone_id"]
    records = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    weights = {"ecs": ecs, "lambda": on_lambda}
    changes = [
        {"Action": "UPSERT", "ResourceRecordSet": {**record, "Weight": weights[record["SetIdentifier"]]}}
        for record in records
        if record.get("SetIdentifier") in weights
    ]
    change = client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    wait_until(lambda: client.get_change(Id=change["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC", 60)


async def test_everything_is_where_it_is_said_to_be(stack: Up) -> None:
    said = stack.described
    assert set(said) == NAMES
    assert (said["schema"], said["time_factor"]) == ("cutover.rehearsal.up/1", 60.0)
    assert said["settings"] == str(stack.folder / "cutover.toml")
    connection = await asyncpg.connect(said["database_url"], timeout=10)
    assert await connection.fetchval("SELECT count(DISTINCT user_id) FROM moc_instructions WHERE title <> ''") >= 50
    await connection.close()
    with contextlib.closing(redis.Redis.from_url(said["redis_url"])) as valkey:
        assert valkey.ping()
    assert fetched(f"{said['opensearch_url']}/_count")["count"] >= 1000
    assert [key["kty"] for key in fetched(said["jwks_url"])["keys"]] == ["RSA"]
    assert fetched(f"{said['edge_control_url']}/state")["environments"]


def test_every_server_is_named_with_the_process_that_it_is(stack: Up) -> None:
    assert set(stack.described["pids"]) == {"rehearsal", *SERVERS}
    assert stack.described["pids"]["rehearsal"] == stack.process.pid
    assert {stack.pid(name) for name in stack.described["pids"]} < stack.family()


@pytest.mark.parametrize("side", SIDES)
def test_the_tokens_are_those_of_alice_bob_and_an_admin(stack: Up, side: str) -> None:
    assert set(stack.described["tokens"]) == {"alice", "bob", "admin"}
    owners = {
        user: {row["userId"] for row in stack.ask(side, "GET", "/api/mocs", user=user).json()["data"]}
        for user in stack.described["tokens"]
    }
    assert owners == {"alice": {"alice"}, "bob": {"bob"}, "admin": set()}


def test_at_first_every_answer_of_the_name_server_is_ecs(stack: Up) -> None:
    assert addresses(stack, 200) == {of(stack, "ecs"): 200}


def test_a_changed_weight_is_what_the_name_server_answers_by(stack: Up, route53: Any) -> None:
    weigh(stack, route53, 90, 10)
    found = addresses(stack, ANSWERS)
    assert set(found) == {of(stack, "ecs"), of(stack, "lambda")}
    assert 0.04 < found[of(stack, "lambda")] / ANSWERS < 0.16
    weigh(stack, route53, 0, 100)
    assert addresses(stack, 100) == {of(stack, "lambda"): 100}


def test_the_printed_settings_are_those_that_the_tool_needs(stack: Up) -> None:
    # In under a second: on a machine that is too busy for that, it says nothing of the weights.
    wait_until(lambda: cutover(stack, "status")["weights"] == {"ecs": 100, "lambda": 0}, 60)
    aside = ("--override", "gates=no traffic", "--override", "telemetry=no traffic")
    cutover(stack, "shift", "--lambda-weight", "10", "--yes", *aside)
    found = addresses(stack, ANSWERS)
    assert 0.04 < found[of(stack, "lambda")] / ANSWERS < 0.16
    cutover(stack, "rollback", "--yes")
    assert addresses(stack, 100) == {of(stack, "ecs"): 100}
