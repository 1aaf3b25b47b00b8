"""Questions to the zone's own name servers by UDP: how are the answers really shared out between the two sides?"""

import random
import select
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.inet
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver

from cutover.core.endpoints import host_and_port
from cutover.core.models import Side
from cutover.ports import Answers

DNS_PORT = 53
MOST_IN_FLIGHT = 50
ANSWER_BYTES = 4096
# Part of the deadline for learning servers and addresses, which the questions themselves then lack.
LEARNING_PART = 0.5


@dataclass
class Asked:
    """One round of questions: what is still unanswered, and what came back."""

    servers: frozenset[tuple[str, int]]
    waiting: dict[int, dns.name.Name] = field(default_factory=dict)
    answers: list[dns.message.Message] = field(default_factory=list)


class ZoneServers:
    """A NameServers. `servers` are host:port; none means those that the zone's NS records name."""

    def __init__(self, name: str, servers: Sequence[str] = ()) -> None:
        self._name = dns.name.from_text(name)
        self._servers = tuple(servers)

    def sample(self, targets: Mapping[Side, Sequence[str]], questions: int, deadline_seconds: float) -> Answers:
        """Ask `questions` times for an A record. Fewer answers come back at the deadline; never raises."""
        ends = time.monotonic() + deadline_seconds
        learning_ends = time.monotonic() + LEARNING_PART * deadline_seconds
        servers = self._addresses(learning_ends)
        if not servers:
            return Answers(dict.fromkeys(Side, 0), 0)
        known = {side: _of_targets(names, servers, learning_ends) for side, names in targets.items()}
        sides = Counter(_side(answer, known) for answer in _ask([self._name] * questions, servers, ends))
        return Answers({side: sides[side] for side in Side}, sides[None])

    def _addresses(self, ends: float) -> list[tuple[str, int]]:
        found = list(self.named(ends).values())
        return [endpoint for endpoint in found if _family(endpoint[0]) == _family(found[0][0])]

    def named(self, ends: float) -> Mapping[str, tuple[str, int]]:
        """The servers' addresses and ports by what they are called; none if they can't be learnt by then."""
        if self._servers:
            return {server: endpoint for server in self._servers if (endpoint := _endpoint(server))}
        return authorities(self._name, ends)


def authorities(name: dns.name.Name, ends: float) -> Mapping[str, tuple[str, int]]:
    """The name servers of the zone that holds this name, by their own names; none if they can't be learnt by then."""
    with suppress(dns.exception.DNSException, OSError):
        zone = dns.resolver.zone_for_name(name, lifetime=_left(ends))
        hosts = [str(record.target) for record in dns.resolver.resolve(zone, "NS", lifetime=_left(ends))]
        return {
            f"{host.rstrip('.')} {address}": (address, DNS_PORT) for host in hosts for address in by_system(host, ends)
        }
    return {}


def _left(ends: float) -> float:
    return max(0.1, ends - time.monotonic())


def _endpoint(server: str) -> tuple[str, int] | None:
    if (place := host_and_port(server)) is None:
        return None
    with suppress(OSError, UnicodeError):
        return str(socket.getaddrinfo(*place, type=socket.SOCK_DGRAM)[0][4][0]), place[1]
    return None


def _of_targets(names: Iterable[str], servers: Sequence[tuple[str, int]], ends: float) -> frozenset[str]:
    """The addresses and names that mean this side: the targets themselves and the addresses behind them."""
    found: set[str] = set()
    for name in names:
        if dns.inet.is_address(name):
            found.add(name)
            continue
        try:
            target = dns.name.from_text(name)
        except dns.exception.DNSException:  # a record may hold anything
            continue
        found.add(str(target).lower())
        answers = _ask([target] * len(servers), servers, min(ends, time.monotonic() + 0.2))
        addresses = {address for answer in answers for address in _addresses_in(answer)}
        found |= addresses or set(by_system(str(target), ends))
    return frozenset(found)


def by_system(host: str, ends: float, type_: str = "A") -> list[str]:
    """The addresses of a host as this machine's resolver knows them; none if it does not."""
    with suppress(dns.exception.DNSException, OSError):
        answer = dns.resolver.resolve(host, type_, lifetime=_left(ends), search=False)
        return [str(record.address) for record in answer]
    return []


def _side(answer: dns.message.Message, known: Mapping[Side, frozenset[str]]) -> Side | None:
    seen = {*_addresses_in(answer), *_names_in(answer)}
    return next((side for side, own in known.items() if own & seen), None)


def _addresses_in(answer: dns.message.Message) -> Iterator[str]:
    for records in answer.answer:
        if records.rdtype == dns.rdatatype.A:
            yield from (str(record.address) for record in records)


def _names_in(answer: dns.message.Message) -> Iterator[str]:
    for records in answer.answer:
        if records.rdtype == dns.rdatatype.CNAME:
            yield from (str(record.target).lower() for record in records)


def _ask(names: Sequence[dns.name.Name], servers: Sequence[tuple[str, int]], ends: float) -> list[dns.message.Message]:
    """Ask all questions, many at a time, each once, the servers in turn; whatever has come back at the end."""
    asked, left = Asked(frozenset(servers)), list(enumerate(names))
    with suppress(OSError), _socket(servers[0][0]) as channel:
        while (left or asked.waiting) and (remaining := ends - time.monotonic()) > 0:
            while left and len(asked.waiting) < MOST_IN_FLIGHT:
                index, name = left.pop()
                _send(channel, name, servers[index % len(servers)], asked)
            if select.select([channel], [], [], remaining)[0]:
                _receive(channel, asked)
    return asked.answers


def _family(address: str) -> int:
    return dns.inet.af_for_address(address)


def _socket(address: str) -> socket.socket:
    channel = socket.socket(_family(address), socket.SOCK_DGRAM)
    channel.setblocking(False)
    return channel


def _send(channel: socket.socket, name: dns.name.Name, server: tuple[str, int], asked: Asked) -> None:
    query = dns.message.make_query(name, dns.rdatatype.A, flags=0)
    while query.id in asked.waiting:
        query.id = random.randrange(1 << 16)  # noqa: S311 - an id must be new, not secret
    asked.waiting[query.id] = name
    with suppress(OSError):
        channel.sendto(query.to_wire(), server)


def _receive(channel: socket.socket, asked: Asked) -> None:
    with suppress(OSError, dns.exception.DNSException):
        data, source = channel.recvfrom(ANSWER_BYTES)
        answer = dns.message.from_wire(data)
        name = asked.waiting.get(answer.id) if source[:2] in asked.servers else None
        if name is not None and answer.question and answer.question[0].name == name:
            del asked.waiting[answer.id]
            asked.answers.append(answer)
