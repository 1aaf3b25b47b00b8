"""One name server asked the same question many times by UDP, and what became of each."""

import random
import select
import socket
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.inet
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from cutover.core.verification import SILENT
from cutover.dns import ANSWER_BYTES

IN_FLIGHT = 20
TRIES = 3  # UDP loses packets
GIVE_UP = 5  # so many questions lost, and none ever answered: the server is silent


@dataclass(slots=True)
class Interrogation:
    """The question, whom it is asked, and how each asking of it ended; `waiting` has since when, and which try."""

    server: tuple[str, int]
    name: dns.name.Name
    type: dns.rdatatype.RdataType
    patience_seconds: float
    waiting: dict[int, tuple[float, int]] = field(default_factory=dict)
    answers: list[dns.message.Message] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)

    def ask(self, times: int, ends: float) -> "Interrogation":
        """Ask so often, many at once, until that monotonic time; what is open then was not answered."""
        left = times
        with suppress(OSError), socket.socket(dns.inet.af_for_address(self.server[0]), socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            while (left or self.waiting) and time.monotonic() < ends and not self._is_silent:
                while left and len(self.waiting) < IN_FLIGHT:
                    left -= 1
                    self._send(channel, 1)
                if select.select([channel], [], [], self.patience_seconds / 10)[0]:
                    self._receive(channel)
                self._repeat(channel)
        self.troubles[SILENT] += left + len(self.waiting)
        self.waiting.clear()
        return self

    @property
    def _is_silent(self) -> bool:
        return not self.answers and self.troubles.total() == self.troubles[SILENT] >= GIVE_UP

    def _send(self, channel: socket.socket, try_: int) -> None:
        query = dns.message.make_query(self.name, self.type, flags=0)
        while query.id in self.waiting:
            query.id = random.randrange(1 << 16)  # noqa: S311 - an id must be new, not secret
        self.waiting[query.id] = time.monotonic(), try_
        with suppress(OSError):
            channel.sendto(query.to_wire(), self.server)

    def _repeat(self, channel: socket.socket) -> None:
        overdue = time.monotonic() - self.patience_seconds
        for id_, (since, try_) in list(self.waiting.items()):
            if since > overdue:
                continue
            del self.waiting[id_]
            if try_ < TRIES:
                self._send(channel, try_ + 1)
            else:
                self.troubles[SILENT] += 1

    def _receive(self, channel: socket.socket) -> None:
        try:
            data, source = channel.recvfrom(ANSWER_BYTES)
        except OSError:
            return
        id_ = int.from_bytes(data[:2], "big")
        if source[:2] != self.server or id_ not in self.waiting:
            return
        try:
            answer = dns.message.from_wire(data, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError):
            del self.waiting[id_]
            self.troubles["malformed"] += 1
            return
        if [(asked.name, asked.rdtype) for asked in answer.question] == [(self.name, self.type)]:
            del self.waiting[id_]
            self._take(answer)

    def _take(self, answer: dns.message.Message) -> None:
        if answer.rcode() != dns.rcode.NOERROR:
            self.troubles[dns.rcode.to_text(answer.rcode())] += 1
        elif answer.flags & dns.flags.TC:
            self.troubles["truncated"] += 1
        elif not answer.flags & dns.flags.AA:
            self.troubles["not authoritative"] += 1
        else:
            self.answers.append(answer)
