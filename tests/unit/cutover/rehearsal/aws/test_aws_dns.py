"""Packets in, packets out; whatever comes in, nothing breaks."""

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from hypothesis import given
from hypothesis import strategies as st

from cutover.rehearsal.aws.answers import answer
from cutover.rehearsal.aws.dns import reply_to
from tests.unit.cutover.rehearsal.aws.factories import API, plain, weighted, zone_with
from tests.unit.cutover.rehearsal.aws.test_aws_answers import DNS

SERVED = zone_with(weighted("ecs", 1), plain("big.example.test.", " ".join([f'"{"x" * 250}"'] * 4), kind="TXT")).live


def respond(query: dns.message.Message) -> dns.message.Message:
    return answer(query, SERVED, DNS, lambda _: 0).message


def reply(wire: bytes, *, over_tcp: bool = False) -> dns.message.Message:
    got = reply_to(wire, respond, over_tcp=over_tcp)
    assert got is not None
    return dns.message.from_wire(got)


def test_a_question_is_answered() -> None:
    query = dns.message.make_query(API, "A")
    answered = reply(query.to_wire())
    assert (answered.id, len(answered.answer)) == (query.id, 1)


def test_an_answer_that_does_not_fit_is_cut_and_comes_whole_over_tcp() -> None:
    wire = dns.message.make_query("big.example.test.", "TXT").to_wire()
    cut = reply(wire)
    assert cut.flags & dns.flags.TC
    assert cut.answer == []
    whole = reply(wire, over_tcp=True)
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer) == 1


def test_a_client_that_takes_large_packets_gets_them() -> None:
    wire = dns.message.make_query("big.example.test.", "TXT", use_edns=0, payload=4096).to_wire()
    assert len(reply(wire).answer) == 1


def test_a_packet_too_short_for_a_header_is_dropped() -> None:
    assert reply_to(b"\x00\x01\x00", respond) is None


def test_an_answer_is_never_answered() -> None:
    assert reply_to(respond(dns.message.make_query(API, "A")).to_wire(), respond) is None


def test_a_malformed_question_is_a_format_error() -> None:
    wire = dns.message.make_query(API, "A").to_wire()[:-3]
    answered = reply(wire)
    assert (answered.rcode(), answered.id) == (dns.rcode.FORMERR, int.from_bytes(wire[:2], "big"))


@given(st.binary(max_size=80))
def test_no_packet_breaks_the_server(wire: bytes) -> None:
    reply_to(wire, respond)


@given(st.integers(0, 60), st.integers(0, 255))
def test_no_changed_byte_breaks_the_server(place: int, value: int) -> None:
    wire = bytearray(dns.message.make_query(API, "A", use_edns=0).to_wire())
    wire[place % len(wire)] = value
    reply_to(bytes(wire), respond)
