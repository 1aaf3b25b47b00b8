"""Questions to name servers: a small one on loopback answers as told."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from cutover.core.models import Side
from cutover.dns import ZoneServers
from cutover.world import LazyNames
from tests.fakes.world import settings_with
from tests.fakes.zone import NAME

ECS, SERVERLESS = "127.0.0.2", "127.0.0.3"
TARGETS = {Side.ECS: ("ecs.target.example.",), Side.SERVERLESS: ("lambda.target.example.",)}
Answer = Callable[[str, int], list[str]]
Lie = Callable[[bytes, tuple[str, int]], None]


@contextmanager
def name_server(answer: Answer, family: int = socket.AF_INET, lie: Lie | None = None) -> Iterator[str]:
    """A name server; `answer` gets the name and its question number, and returns records ("A 127.0.0.2").

    `lie` is called with each question and who asked it, before the answer.
    """
    with socket.socket(family, socket.SOCK_DGRAM) as channel:
        channel.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        channel.settimeout(0.1)
        ended = threading.Event()
        thread = threading.Thread(target=_serve, args=(channel, answer, ended, lie))
        thread.start()
        try:
            host, port = channel.getsockname()[:2]
            yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        finally:
            ended.set()
            thread.join()


def _serve(channel: socket.socket, answer: Answer, ended: threading.Event, lie: Lie | None) -> None:
    asked = 0
    while not ended.is_set():
        try:
            data, client = channel.recvfrom(4096)
        except TimeoutError:
            continue
        if lie:
            lie(data, client)
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        records = answer(name, asked)
        asked += name == f"{NAME}."
        if records == ["silence"]:
            continue
        reply = dns.message.make_response(query)
        if not records:
            reply.set_rcode(dns.rcode.REFUSED)
        for record in records:
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", *record.split()))
        channel.sendto(reply.to_wire(), client)


def zone(name: str, asked: int) -> list[str]:
    """Every tenth answer is Lambda's."""
    by_target = {"ecs.target.example.": [f"A {ECS}"], "lambda.target.example.": [f"A {SERVERLESS}"]}
    return by_target.get(name) or [f"A {SERVERLESS if asked % 10 == 0 else ECS}"]


def test_answers_are_shared_out_by_the_addresses_behind_the_targets() -> None:
    with name_server(zone) as server:
        answers = ZoneServers(NAME, [server]).sample(TARGETS, 100, 5.0)

    assert answers.by_side == {Side.ECS: 90, Side.SERVERLESS: 10}
    assert (answers.unknown, answers.total) == (0, 100)


def test_the_servers_are_asked_in_turn() -> None:
    with name_server(zone) as one, name_server(lambda name, n: zone(name, 1)) as other:
        answers = ZoneServers(NAME, [one, other]).sample(TARGETS, 40, 5.0)

    assert answers.by_side[Side.SERVERLESS] == 2


def test_addresses_and_names_in_the_records_themselves_count_too() -> None:
    def mixed(name: str, asked: int) -> list[str]:
        return (
            [["A 192.0.2.1"], ["CNAME d-1.example.net."], ["A 192.0.2.9"], []][asked % 4]
            if name != "d-1.example.net."
            else []
        )

    with name_server(mixed) as server:
        answers = ZoneServers(NAME, [server]).sample(
            {Side.ECS: ("192.0.2.1",), Side.SERVERLESS: ("D-1.example.net",)}, 8, 3.0
        )

    assert answers.by_side == {Side.ECS: 2, Side.SERVERLESS: 2}
    assert answers.unknown == 4


def test_silence_ends_with_the_deadline() -> None:
    with name_server(lambda name, n: zone(name, n) if name != f"{NAME}." or n % 2 else ["silence"]) as server:
        began = time.monotonic()
        answers = ZoneServers(NAME, [server]).sample(TARGETS, 20, 0.8)

    assert answers.total == 10
    assert time.monotonic() - began < 5


def test_answers_from_elsewhere_and_rubbish_do_not_count() -> None:
    def lie(query: bytes, client: tuple[str, int]) -> None:
        reply = dns.message.make_response(dns.message.from_wire(query))
        if reply.question[0].name.to_text() != f"{NAME}.":
            return
        reply.answer.append(dns.rrset.from_text(f"{NAME}.", 60, "IN", "A", SERVERLESS))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(reply.to_wire(), client)
            stranger.sendto(b"rubbish", client)

    with name_server(lambda name, _: zone(name, 1), lie=lie) as server:
        answers = ZoneServers(NAME, [server]).sample(TARGETS, 20, 5.0)

    assert answers.by_side == {Side.ECS: 20, Side.SERVERLESS: 0}


def test_nobody_listening_is_no_answer() -> None:
    answers = ZoneServers(NAME, ["127.0.0.1:1"]).sample(TARGETS, 5, 0.3)

    assert answers.total == 0


@pytest.mark.parametrize(
    "server",
    [
        "nonsense",
        "127.0.0.1",
        ":53",
        "127.0.0.1:dns",
        "127.0.0.1:99999999999999999999",
        "a..b:53",
        f"{'x' * 64}.example:53",
        "no.such.host.invalid:53",
    ],
)
def test_a_server_that_is_none_is_no_answer(server: str) -> None:
    assert ZoneServers(NAME, [server]).sample(TARGETS, 5, 0.2).total == 0


def test_a_target_that_is_no_name_is_nobodys() -> None:
    with name_server(zone) as server:
        answers = ZoneServers(NAME, [server]).sample(TARGETS | {Side.ECS: ("a..b", "x" * 64)}, 10, 5.0)

    assert answers.by_side == {Side.ECS: 0, Side.SERVERLESS: 1}
    assert answers.unknown == 9


def test_ipv6_servers_are_asked_too() -> None:
    try:
        with name_server(zone, socket.AF_INET6) as server:
            answers = ZoneServers(NAME, [server]).sample(TARGETS, 10, 5.0)
    except OSError:
        pytest.skip("no IPv6 loopback here")

    assert answers.total == 10


def test_the_zones_own_servers_are_learnt_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    with name_server(zone) as server:
        port = int(server.rpartition(":")[2])

        def resolve(name: object, type_: str = "A", **_: object) -> dns.rrset.RRset:
            answer = "ns1.example.com." if type_ == "NS" else "127.0.0.1"
            return dns.rrset.from_text(str(name), 60, "IN", type_, answer)

        monkeypatch.setattr("dns.resolver.zone_for_name", lambda *_, **__: "example.com.")
        monkeypatch.setattr("dns.resolver.resolve", resolve)
        monkeypatch.setattr("cutover.dns.DNS_PORT", port)
        answers = ZoneServers(NAME).sample(TARGETS, 10, 5.0)

    assert answers.total == 10


def test_without_a_resolver_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr("dns.resolver.zone_for_name", fails)

    assert ZoneServers(NAME).sample(TARGETS, 5, 0.2).total == 0


def test_the_world_asks_the_servers_of_the_settings() -> None:
    with name_server(zone) as server:
        names = LazyNames(settings_with(dns={"name_servers": [server]}))
        assert names.sample(TARGETS, 10, 5.0).total == 10
