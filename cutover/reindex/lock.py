"""One reindexer at a time for each alias: a document in the cluster that is prolonged, and a file on this machine."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from uuid import uuid4

import msgspec

from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable, StoppedBy
from cutover.reindex.lock_document import INDEX, Found, Held, LockDocument, Taken
from cutover.reindex.place import Place, way_on
from cutover.reindex.ports import Search

LASTS_SECONDS = 60.0
RENEWALS = 4  # in the time that a lock lasts
SKEW_PART = 0.25  # of that time: so much may two machines' clocks differ before a living holder's lock is taken over
ATTEMPTS = 3  # to take a free lock, against others who try at the same moment


@dataclass(frozen=True, slots=True)
class Holder:
    """Who wants a lock: a person or role, and the machine; `folder` is where that machine keeps its files."""

    identity: str
    host: str
    folder: Path


class Locks:
    """The locks of one cluster. `now`: seconds since 1970."""

    def __init__(
        self,
        search: Search,
        holder: Holder,
        *,
        lasts_seconds: float = LASTS_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._search, self._holder, self._now = search, holder, now
        self.lasts_seconds = lasts_seconds

    def held(self, alias: str, run: str) -> "Lock":
        """The lock of one alias, to be held with `async with`."""
        return Lock(self, alias, run)

    async def holder(self, alias: str) -> Held | None:
        """Who holds it now; None: nobody. Raises SearchUnreachable, SearchRefused."""
        found = await self.document(alias).read()
        return None if found is None or self._is_over(found.held) else found.held

    def document(self, alias: str) -> LockDocument:
        """What the cluster has of it."""
        return LockDocument(self._search, alias)

    def place(self, alias: str) -> Place:
        """What this machine has of it."""
        return Place(self._holder.folder / f"{alias}.lock", alias)

    async def take(self, alias: str, run: str, place: str) -> Found:
        """Make it ours. Raises ReindexStopped if another holds it; SearchUnreachable, SearchRefused."""
        token, document = uuid4().hex, self.document(alias)
        for _ in range(ATTEMPTS):
            found = await document.read(prepare=True)
            if found is not None and found.held.place != place and not self._is_over(found.held):
                text = f"{alias} is being reindexed by {found.held.words()}"
                raise ReindexStopped(text, way_on(alias), StoppedBy.LOCKED)
            with suppress(Taken):
                return await document.exchange(found, self._wanted(run, token, place))
        text = f"others took the lock of {alias} at the same moment, {ATTEMPTS} times"
        raise ReindexStopped(text, way_on(alias), StoppedBy.LOCKED)

    def prolonged(self, held: Held) -> Held:
        """The same, for longer."""
        return msgspec.structs.replace(held, until=self._now() + self.lasts_seconds)

    def _wanted(self, run: str, token: str, place: str) -> Held:
        now = self._now()
        return Held(run, token, place, self._holder.host, self._holder.identity, now, now + self.lasts_seconds)

    def _is_over(self, held: Held) -> bool:
        return self._now() > held.until + SKEW_PART * self.lasts_seconds


class Lock:
    """The lock of one alias while it is held. When it is lost, the body is cancelled and ReindexStopped raised."""

    def __init__(self, locks: Locks, alias: str, run: str) -> None:
        self._locks, self._alias, self._run = locks, alias, run
        self._document = locks.document(alias)
        self._place = locks.place(alias)
        self._one_at_a_time = asyncio.Lock()
        self._lost = ""
        self._is_emptied = False
        self._cancelled = False

    async def __aenter__(self) -> "Lock":
        place = self._place.seize()
        try:
            self._ends = time.monotonic() + self._locks.lasts_seconds
            self._found = await self._locks.take(self._alias, self._run, place)
        except SearchRefused as error:
            self._place.leave()
            text = f"the lock of {self._alias}, a document in {INDEX}, can't be written: {error}"
            raise ReindexStopped(text, "mend that; then the same command again") from error
        except BaseException:
            self._place.leave()
            raise
        self._body = _this_task()
        self._cancelling = self._body.cancelling()
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._renewing.cancel()
        if self._cancelled and kind is not asyncio.CancelledError:  # the body ended before it noticed
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        try:
            await asyncio.wait([self._renewing])
            if not self._lost:
                await self._document.free(self._found.held.token)
        finally:
            self._place.leave()
        if self._cancelled and self._body.uncancel() <= self._cancelling and kind in (None, asyncio.CancelledError):
            raise self._gone() from None

    async def confirm(self) -> None:
        """Prolong it, and make sure that it is still ours. Raises ReindexStopped; SearchUnreachable, SearchRefused."""
        async with self._one_at_a_time:
            if not self._lost:
                with suppress(Taken):
                    await self._prolong()
        if self._lost:
            raise self._gone()

    async def _renew(self) -> None:
        while not self._lost:
            await asyncio.sleep(self._locks.lasts_seconds / RENEWALS)
            async with self._one_at_a_time:
                await self._try_to_prolong()
        self._cancelled = True
        self._body.cancel()

    async def _try_to_prolong(self) -> None:
        try:
            await self._prolong()
        except Taken:
            return
        except (SearchUnreachable, SearchRefused) as error:
            if time.monotonic() >= self._ends:  # others may take it now
                self._lost = f"it could not be prolonged for {self._locks.lasts_seconds:g} s: {error}"

    async def _prolong(self) -> None:
        """Raises Taken, and remembers who has it, if it is not ours any more."""
        ends = time.monotonic() + self._locks.lasts_seconds
        wanted = self._locks.prolonged(self._found.held)
        try:
            self._found = await self._document.exchange(self._found, wanted)
        except Taken:
            found = await self._document.read()
            if found is None or found.held.token != wanted.token:
                self._is_emptied = found is None and await self._document.is_index_lost()
                self._lost = f"{found.held.words()} has it" if found else "somebody deleted it"
                raise
            self._found = found  # ours: the answer to the time before was lost
        self._ends = ends

    def _gone(self) -> ReindexStopped:
        if self._is_emptied:
            text = f"the cluster came back empty, or its indices were deleted: {INDEX} is gone, with all locks"
            return ReindexStopped(text, f"see that the cluster is whole; then: cutover reindex run {self._alias}")
        text = f"the lock of {self._alias} was lost: {self._lost}"
        return ReindexStopped(text, way_on(self._alias), StoppedBy.LOCKED)


def _this_task() -> "asyncio.Task[object]":
    task = asyncio.current_task()
    assert task is not None, "a coroutine runs in a task"  # noqa: S101 - asyncio's own promise
    return task
