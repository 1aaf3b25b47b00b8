"""The name server through dnspython: shares, TTLs, transports, broken packets."""

import asyncio
import math
import socket
from collections import Counter
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import pytest

from cutover.rehearsal.aws.dns import NameServer
from tests.integration.rehearsal.aws_process import ALB, API, GATEWAY, ZONE, Aws, record, started

QUESTIONS = 400


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    big = {
        "Name": f"big.{ZONE}",
        "Type": "TXT",
        "TTL": 60,
        "ResourceRecords": [{"Value": f'"{letter * 250}"'} for letter in "abcd"],
    }
    records = [record("ecs", 90), record("lambda", 10), big]
    with started(tmp_path_factory.mktemp("aws"), records=records) as running:
        yield running


def test_the_answers_follow_the_weights_and_are_counted(aws: Aws) -> None:
    before = Counter(_counted(aws))
    seen = Counter(aws.addresses()[0] for _ in range(QUESTIONS))
    deviation = math.sqrt(QUESTIONS * 0.1 * 0.9)
    assert abs(seen["127.0.1.2"] - QUESTIONS * 0.1) < 6 * deviation
    assert seen["127.0.1.1"] + seen["127.0.1.2"] == QUESTIONS
    counted = Counter(_counted(aws)) - before
    assert counted == {"ecs": seen["127.0.1.1"], "lambda": seen["127.0.1.2"]}


def _counted(aws: Aws) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in aws.control("GET", "state")["answers"]:
        total.update({side: row.get(side, 0) for side in ("ecs", "lambda")})
    return dict(total)


def test_answers_are_authoritative_and_short_lived(aws: Aws) -> None:
    answer = aws.resolve()
    assert answer.flags & dns.flags.AA
    assert answer.answer[0].ttl == 1  # 60 simulated seconds


def test_both_transports_answer_alike(aws: Aws) -> None:
    assert aws.resolve(GATEWAY, over_tcp=True).answer == aws.resolve(GATEWAY).answer != []


def test_a_long_answer_is_cut_over_udp_and_whole_over_tcp(aws: Aws) -> None:
    assert aws.resolve(f"big.{ZONE}", "TXT").flags & dns.flags.TC
    assert len(aws.resolve(f"big.{ZONE}", "TXT", over_tcp=True).answer[0]) == 4


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        (ZONE, "SOA", dns.rcode.NOERROR),
        (API, "AAAA", dns.rcode.NOERROR),
        (f"nothing.{ZONE}", "A", dns.rcode.NXDOMAIN),
        ("example.org.", "A", dns.rcode.REFUSED),
        (ALB, "A", dns.rcode.NOERROR),
    ],
)
def test_every_name_has_its_answer(aws: Aws, name: str, kind: str, rcode: dns.rcode.Rcode) -> None:
    assert aws.resolve(name, kind).rcode() == rcode


def test_broken_packets_do_not_hurt_the_next_question(aws: Aws) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as broken:
        for packet in (b"", b"x", b"\x00" * 11, b"\xff" * 40, dns.message.make_query(API, "A").to_wire()[:-2]):
            broken.sendto(packet, ("127.0.0.1", aws.dns_port))
    assert aws.resolve().rcode() == dns.rcode.NOERROR


def test_a_connection_that_breaks_off_does_not_hurt_the_next(aws: Aws) -> None:
    for packet in (b"\x00", b"\x00\x20half", b"\x00\x03odd"):
        with socket.create_connection(("127.0.0.1", aws.dns_port)) as connection:
            connection.sendall(packet)
    assert aws.resolve(over_tcp=True).rcode() == dns.rcode.NOERROR


def answered(query: dns.message.Message) -> dns.message.Message:
    return dns.message.make_response(query)


async def test_a_taken_port_is_an_error() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        server = NameServer(answered)
        with pytest.raises(OSError, match="in use"):
            await server.start("127.0.0.1", taken.getsockname()[1])


async def test_stopping_ends_open_connections() -> None:
    server = NameServer(answered)
    port = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    wire = dns.message.make_query(API, "A").to_wire()
    writer.write(len(wire).to_bytes(2, "big") + wire)
    assert len(await reader.readexactly(2)) == 2
    await server.stop()
    await reader.read()
    assert reader.at_eof()
    writer.close()
    await writer.wait_closed()


async def test_stopping_what_never_started_is_harmless() -> None:
    await NameServer(answered).stop()
