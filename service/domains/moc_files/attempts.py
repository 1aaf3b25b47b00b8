"""Several files side by side: each comes to a result or fails by itself, and the failures are told together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from service.kernel.errors import AppError, DeadlineExceeded, Unavailable, ValidationFailed

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 4  # pictures are decoded and transactions held meanwhile; a Lambda environment has one connection


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be taken: its name as the client knows it, the form's field, and why."""

    name: str
    field: str
    error: AppError


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """A file as far as it has come: the value, or why it goes no further."""

    name: str
    field: str
    value: T | AppError

    async def then(self, step: Callable[[T], Awaitable[R]]) -> "Attempt[R]":
        """The next step, unless an earlier one has failed."""
        if isinstance(self.value, AppError):
            return Attempt(self.name, self.field, self.value)
        try:
            return Attempt(self.name, self.field, await step(self.value))
        except AppError as error:
            return Attempt(self.name, self.field, error)


async def side_by_side(attempts: Sequence[Attempt[T]], step: Callable[[T], Awaitable[R]]) -> list[Attempt[R]]:
    """The step for each of them, a few at a time; the results in the same order."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(attempt: Attempt[T]) -> Attempt[R]:
        async with turns:
            return await attempt.then(step)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(attempt)) for attempt in attempts]
    return [task.result() for task in tasks]


def succeeded(attempts: Sequence[Attempt[T]]) -> list[T]:
    """The values of those that have come this far."""
    return [attempt.value for attempt in attempts if not isinstance(attempt.value, AppError)]


def failures(attempts: Sequence[Attempt[T]]) -> list[Failure]:
    """Those that have failed."""
    return [Failure(a.name, a.field, a.value) for a in attempts if isinstance(a.value, AppError)]


def told_together(message: str, failed: Sequence[Failure], kinds: Sequence[type[AppError]] = ()) -> AppError:
    """One error with an entry a file. A service that is away is worth trying again, whatever else is wrong: 503, 504.

    Otherwise, where all have failed for the one reason that `kinds` has, it is that; else ValidationFailed.
    """
    details: list[dict[str, object]] = [
        {"field": f.field, "name": f.name, "code": f.error.code, "message": f.error.message} for f in failed
    ]
    hints = [hint for f in failed for hint in f.error.details if "presign" in hint]
    for away in (Unavailable, DeadlineExceeded):
        if any(isinstance(f.error, away) for f in failed):
            return away(message, details)
    reasons = {type(f.error) for f in failed}
    (reason,) = reasons if len(reasons) == 1 else (ValidationFailed,)
    kind = reason if reason in kinds else ValidationFailed
    return kind(message, [*details, *hints[:1]])
