"""One parts list from its file into rows: streamed, in one transaction, the same however often it is asked for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

import msgspec

from service.cache import keys
from service.db.database import Row
from service.domains.parts_lists import repository as lists
from service.domains.parts_lists.decoding import decode
from service.domains.parts_lists.delimited import read_delimited
from service.domains.parts_lists.repository import Outcome, PartsListRepository
from service.domains.parts_lists.rules import Part, PartsReader, RowError, Unreadable
from service.jobs.background import Background
from service.jobs.port import ParseJob
from service.kernel.wire_time import version_of
from service.search import indices
from service.search.documents import moc_document
from service.search.port import SearchIndex, SearchUnavailable
from service.storage.port import ObjectMissing, Storage
from service.telemetry.log import Log
from service.writes import Writes

log = Log(__name__)

BATCH_ROWS = 2000  # parsed in a thread at a time: long enough to be worth the switch, short enough to stop


@dataclass(frozen=True, slots=True)
class PartsListParser:
    """Parses pending lists; the same on ECS (beside the requests) and on Lambda (a function of its own)."""

    lists: PartsListRepository
    writes: Writes
    storage: Storage
    search: SearchIndex
    background: Background

    async def parse(self, job: ParseJob) -> None:
        """Parse the list unless that has been done. Raises Unavailable when it can't be done now: try again."""
        row = await self.lists.job(job.parts_list_id)
        if row is None or row["status"] != lists.PENDING:
            log.info("parts_list_not_pending", partsListId=job.parts_list_id, status=row and row["status"])
            return
        try:
            body = [chunk async for chunk in self.storage.read(row["source_key"])]
            await self._store(row, body)
        except ObjectMissing:
            await self._fail(row, Unreadable("FILE_MISSING", "The uploaded file is no longer there."))
        except Unreadable as error:
            await self._fail(row, error)

    async def _store(self, row: Row, body: list[bytes]) -> None:
        reader = await asyncio.to_thread(_reader, body)
        owner, moc_id, list_id = row["user_id"], row["moc_id"], row["id"]
        async with self.writes.begin(keys.moc_generation(owner)) as transaction:
            if await self.lists.lock(owner, transaction, moc_id, list_id) != lists.PENDING:
                return
            await self.lists.copy_parts(owner, transaction, list_id, _batched(reader))
            outcome = _outcome(reader)
            await self.lists.finish(owner, transaction, list_id, outcome)
            moc = await self.lists.sum_up(owner, transaction, moc_id)
            self.search.prepare()
            transaction.after_commit(partial(self.background.soon, "index_moc", partial(self._index, moc)))
        log.info("parts_list_parsed", partsListId=list_id, rows=outcome.rows, rejected=outcome.error_count)

    async def _fail(self, row: Row, error: Unreadable) -> None:
        owner, moc_id, list_id = row["user_id"], row["moc_id"], row["id"]
        told = RowError(error.line or 0, error.code, error.message)
        async with self.writes.begin(keys.moc_generation(owner)) as transaction:
            if await self.lists.lock(owner, transaction, moc_id, list_id) != lists.PENDING:
                return
            await self.lists.finish(owner, transaction, list_id, Outcome(lists.FAILED, 0, None, 1, [told]))
        log.info("parts_list_failed", partsListId=list_id, code=error.code)

    async def _index(self, moc: Row) -> None:
        document = msgspec.json.encode(moc_document(moc))
        try:
            await self.search.put(indices.MOCS, str(moc["id"]), version_of(moc["updated_at"]), document)
        except SearchUnavailable as error:
            log.warning("after_commit_failed", work="index_moc", error=str(error))


def _reader(body: list[bytes]) -> PartsReader:
    return read_delimited(decode(body))


def _outcome(reader: PartsReader) -> Outcome:
    status = lists.PARSED_WITH_ERRORS if reader.error_count else lists.PARSED
    return Outcome(status, reader.rows, reader.total, reader.error_count, reader.errors)


async def _batched(reader: PartsReader) -> AsyncIterator[Part]:
    """The parts, read in a thread batch by batch, so that requests beside this never wait for a large file."""
    parts = iter(reader)
    while batch := await asyncio.to_thread(_take, parts):
        for part in batch:
            yield part


def _take(parts: Iterator[Part]) -> list[Part]:
    return list(islice(parts, BATCH_ROWS))
