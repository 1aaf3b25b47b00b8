"""A client's view of a name: one answer at a time, kept for its TTL, as resolvers and browsers do."""

import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import dns.exception
import dns.message
import dns.rdatatype

TIMEOUT_SECONDS = 1.0
ATTEMPTS = 3


class Unresolved(Exception):
    """No name server answered."""


@dataclass(slots=True)
class Resolver:
    """Asks one name server for one name; every virtual user has its own, so that each draws its own answer."""

    server: tuple[str, int]
    name: str
    clock: Callable[[], float] = time.monotonic
    answers: int = 0
    _address: str = field(default="", init=False)
    _fresh_until: float = field(default=0.0, init=False)

    def address(self) -> str:
        """The address to talk to now. Raises Unresolved when there never was an answer."""
        if self.clock() >= self._fresh_until:
            self._ask()
        return self._address

    def _ask(self) -> None:
        for _ in range(ATTEMPTS):
            found = _query(self.server, self.name)
            if found is not None:
                self._address, ttl_seconds = found
                self._fresh_until = self.clock() + ttl_seconds
                self.answers += 1
                return
        if not self._address:
            raise Unresolved(f"{self.name}: no answer from {self.server[0]}:{self.server[1]}")
        self._fresh_until = self.clock() + TIMEOUT_SECONDS  # the old answer serves on, as stale caches do


def _query(server: tuple[str, int], name: str) -> tuple[str, float] | None:
    """(address, TTL in seconds) of one A answer, or None when none came."""
    question = dns.message.make_query(name, dns.rdatatype.A, id=secrets.randbelow(65536))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(TIMEOUT_SECONDS)
        try:
            asking.sendto(question.to_wire(), server)
            answer = dns.message.from_wire(asking.recv(4096))
        except (OSError, dns.exception.DNSException):
            return None
    if not question.is_response(answer):
        return None
    for group in answer.answer:
        if group.rdtype == dns.rdatatype.A:
            return group[0].to_text(), float(group.ttl)
    return None
