"""Requests that may be sent twice, for answers too large to be decoded twice."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from cutover.core.reindex.answers import fault_of
from cutover.core.reindex.models import SearchRefused, SearchUnreachable
from cutover.reindex.ports import Answer, Search

ATTEMPTS = 7
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 8.0
TIMEOUT_SECONDS = 60.0  # a page of some thousand documents from a busy node takes seconds
TOO_MANY = 429

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Patient:
    """Asks until there is an answer: a busy cluster, or one that is out of reach for a moment, is asked again."""

    search: Search
    sleep: Sleep = asyncio.sleep

    async def ask(self, shape: type[T], method: str, path: str, body: bytes = b"") -> T:
        """The answer in that shape. Raises SearchRefused, and SearchUnreachable after all attempts."""
        attempt = 1
        while True:
            try:
                answer = await self.search.send(method, path, body, timeout_seconds=TIMEOUT_SECONDS)
                return _read(answer, shape, f"{method} {path.partition('?')[0]}")
            except SearchUnreachable:
                if attempt == ATTEMPTS:
                    raise
            await self.sleep(_pause(attempt))
            attempt += 1


def _read(answer: Answer, shape: type[T], what: str) -> T:
    if answer.status == TOO_MANY or answer.status >= 500:
        kind, reason = fault_of(answer.body)
        raise SearchUnreachable(f"{what}: {answer.status} {kind}: {reason}")
    if not 200 <= answer.status < 300:
        raise SearchRefused(answer.status, *fault_of(answer.body))
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SearchUnreachable(f"{what}: an answer that is none: {error}") from error


def _pause(attempt: int) -> float:
    """Anything up to a bound that doubles, so that those who were turned away together do not come back together."""
    return random.random() * min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))  # noqa: S311
