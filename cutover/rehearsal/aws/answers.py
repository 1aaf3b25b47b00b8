"""The zone's answers to DNS questions, drawn by weight from the records that have propagated."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from cutover.rehearsal.aws.route53.names import lies_in, normalised
from cutover.rehearsal.aws.route53.records import Key, RecordSet
from cutover.rehearsal.aws.route53.values import rdata_of

Draw = Callable[[int], int]
"""A random number from 0 up to but not including the given one."""

_MAX_STEPS = 8  # of aliases and CNAMEs; more is a loop


@dataclass(frozen=True, slots=True)
class DnsFacts:
    """The zone's name, the addresses of names outside of it, and how long answers may be kept."""

    zone: str
    targets: Mapping[str, Sequence[str]]  # normalised name -> addresses
    answer_ttl_seconds: float  # of aliases, simulated
    factor: float  # of the clock

    def shown_ttl(self, simulated_seconds: float) -> int:
        """The TTL to send: real resolvers count real seconds, of which one holds `factor` simulated ones."""
        return max(1, round(simulated_seconds / self.factor))


@dataclass(slots=True)
class _Found:
    rrsets: list[dns.rrset.RRset] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, and the identifiers of the weighted records that were drawn for it."""

    message: dns.message.Message
    drawn: tuple[str, ...]


def answer(query: dns.message.Message, served: Mapping[Key, RecordSet], facts: DnsFacts, draw: Draw) -> Answer:
    """The authoritative answer to a well-formed query."""
    message = dns.message.make_response(query)
    if query.opcode() != dns.opcode.QUERY:
        message.set_rcode(dns.rcode.NOTIMP)
        return Answer(message, ())
    if len(query.question) != 1:
        message.set_rcode(dns.rcode.FORMERR)
        return Answer(message, ())
    question = query.question[0]
    name = normalised(question.name.to_text())
    if question.rdclass != dns.rdataclass.IN or not (name in facts.targets or lies_in(name, facts.zone)):
        message.set_rcode(dns.rcode.REFUSED)
        return Answer(message, ())
    message.flags |= dns.flags.AA
    found = _Resolver(served, facts, draw).find(question.name, dns.rdatatype.to_text(question.rdtype))
    message.answer.extend(found.rrsets)
    if not found.exists:
        message.set_rcode(dns.rcode.NXDOMAIN)
    if not found.rrsets and lies_in(name, facts.zone):
        message.authority.append(_soa(served, facts))
    return Answer(message, tuple(found.drawn))


def _soa(served: Mapping[Key, RecordSet], facts: DnsFacts) -> dns.rrset.RRset:
    record = served[Key(facts.zone, "SOA", None)]
    return dns.rrset.from_rdata(
        dns.name.from_text(facts.zone), facts.shown_ttl(record.ttl or 0), rdata_of("SOA", record.values[0])
    )


class _Resolver:
    """Follows one question through weights, aliases and CNAMEs."""

    def __init__(self, served: Mapping[Key, RecordSet], facts: DnsFacts, draw: Draw) -> None:
        self._served = served
        self._facts = facts
        self._draw = draw
        self._found = _Found()

    def find(self, owner: dns.name.Name, kind: str) -> _Found:
        self._step(owner, normalised(owner.to_text()), kind, _MAX_STEPS)
        return self._found

    def _step(self, owner: dns.name.Name, name: str, kind: str, steps: int) -> None:
        """Add what `name` has of that kind, under `owner`: an alias answers in its own name."""
        if steps == 0:
            return
        if name in self._facts.targets:
            self._add_addresses(owner, self._facts.targets[name], kind)
            return
        at_name = [record for record in self._served.values() if record.name == name]
        if not at_name:
            self._found.exists = steps < _MAX_STEPS or self._has_names_below(name)
            return
        group = [record for record in at_name if record.type == kind]
        if group:
            self._add(owner, self._drawn(group), steps)
            return
        for cname in (record for record in at_name if record.type == "CNAME"):
            self._add(owner, cname, steps)
            target = normalised(cname.values[0])
            self._step(dns.name.from_text(target), target, kind, steps - 1)
            return

    def _has_names_below(self, name: str) -> bool:
        return any(lies_in(record.name, name) for record in self._served.values())

    def _drawn(self, group: list[RecordSet]) -> RecordSet:
        weighted = [record for record in group if record.weight is not None]
        if not weighted:
            return group[0]
        record = weighted[_drawn_index([record.weight or 0 for record in weighted], self._draw)]
        self._found.drawn.append(record.set_identifier or "")
        return record

    def _add(self, owner: dns.name.Name, record: RecordSet, steps: int) -> None:
        if record.alias_target is None:
            rdatas = (rdata_of(record.type, value) for value in record.values)
            self._found.rrsets.append(
                dns.rrset.from_rdata_list(owner, self._facts.shown_ttl(record.ttl or 0), list(rdatas))
            )
            return
        target = record.alias_target.dns_name
        known = target if target in self._facts.targets else target.removeprefix("dualstack.")
        self._step(owner, known, record.type, steps - 1)

    def _add_addresses(self, owner: dns.name.Name, addresses: Sequence[str], kind: str) -> None:
        rdatas = [rdata_of(kind, address) for address in _of_kind(addresses, kind)]
        if rdatas:
            ttl = self._facts.shown_ttl(self._facts.answer_ttl_seconds)
            self._found.rrsets.append(dns.rrset.from_rdata_list(owner, ttl, rdatas))


def _of_kind(addresses: Iterable[str], kind: str) -> Iterator[str]:
    version = {"A": 4, "AAAA": 6}.get(kind)
    return (address for address in addresses if ip_address(address).version == version)


def _drawn_index(weights: Sequence[int], draw: Draw) -> int:
    """The place of the drawn weight; all zero means equal shares, as in Route 53."""
    total = sum(weights)
    if total == 0:
        return draw(len(weights))
    left = draw(total)
    for place, weight in enumerate(weights):
        if left < weight:
            return place
        left -= weight
    raise ValueError(f"drew {left} beyond the weights {list(weights)}")
