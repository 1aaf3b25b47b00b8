"""A real name server on loopback that answers as told: the rehearsal's sockets, in a thread of their own."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from cutover.rehearsal.aws.dns import NameServer, Respond

ADDRESSES = {
    ("ecs.target.example.", "A"): "192.0.2.1",
    ("lambda.target.example.", "A"): "192.0.2.2",
    ("ecs.target.example.", "AAAA"): "2001:db8::1",
    ("lambda.target.example.", "AAAA"): "2001:db8::2",
}
"""What the sides' targets answer."""

Change = Callable[[dns.message.Message], None]


class Zone:
    """Answers for the public name: of each hundred, `serverless` are Lambda's; `change` alters every such answer."""

    def __init__(self, serverless: int = 10, ttl: int = 60, change: Change = lambda _: None) -> None:
        self.serverless, self.ttl, self.change = serverless, ttl, change
        self.asked: dict[str, int] = {}

    def __call__(self, query: dns.message.Message) -> dns.message.Message:
        """The answer."""
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        name, type_ = query.question[0].name.to_text().lower(), dns.rdatatype.to_text(query.question[0].rdtype)
        if (name, type_) in ADDRESSES:
            return with_records(reply, type_, ADDRESSES[name, type_])
        number = self.asked.get(type_, 0)
        self.asked[type_] = number + 1
        side = "lambda" if number * 37 % 100 < self.serverless else "ecs"
        with_records(reply, type_, ADDRESSES[f"{side}.target.example.", type_], ttl=self.ttl)
        self.change(reply)
        return reply


def with_records(reply: dns.message.Message, type_: str, *values: str, ttl: int = 60) -> dns.message.Message:
    """The reply with these records as its only ones."""
    reply.answer = [dns.rrset.from_text(reply.question[0].name, ttl, "IN", type_, *values)]
    return reply


def of_code(code: dns.rcode.Rcode) -> Change:
    """A change into an empty answer with that code."""

    def change(reply: dns.message.Message) -> None:
        reply.answer = []
        reply.set_rcode(code)

    return change


@contextmanager
def serving(*zones: Respond) -> Iterator[Sequence[str]]:
    """A server for each zone: their host:port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    servers = [NameServer(zone) for zone in zones]
    try:
        ports = [asyncio.run_coroutine_threadsafe(one.start("127.0.0.1", 0), loop).result(5) for one in servers]
        yield [f"127.0.0.1:{port}" for port in ports]
    finally:
        for one in servers:
            asyncio.run_coroutine_threadsafe(one.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
