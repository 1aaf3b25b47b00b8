"""Files of the file store that rows name: stored before their row is written, deleted after it is gone, never lost.

PostgreSQL and the file store have no transaction in common. So each object that no row names yet, or any more, is
written down in `file_leftovers`: before it is stored, to be struck out by the very transaction that writes its row;
and by the very transaction that deletes its row, to be struck out when the object is deleted. Whatever fails or dies in
between, the sweep deletes what has been left over.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from service.db.database import Database, Transaction
from service.db.fragments import NOW
from service.jobs.background import Background
from service.kernel.effects import Effects
from service.kernel.errors import AppError, Unavailable
from service.storage.port import NotAllDeleted, Storage
from service.telemetry.log import Log
from service.telemetry.pseudonym import without_owner

log = Log(__name__)

CLAIM_SECONDS = 900  # far longer than any request or its retries take to write the row
REMOVE_SECONDS = 2.0  # how long a Lambda answer waits for a deletion; the sweep does the rest
REMOVALS_AT_ONCE = 2  # each holds a database connection for as long as the file store takes
SWEPT_AT_A_TIME = 100
SWEEP_SECONDS = 20.0  # how long one sweep goes on while there is more

_CLAIM = f"""INSERT INTO file_leftovers (key, due_at)
 SELECT key, {NOW} + make_interval(secs => $2) FROM unnest($1::text[]) AS key ORDER BY key
 ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at"""
_KEEP = "DELETE FROM file_leftovers WHERE key = ANY($1::text[]) RETURNING key"
_LOCKED = "SELECT key FROM file_leftovers WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE SKIP LOCKED"
_STRIKE_OUT = "DELETE FROM file_leftovers WHERE key = ANY($1::text[])"
_DUE = f"SELECT key FROM file_leftovers WHERE due_at <= {NOW} ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED"
# A net under everything above: an object that the row of its own kind names is not deleted, whatever else went wrong.
_NAMED = """SELECT key FROM unnest($1::text[]) AS key
 WHERE EXISTS (SELECT FROM gallery_images WHERE user_id = split_part(key, '/', 2)
   AND ($2 || key) IN (image_url, thumbnail_url))
 OR EXISTS (SELECT FROM wishlist_items WHERE user_id = split_part(key, '/', 2)
   AND split_part(image_url, '?', 1) = $2 || key)
 OR EXISTS (SELECT FROM moc_files WHERE file_url = $2 || key
   AND moc_id = CASE WHEN split_part(key, '/', 3) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
     THEN split_part(key, '/', 3)::uuid END)"""


class SweptMeanwhile(Unavailable):
    """Between storing an object and naming it, the deletion of a row that had named it took it away."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """An object that is to be stored."""

    key: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Files:
    """Stores and deletes objects together with the rows that name them."""

    database: Database
    storage: Storage
    background: Background
    removals: asyncio.Semaphore

    @asynccontextmanager
    async def storing(self, *files: NewFile) -> AsyncIterator[None]:
        """The objects are stored within this block, which writes their rows and calls `keep` in that transaction.

        Raises Unavailable. When the block fails, the objects that no committed row names are deleted again.
        """
        keys = [file.key for file in files]
        await self.claim(keys)
        await self._put_all(files)  # one that fails may be stored yet, after it was given up: left to the sweep
        done = False
        try:
            yield
            done = True
        except SweptMeanwhile:
            done = True  # whoever stores it again must not have it withdrawn; what is left of it, the sweep finds
            raise
        finally:
            if not done:
                await self.background.soon("withdraw_files", partial(self._remove, keys), budget_seconds=REMOVE_SECONDS)

    async def claim(self, keys: Sequence[str], seconds: float = CLAIM_SECONDS) -> None:
        """Write the keys down as objects that no row will name unless `keep` says so within that time."""
        await self.database.fetch(_CLAIM, list(keys), seconds)

    async def keep(self, transaction: Transaction, *keys: str, again: bool = False) -> None:
        """This transaction writes the rows of these objects. Raises SweptMeanwhile when one was deleted since.

        `again`: a row that this transaction holds names them already, so they are there, and another upload to the
        same keys may have struck them out.
        """
        if len(await transaction.fetch(_KEEP, list(keys))) < len(set(keys)) and not again:
            log.warning("file_swept_meanwhile", keys=_told(keys))
            raise SweptMeanwhile("The upload took too long")

    async def discard(self, transaction: Transaction, *urls: str | None) -> None:
        """This transaction deletes the rows that named these URLs: their objects go once it is committed.

        URLs that are not of our file store, such as an old `/uploads/…`, are left alone, and so is None.
        """
        keys = sorted({key for url in urls if url and (key := self.storage.key_of(url)) is not None})
        if keys:
            await transaction.execute(_CLAIM, keys, 0.0)
            transaction.after_commit(partial(self._remove_soon, keys))

    async def sweep(self, at_a_time: int = SWEPT_AT_A_TIME) -> int:
        """Delete what is due, for a while; how many objects that were.

        Raises Unavailable when that can't be done now; those objects then have to wait behind the others.
        """
        until, swept = asyncio.get_running_loop().time() + SWEEP_SECONDS, 0
        while found := await self._sweep_some(at_a_time):
            swept += found
            if found < at_a_time or asyncio.get_running_loop().time() > until:
                break
        if swept:
            log.info("files_swept", count=swept)
        return swept

    async def _sweep_some(self, at_a_time: int) -> int:
        keys: list[str] = []
        try:
            async with self.database.transaction(Effects()) as transaction:
                keys += [row["key"] for row in await transaction.fetch(_DUE, at_a_time)]
                await self._delete(transaction, keys)
        except Unavailable:
            await self.claim(keys, CLAIM_SECONDS)
            raise
        return len(keys)

    async def _put_all(self, files: Sequence[NewFile]) -> None:
        if len(files) == 1:
            return await self._put(files[0])
        try:
            async with asyncio.TaskGroup() as group:
                for file in files:
                    group.create_task(self._put(file))
        except ExceptionGroup as failures:  # not `except*`: what that raises, Python 3.11.2 puts into a group again
            raise next((one for one in failures.exceptions if isinstance(one, AppError)), failures) from failures

    async def _put(self, file: NewFile) -> None:
        await self.storage.put(file.key, file.body, file.content_type)

    async def _remove_soon(self, keys: Sequence[str]) -> None:
        with suppress(Unavailable):  # the deletion itself says so
            await self.storage.open()
        await self.background.soon("remove_files", partial(self._remove, keys), budget_seconds=REMOVE_SECONDS)

    async def _remove(self, keys: Sequence[str]) -> None:
        """Delete those of the objects that are still written down; what can't be done now, the sweep does.

        In turns, as a slow file store must not take every connection away from the requests.
        """
        try:
            async with self.removals, self.database.transaction(Effects()) as transaction:
                left = [row["key"] for row in await transaction.fetch(_LOCKED, list(keys))]
                await self._delete(transaction, left)
        except AppError as error:
            log.warning("files_left_to_the_sweep", keys=_told(keys), error=error)

    async def _delete(self, transaction: Transaction, keys: Sequence[str]) -> None:
        """Delete objects whose leftovers this transaction holds: nobody can claim such a key until it is gone."""
        if not keys:
            return
        named = {row["key"] for row in await transaction.fetch(_NAMED, list(keys), self.storage.url_of(""))}
        if named:
            log.warning("leftover_is_named_by_a_row", keys=_told(named))  # such as one that could not be overwritten
        kept = await self._deleted([key for key in keys if key not in named])
        await transaction.execute(_STRIKE_OUT, [key for key in keys if key not in kept])
        if kept:
            await transaction.execute(_CLAIM, sorted(kept), CLAIM_SECONDS)

    async def _deleted(self, keys: Sequence[str]) -> Collection[str]:
        """Delete the objects; the keys of those that the file store kept."""
        try:
            await self.storage.delete(keys)
        except NotAllDeleted as error:
            return error.keys
        return ()


def _told(keys: Collection[str]) -> Sequence[str]:
    return sorted(without_owner(key) for key in keys)
