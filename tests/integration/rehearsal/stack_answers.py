"""What the answers of the two sides may differ in, and why: nothing else may."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.rehearsal.stack_rig import Answer

# Header -> why its value may differ. The last two may be missing on one side, the others are on both or on neither.
MAY_DIFFER: Mapping[str, str] = {
    "date": "when it was answered",
    "x-request-id": "the request's id: API Gateway's own on Lambda, a UUID on ECS",
    "content-length": "the two kinds of id are not equally long; that it fits the body is asserted",
    "server": "the load balancer passes on who has answered, API Gateway names nobody",
    "apigw-requestid": "API Gateway adds its id of the request, the load balancer none",
}
ONE_SIDED = frozenset({"server", "apigw-requestid"})
UNORDERED = frozenset({"allow"})  # a set of methods
# What stands in a body -> what stands for it in the comparison: the request's id, and when an answer was made.
IN_ANY_BODY = (
    (re.compile(rb'"requestId":"[^"]+"'), b'"requestId":"its"'),
    (re.compile(rb'"timestamp":"[^"]+"'), b'"timestamp":"now"'),
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer without what may differ."""

    status: int
    headers: Mapping[str, str | frozenset[str]]
    body: bytes


def seen(method: str, answer: Answer) -> Seen:
    """The answer as the other side must give it, too; fails if it contradicts itself."""
    names = [name for name, _ in answer.headers]
    assert len(names) == len(set(names)), names
    _is_consistent(method, answer)
    body = answer.body
    for pattern, instead in IN_ANY_BODY:
        body = pattern.sub(instead, body)
    headers = {name: _comparable(name, value) for name, value in answer.headers if name not in ONE_SIDED}
    return Seen(answer.status, headers, body)


def seen_of_a_new_thing(method: str, answer: Answer) -> Seen:
    """The same of what was made by the test itself, on each side: its ids and times differ as well."""
    found = seen(method, answer)
    return Seen(found.status, found.headers, without_ids_and_times(found.body))


def without_ids_and_times(body: bytes) -> bytes:
    """Each id becomes the number of its first appearance, so that which of them are equal can still be told."""
    numbers: dict[str, str] = {}
    text = _UUID.sub(lambda match: numbers.setdefault(match[0], f"id {len(numbers) + 1}"), body.decode())
    return _TIME.sub("then", text).encode()


def _comparable(name: str, value: str) -> str | frozenset[str]:
    if name in MAY_DIFFER:
        return "…"
    return frozenset(value.split(", ")) if name in UNORDERED else value


def _is_consistent(method: str, answer: Answer) -> None:
    length = answer.header("content-length")
    if length is not None and method != "HEAD":
        assert int(length) == len(answer.body)
    told: Any = answer.json() if answer.body.startswith(b'{"error":{') else None
    if told is not None:
        assert told["error"]["requestId"] == answer.header("x-request-id")
