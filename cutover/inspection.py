"""Every name server of the zone questioned by itself, for every type of the name: what did it say, of which side?"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial

import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from cutover.core.models import Side
from cutover.core.verification import Pointers, Told
from cutover.dns import ZoneServers, authorities, by_system
from cutover.flow.asking import ask
from cutover.interrogation import Interrogation

PATIENCE_SECONDS = 1.0
LEARNING_SECONDS = 3.0
# A load balancer's and API Gateway's own servers answer with a part of their addresses, another one each time.
TARGET_QUESTIONS = 8
ADDRESSES = frozenset({"A", "AAAA"})

Marks = Mapping[Side, frozenset[str]]
"""The addresses, names and contents by which each side's answers are known."""


class Inspector:
    """Asks each server in a thread of its own; a server that answers wrongly or not at all delays no other."""

    def __init__(self, name: str, servers: Sequence[str] = (), patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._name, self._zone = dns.name.from_text(name), ZoneServers(name, servers)
        self._patience_seconds = patience_seconds

    def inspect(self, pointers: Pointers, questions: int, deadline_seconds: float) -> tuple[Told, ...]:
        """As NameServers.inspect says."""
        ends = time.monotonic() + deadline_seconds
        servers = self._zone.named(min(ends, time.monotonic() + LEARNING_SECONDS))
        if not servers:
            return ()
        each = -(-questions // len(servers))
        asked = {type_: self._asked(self._name, type_, servers, each, ends) for type_ in pointers}
        return tuple(
            told for type_, all_ in asked.items() for told in self._told(type_, pointers[type_], servers, all_)
        )

    def _asked(
        self, name: dns.name.Name, type_: str, servers: Mapping[str, tuple[str, int]], times: int, ends: float
    ) -> dict[str, Interrogation]:
        rounds = {
            label: Interrogation(server, name, dns.rdatatype.from_text(type_), self._patience_seconds)
            for label, server in servers.items()
        }
        under_way = [ask(partial(one.ask, times, ends)) for one in rounds.values()]
        for answer in under_way:
            answer.result()
        return rounds

    def _told(
        self,
        type_: str,
        sides: Mapping[Side, Sequence[str]],
        servers: Mapping[str, tuple[str, int]],
        asked: Mapping[str, Interrogation],
    ) -> Iterator[Told]:
        """What is neither side's at first may be an address that its target has only now: then they are learnt anew."""
        marks = self._learnt(type_, sides, servers)
        if any(_elsewhere(one, marks) for one in asked.values()):
            again = self._learnt(type_, sides, servers)
            marks = {side: marks[side] | again[side] for side in Side}
        for label, one in asked.items():
            yield _summed(label, type_, one, marks)

    def _learnt(self, type_: str, sides: Mapping[Side, Sequence[str]], servers: Mapping[str, tuple[str, int]]) -> Marks:
        ends = time.monotonic() + LEARNING_SECONDS
        return {side: frozenset(self._of_side(type_, sides.get(side, ()), servers, ends)) for side in Side}

    def _of_side(
        self, type_: str, values: Iterable[str], servers: Mapping[str, tuple[str, int]], ends: float
    ) -> Iterator[str]:
        for value in values:
            if mark := _content(type_, value):
                yield mark
                continue
            with suppress(dns.exception.DNSException, UnicodeError):  # a record may hold anything
                yield from self._behind(dns.name.from_text(value), type_, servers, ends)

    def _behind(
        self, target: dns.name.Name, type_: str, servers: Mapping[str, tuple[str, int]], ends: float
    ) -> set[str]:
        """What a target answers: by the zone's own servers if they know it, else by its own ones and the system."""
        found = self._of_servers(target, type_, servers, ends)
        if found or type_ not in ADDRESSES:
            return found
        own = authorities(target, ends)
        return self._of_servers(target, type_, own, ends) | set(by_system(str(target), ends, type_))

    def _of_servers(
        self, target: dns.name.Name, type_: str, servers: Mapping[str, tuple[str, int]], ends: float
    ) -> set[str]:
        asked = self._asked(target, type_, servers, TARGET_QUESTIONS, ends)
        return {mark for one in asked.values() for answer in one.answers for mark in _marks(answer)}


def _summed(server: str, type_: str, one: Interrogation, marks: Marks) -> Told:
    sides, troubles = Counter(_side(answer, marks) for answer in one.answers), Counter(one.troubles)
    troubles["empty"] += sum(1 for answer in one.answers if not answer.answer and _side(answer, marks) is None)
    return Told(
        server=server,
        type=type_,
        asked=len(one.answers) + one.troubles.total(),
        by_side={side: sides[side] for side in Side},
        elsewhere=Counter(", ".join(sorted(_marks(answer))) for answer in _elsewhere(one, marks)),
        troubles={name: times for name, times in troubles.items() if times},
        ttls=frozenset(records.ttl for answer in one.answers for records in answer.answer),
        alike=marks[Side.ECS] == marks[Side.SERVERLESS] or bool(marks[Side.ECS] & marks[Side.SERVERLESS]),
    )


def _elsewhere(one: Interrogation, marks: Marks) -> list[dns.message.Message]:
    return [answer for answer in one.answers if answer.answer and _side(answer, marks) is None]


def _side(answer: dns.message.Message, marks: Marks) -> Side | None:
    """Whose answer it is. One without records is that of the side whose target has none of this type."""
    seen = set(_marks(answer))
    return next((side for side, own in marks.items() if own & seen or not (own or seen)), None)


def _marks(answer: dns.message.Message) -> Iterator[str]:
    for records in answer.answer:
        yield from (_spelled(record) for record in records)


def _content(type_: str, value: str) -> str:
    """A record's own value as answers spell it; empty if it is the name of an alias's target."""
    with suppress(dns.exception.DNSException, ValueError):
        return _spelled(dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(type_), value))
    return ""


def _spelled(record: dns.rdata.Rdata) -> str:
    return record.to_text().rstrip(".").lower()
