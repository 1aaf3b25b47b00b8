"""Name servers on loopback, questioned one by one: what each says is counted, whatever it says."""

import socket
import threading
import time

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from cutover.core.models import Side
from cutover.core.verification import Pointers, Told, pointers
from cutover.core.zone import Sides
from cutover.inspection import Inspector
from cutover.world import LazyNames
from tests.fakes.world import fake_world, settings_with
from tests.fakes.zone import NAME, record
from tests.unit.cutover.zone_server import Change, Zone, of_code, serving, with_records

SIDES = Sides("ecs", "lambda")
BOTH = {
    type_: {Side.ECS: ("ecs.target.example.",), Side.SERVERLESS: ("lambda.target.example.",)} for type_ in ("A", "AAAA")
}
ONLY_A = {"A": BOTH["A"]}


def asked(*zones: Zone, questions: int = 40, pointers: Pointers = ONLY_A) -> tuple[Told, ...]:
    """What servers of these zones are found to say."""
    with serving(*zones) as servers:
        return Inspector(NAME, servers, patience_seconds=0.2).inspect(pointers, questions, 5.0)


def test_every_server_is_asked_for_every_type_and_its_answers_counted_by_side() -> None:
    one, other = Zone(), Zone(serverless=50)

    told = asked(one, other, questions=200, pointers=BOTH)

    assert [(t.type, t.asked, t.by_side[Side.SERVERLESS], dict(t.troubles)) for t in told] == [
        ("A", 100, 10, {}), ("A", 100, 50, {}), ("AAAA", 100, 10, {}), ("AAAA", 100, 50, {}),
    ]  # fmt: skip
    assert {t.server for t in told} == {told[0].server, told[1].server}
    assert all(t.ttls == {60} and not t.elsewhere and not t.alike for t in told)
    assert one.asked == other.asked == {"A": 100, "AAAA": 100}


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        (of_code(dns.rcode.SERVFAIL), "SERVFAIL"),
        (of_code(dns.rcode.REFUSED), "REFUSED"),
        (of_code(dns.rcode.NXDOMAIN), "NXDOMAIN"),
        (of_code(dns.rcode.NOERROR), "empty"),
        (lambda reply: setattr(reply, "flags", reply.flags | dns.flags.TC), "truncated"),
        (lambda reply: setattr(reply, "flags", reply.flags & ~dns.flags.AA), "not authoritative"),
    ],
    ids=["servfail", "refused", "nxdomain", "empty", "truncated", "no authority"],
)
def test_an_answer_that_is_none_is_counted_by_what_it_is(change: Change, trouble: str) -> None:
    (told,) = asked(Zone(change=change))

    assert told.troubles == {trouble: 40}
    assert (told.asked, sum(told.by_side.values()), dict(told.elsewhere)) == (40, 0, {})


def test_an_answer_that_points_at_neither_side_is_named() -> None:
    def lying(reply: dns.message.Message) -> None:
        with_records(reply, "A", "203.0.113.9")

    (told,) = asked(Zone(change=lying))

    assert told.elsewhere == {"203.0.113.9": 40}
    assert not told.troubles


def test_an_answer_to_another_question_is_no_answer() -> None:
    def other(reply: dns.message.Message) -> None:
        reply.question = [dns.rrset.from_text("other.example.com.", 60, "IN", "A")]

    (told,) = asked(Zone(change=other), questions=6)

    assert told.troubles == {"silent": 6}


def test_a_silent_server_is_given_up_and_delays_no_other() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, serving(Zone()) as servers:
        silent.bind(("127.0.0.1", 0))
        label = f"127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        told = Inspector(NAME, [label, *servers], patience_seconds=0.1).inspect(ONLY_A, 400, 30.0)

    assert told[0] == Told(label, "A", 200, {Side.ECS: 0, Side.SERVERLESS: 0}, {}, {"silent": 200}, frozenset())
    assert told[1].by_side == {Side.ECS: 180, Side.SERVERLESS: 20}
    assert time.monotonic() - began < 20


def test_a_lost_question_is_asked_again() -> None:
    lost = {"left": 5}

    def losing(reply: dns.message.Message) -> None:
        lost["left"] -= 1
        if lost["left"] >= 0:
            reply.question = []  # nobody takes that for an answer

    (told,) = asked(Zone(change=losing))

    assert sum(told.by_side.values()) == 40
    assert not told.troubles


def test_rubbish_with_a_right_number_is_malformed() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))
        channel.settimeout(5)
        label = f"127.0.0.1:{channel.getsockname()[1]}"

        def answer() -> None:
            for _ in range(4):
                data, client = channel.recvfrom(512)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                    stranger.sendto(data, client)
                channel.sendto(b"\xff\xff" + data[2:], client)
                channel.sendto(data[:2] + b"rubbish", client)

        thread = threading.Thread(target=answer)
        thread.start()
        told = Inspector(NAME, [label], patience_seconds=2).inspect({"A": {}}, 4, 5.0)
        thread.join()

    assert told[0].troubles == {"malformed": 4}


def test_records_with_values_of_their_own_are_told_apart_by_them() -> None:
    records = {Side.ECS: ('1 one.example. alpn="h2"',), Side.SERVERLESS: ('1 two.example. alpn="h2"',)}

    def answer(reply: dns.message.Message) -> None:
        with_records(reply, "HTTPS", records[Side.ECS][0])

    zone = Zone(change=answer)
    with serving(lambda query: _https(query, zone)) as servers:
        (told,) = Inspector(NAME, servers).inspect({"HTTPS": records}, 10, 5.0)

    assert told.by_side == {Side.ECS: 10, Side.SERVERLESS: 0}
    assert not told.alike


def _https(query: dns.message.Message, zone: Zone) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA
    zone.change(reply)
    return reply


def test_records_that_say_the_same_on_both_sides_are_alike() -> None:
    same = {Side.ECS: ("192.0.2.1",), Side.SERVERLESS: ("192.0.2.1",)}

    (told,) = asked(Zone(), pointers={"A": same}, questions=4)

    assert told.alike


def test_an_empty_answer_is_of_the_side_whose_target_has_no_such_address() -> None:
    def empty(reply: dns.message.Message) -> None:
        if with_lambda in reply.answer[0].to_text():
            reply.answer = []

    with_lambda = "2001:db8::2"
    sides = {Side.ECS: ("ecs.target.example.",), Side.SERVERLESS: ()}

    (told,) = asked(Zone(change=empty), pointers={"AAAA": sides}, questions=100)

    assert told.by_side == {Side.ECS: 90, Side.SERVERLESS: 10}
    assert not told.troubles


def test_an_address_that_its_target_has_only_now_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter([{"192.0.2.7"}, {"192.0.2.8"}, {"192.0.2.1"}, {"192.0.2.2"}])
    monkeypatch.setattr(Inspector, "_behind", lambda *_: next(rounds))

    (told,) = asked(Zone(), questions=100)

    assert told.by_side == {Side.ECS: 90, Side.SERVERLESS: 10}
    assert not told.elsewhere


def test_a_target_outside_of_the_zone_is_asked_of_its_own_servers_and_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zone = Zone()

    def foreign(query: dns.message.Message) -> dns.message.Message:
        reply = zone(query)
        if reply.question[0].name.to_text() == f"{NAME}.":
            return reply
        reply.answer = []
        reply.set_rcode(dns.rcode.REFUSED)
        return reply

    system = {"ecs.target.example.": "192.0.2.1", "lambda.target.example.": "192.0.2.2"}

    def resolve(name: object, type_: str = "A", **_: object) -> dns.rrset.RRset:
        return dns.rrset.from_text(str(name), 60, "IN", type_, system.get(str(name), "127.0.0.1"))

    def no_zone(*_: object, **__: object) -> None:
        raise dns.resolver.NoRootSOA

    monkeypatch.setattr("dns.resolver.zone_for_name", no_zone)
    monkeypatch.setattr("dns.resolver.resolve", resolve)
    with serving(foreign) as servers:
        (told,) = Inspector(NAME, servers, patience_seconds=0.2).inspect(ONLY_A, 100, 5.0)

    assert told.by_side == {Side.ECS: 90, Side.SERVERLESS: 10}


def test_a_target_that_is_no_name_has_no_addresses() -> None:
    (told,) = asked(Zone(), pointers={"A": ONLY_A["A"] | {Side.SERVERLESS: ("a..b", "x" * 64)}}, questions=100)

    assert told.by_side[Side.ECS] == 90
    assert told.elsewhere == {"192.0.2.2": 10}


def test_servers_that_cannot_be_learnt_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr("dns.resolver.zone_for_name", fails)

    assert Inspector(NAME).inspect(ONLY_A, 10, 1.0) == ()


def test_a_machine_that_cannot_send_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("no sockets left")

    with serving(Zone()) as servers:
        monkeypatch.setattr("cutover.interrogation.socket.socket", fails)
        (told,) = Inspector(NAME, servers).inspect({"A": {}}, 10, 1.0)

    assert told.troubles == {"silent": 10}


def test_the_records_say_what_to_ask_for_and_where_each_side_points() -> None:
    world = fake_world()
    world.weights.records += [
        record("HTTPS", "ecs", 100, AliasTarget=None, ResourceRecords=[{"Value": "1 . alpn=h2"}]),
        record("TXT", "ecs", 100),
        record("A", "third", 0),
    ]

    assert pointers(world.weights.read(), SIDES) == {**BOTH, "HTTPS": {Side.ECS: ("1 . alpn=h2",)}}


def test_the_world_inspects_the_servers_of_the_settings() -> None:
    with serving(Zone()) as servers:
        told = LazyNames(settings_with(dns={"name_servers": list(servers)})).inspect(ONLY_A, 20, 5.0)

    assert [(t.server, t.asked) for t in told] == [(servers[0], 20)]
