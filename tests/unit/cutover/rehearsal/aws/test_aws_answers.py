"""What the zone's name servers answer."""

import random
from collections import Counter

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import pytest

from cutover.rehearsal.aws.answers import Answer, DnsFacts, Draw, answer
from cutover.rehearsal.aws.route53.records import AliasTarget, RecordSet
from tests.unit.cutover.rehearsal.aws.factories import (
    ALB,
    API,
    FACTS,
    GATEWAY,
    ZONE,
    alias,
    plain,
    records_with,
    weighted,
    zone_with,
)

DNS = DnsFacts(ZONE, {ALB: ("127.0.1.1", "::1"), GATEWAY: ("127.0.1.2",)}, answer_ttl_seconds=60, factor=1)


def first(_below: int) -> int:
    return 0


def ask(
    records: list[RecordSet], name: str = API, kind: str = "A", *, draw: Draw = first, facts: DnsFacts = DNS
) -> Answer:
    query = dns.message.make_query(name, kind)
    served = zone_with(*records).live
    answered = answer(query, served, facts, draw)
    assert answered.message.id == query.id
    return answered


def texts(answered: Answer) -> list[str]:
    """The answer section, one text per record: type and value."""
    return [f"{dns.rdatatype.to_text(rrset.rdtype)} {rdata}" for rrset in answered.message.answer for rdata in rrset]


def authority(answered: Answer) -> list[str]:
    return [dns.rdatatype.to_text(rrset.rdtype) for rrset in answered.message.authority]


def in_zone_alias(name: str, target: str) -> RecordSet:
    points = AliasTarget(hosted_zone_id=FACTS.zone_id, dns_name=target, evaluate_target_health=False)
    return alias(name, alias_target=points)


def test_an_alias_answers_with_its_targets_address_in_its_own_name() -> None:
    answered = ask([alias()])
    assert texts(answered) == ["A 127.0.1.1"]
    assert answered.message.answer[0].name.to_text() == API
    assert answered.message.flags & dns.flags.AA
    assert answered.message.rcode() == dns.rcode.NOERROR
    assert answered.drawn == ()


def test_an_aaaa_alias_answers_with_the_ipv6_addresses() -> None:
    assert texts(ask([alias(type="AAAA")], kind="AAAA")) == ["AAAA ::1"]


def test_a_dualstack_alias_answers_as_its_target() -> None:
    assert texts(ask([alias(target=f"dualstack.{ALB}")])) == ["A 127.0.1.1"]


def test_names_match_in_any_case_and_come_back_as_asked() -> None:
    answered = ask([alias()], name="ApI.example.TEST.")
    assert texts(answered) == ["A 127.0.1.1"]
    assert answered.message.answer[0].name.to_text() == "ApI.example.TEST."


def test_a_plain_record_answers_with_all_its_values() -> None:
    assert texts(ask([plain(API, "192.0.2.1", "192.0.2.2")])) == ["A 192.0.2.1", "A 192.0.2.2"]


@pytest.mark.parametrize(
    ("drawn", "address"), [(0, "127.0.1.1"), (89, "127.0.1.1"), (90, "127.0.1.2"), (99, "127.0.1.2")]
)
def test_one_weighted_record_is_drawn_for_each_question(drawn: int, address: str) -> None:
    asked: list[int] = []

    def draw(below: int) -> int:
        asked.append(below)
        return drawn

    answered = ask([weighted("ecs", 90), weighted("lambda", 10)], draw=draw)
    assert texts(answered) == [f"A {address}"]
    assert answered.drawn == ("ecs" if drawn < 90 else "lambda",)
    assert asked == [100]


@pytest.mark.parametrize(("drawn", "address"), [(89, "2001:db8::1"), (90, "2001:db8::2")])
def test_aaaa_answers_are_drawn_by_the_weights_of_the_aaaa_records(drawn: int, address: str) -> None:
    facts = DnsFacts(ZONE, {ALB: ("127.0.1.1", "2001:db8::1"), GATEWAY: ("127.0.1.2", "2001:db8::2")}, 60, 1)
    records = [weighted("ecs", 0), weighted("lambda", 100), weighted("ecs", 90, type="AAAA")]
    records.append(weighted("lambda", 10, type="AAAA"))
    answered = ask(records, kind="AAAA", draw=lambda _: drawn, facts=facts)
    assert texts(answered) == [f"AAAA {address}"]


def test_the_answers_follow_the_weights() -> None:
    generator = random.Random(5)  # noqa: S311 - the same answers in every run
    records = [weighted("ecs", 90), weighted("lambda", 10)]
    drawn = Counter(ask(records, draw=generator.randrange).drawn[0] for _ in range(2000))
    assert abs(drawn["lambda"] - 200) < 4 * 13.4  # four standard deviations of a binomial


def test_a_record_of_weight_zero_is_never_drawn_beside_another() -> None:
    records = [weighted("ecs", 0), weighted("lambda", 1)]
    assert {ask(records, draw=lambda below: below - 1).drawn, ask(records).drawn} == {("lambda",)}


def test_all_zero_weights_are_equal_shares() -> None:
    records = [weighted("ecs", 0), weighted("lambda", 0)]
    drawn = [ask(records, draw=draw).drawn for draw in (first, lambda below: below - 1)]
    assert drawn == [("ecs",), ("lambda",)]


def test_a_draw_beyond_the_weights_is_an_error() -> None:
    with pytest.raises(ValueError, match="beyond"):
        ask([weighted("ecs", 1)], draw=lambda _: 1)


def test_one_record_without_an_address_of_that_kind_is_no_data() -> None:
    answered = ask([weighted("lambda", 1, type="AAAA")], kind="AAAA")
    assert (texts(answered), authority(answered), answered.drawn) == ([], ["SOA"], ("lambda",))


def test_an_existing_name_without_that_type_is_no_data() -> None:
    answered = ask([alias()], kind="AAAA")
    assert (answered.message.rcode(), texts(answered), authority(answered)) == (dns.rcode.NOERROR, [], ["SOA"])


def test_a_name_that_only_has_names_below_it_is_no_data() -> None:
    answered = ask([alias("deep.under.example.test.")], name="under.example.test.")
    assert (answered.message.rcode(), authority(answered)) == (dns.rcode.NOERROR, ["SOA"])


def test_an_unknown_name_does_not_exist() -> None:
    answered = ask([alias()], name="nothing.example.test.")
    assert (answered.message.rcode(), texts(answered), authority(answered)) == (dns.rcode.NXDOMAIN, [], ["SOA"])
    assert answered.message.authority[0].ttl == 900
    assert answered.message.flags & dns.flags.AA


def test_the_zone_answers_for_its_name_servers_and_its_soa() -> None:
    assert len(texts(ask([], name=ZONE, kind="NS"))) == 4
    assert texts(ask([], name=ZONE, kind="SOA"))[0].startswith("SOA ns-1.rehearsal.invalid.")


def test_targets_answer_in_their_own_names() -> None:
    assert texts(ask([], name=GATEWAY)) == ["A 127.0.1.2"]
    nothing = ask([], name=GATEWAY, kind="AAAA")
    assert (nothing.message.rcode(), texts(nothing), authority(nothing)) == (dns.rcode.NOERROR, [], [])


def test_other_zones_are_refused() -> None:
    answered = ask([], name="example.org.")
    assert answered.message.rcode() == dns.rcode.REFUSED
    assert not answered.message.flags & dns.flags.AA


def test_an_alias_inside_the_zone_answers_as_the_name_it_points_at() -> None:
    answered = ask([weighted("ecs", 1), in_zone_alias("www.example.test.", API)], name="www.example.test.")
    assert texts(answered) == ["A 127.0.1.1"]
    assert answered.message.answer[0].name.to_text() == "www.example.test."
    assert answered.drawn == ("ecs",)


def test_a_cname_answers_with_the_names_it_leads_to() -> None:
    records = [plain("www.example.test.", API, kind="CNAME"), alias()]
    assert texts(ask(records, name="www.example.test.")) == [f"CNAME {API}", "A 127.0.1.1"]
    assert texts(ask(records, name="www.example.test.", kind="CNAME")) == [f"CNAME {API}"]


def test_a_cname_to_another_zone_is_left_to_the_resolver() -> None:
    answered = ask([plain(API, "example.org", kind="CNAME")])
    assert (texts(answered), answered.message.rcode()) == (["CNAME example.org."], dns.rcode.NOERROR)


def test_a_loop_of_aliases_ends() -> None:
    served = records_with(alias("a.example.test."), alias("b.example.test."))
    loop = {
        record.key: record
        for record in (
            in_zone_alias("a.example.test.", "b.example.test."),
            in_zone_alias("b.example.test.", "a.example.test."),
        )
    }
    answered = answer(dns.message.make_query("a.example.test.", "A"), served | loop, DNS, first)
    assert (texts(answered), answered.message.rcode()) == ([], dns.rcode.NOERROR)


def test_a_dangling_alias_is_no_data() -> None:
    served = records_with(alias()) | {alias().key: in_zone_alias(API, "gone.example.test.")}
    answered = answer(dns.message.make_query(API, "A"), served, DNS, first)
    assert (texts(answered), answered.message.rcode()) == ([], dns.rcode.NOERROR)


def test_weighted_records_win_where_a_lost_change_left_a_simple_one_too() -> None:
    served = records_with(alias()) | records_with(weighted("lambda", 1))
    assert answer(dns.message.make_query(API, "A"), served, DNS, first).drawn == ("lambda",)


@pytest.mark.parametrize(("factor", "alias_ttl", "plain_ttl"), [(1, 60, 300), (60, 1, 5), (3600, 1, 1)])
def test_ttls_are_real_seconds_and_at_least_one(factor: float, alias_ttl: int, plain_ttl: int) -> None:
    facts = DnsFacts(ZONE, DNS.targets, answer_ttl_seconds=60, factor=factor)
    records = [alias(), plain("plain.example.test.", "192.0.2.1", ttl=300)]
    assert ask(records, facts=facts).message.answer[0].ttl == alias_ttl
    assert ask(records, name="plain.example.test.", facts=facts).message.answer[0].ttl == plain_ttl


def test_other_operations_are_not_implemented() -> None:
    query = dns.message.make_query(API, "A")
    query.set_opcode(dns.opcode.STATUS)
    assert answer(query, records_with(), DNS, first).message.rcode() == dns.rcode.NOTIMP


def test_other_classes_are_refused() -> None:
    query = dns.message.make_query(API, "A", rdclass=dns.rdataclass.CH)
    assert answer(query, records_with(), DNS, first).message.rcode() == dns.rcode.REFUSED


def test_two_questions_at_once_are_malformed() -> None:
    query = dns.message.make_query(API, "A")
    query.question *= 2
    assert answer(query, records_with(), DNS, first).message.rcode() == dns.rcode.FORMERR
