"""One parts list from its file into rows: streamed, in one transaction, the same however often it is asked for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from uuid import UUID

from service.cache import keys
from service.db.database import Row, Transaction
from service.domains.parts_lists.reading import read_parts
from service.domains.parts_lists.repository import Outcome, PartsListRepository
from service.domains.parts_lists.rules import Part, PartsReader, Unreadable
from service.domains.parts_lists.status import FAILED, PARSED, PARSED_WITH_ERRORS, PENDING, Status
from service.indexing import Indexer
from service.jobs.port import ParseJob
from service.search import indices
from service.search.documents import moc_document
from service.storage.port import ObjectMissing, Storage
from service.telemetry.log import Log
from service.telemetry.metrics import Counted, counting
from service.telemetry.pseudonym import without_owner
from service.writes import Writes

log = Log(__name__)

BATCH_ROWS = 2000  # parsed in a thread at a time: long enough to be worth the switch, short enough to stop


@dataclass(frozen=True, slots=True)
class PartsListParser:
    """Parses pending lists; the same on ECS (beside the requests) and on Lambda (a function of its own)."""

    lists: PartsListRepository
    writes: Writes
    storage: Storage
    index: Indexer

    async def parse(self, job: ParseJob) -> None:
        """Parse the list unless that has been done. Raises Unavailable when it can't be done now: try again."""
        row = await self.lists.job(job.parts_list_id)
        if row is None:
            log.info("parts_list_not_pending", partsListId=job.parts_list_id, status=None)
        else:
            await self._parse(row)

    async def parse_object(self, key: str) -> UUID | None:
        """Parse the list that was uploaded as this object, as `parse` does: its id, None when it is no list's.

        An event may be here before the row of its list: then that is found by the job that follows the row's commit,
        or by the sweep.
        """
        row = await self.lists.job_of_object(key)
        if row is None:
            log.info("object_is_no_parts_list", key=without_owner(key))
            return None
        await self._parse(row)
        identity: UUID = row["id"]
        return identity

    async def fill(
        self, owner: str, transaction: Transaction, moc_id: UUID, list_id: UUID, reader: PartsReader
    ) -> tuple[Outcome, Row]:
        """Write the parts and how it went, sum up: the outcome and the changed MOC, which the caller has locked.

        Raises Unreadable, after which the transaction is not to be committed.
        """
        await self.lists.copy_parts(owner, transaction, list_id, _batched(reader))
        outcome = _outcome(reader)
        await self.lists.finish(owner, transaction, list_id, outcome)
        transaction.after_commit(counting(Counted.PARTS_LISTS_PARSED))
        if outcome.error_count:
            transaction.after_commit(counting(Counted.PARTS_ROWS_REJECTED, outcome.error_count))
        moc = await self.lists.sum_up(owner, transaction, moc_id)
        index = partial(self.index.put, indices.MOCS, moc["id"], moc["updated_at"], moc_document(moc))
        transaction.after_commit(index)
        return outcome, moc

    async def _parse(self, row: Row) -> None:
        if row["status"] != PENDING:
            log.info("parts_list_not_pending", partsListId=row["id"], status=row["status"])
            return
        try:
            body = [chunk async for chunk in self.storage.read(row["source_key"])]
            await self._store(row, body)
        except ObjectMissing:
            await self._fail(row, Unreadable("FILE_MISSING", "The uploaded file is no longer there."))
        except Unreadable as error:
            await self._fail(row, error)

    async def _store(self, row: Row, body: list[bytes]) -> None:
        reader = await asyncio.to_thread(read_parts, body)
        owner, moc_id, list_id = row["user_id"], row["moc_id"], row["id"]
        async with self.writes.begin(keys.generation(owner)) as transaction:
            if await self.lists.lock(owner, transaction, moc_id, list_id) != PENDING:
                return
            outcome, _ = await self.fill(owner, transaction, moc_id, list_id, reader)
        log.info("parts_list_parsed", partsListId=list_id, rows=outcome.rows, rejected=outcome.error_count)

    async def _fail(self, row: Row, error: Unreadable) -> None:
        owner, moc_id, list_id = row["user_id"], row["moc_id"], row["id"]
        failed = Outcome(FAILED, 0, None, 1 + error.row_count, error.report())
        async with self.writes.begin(keys.generation(owner)) as transaction:
            if await self.lists.lock(owner, transaction, moc_id, list_id) != PENDING:
                return
            await self.lists.finish(owner, transaction, list_id, failed)
            transaction.after_commit(counting(Counted.PARTS_LISTS_FAILED))
        log.warning("parts_list_failed", partsListId=list_id, code=error.code)


def _outcome(reader: PartsReader) -> Outcome:
    status: Status = PARSED_WITH_ERRORS if reader.error_count else PARSED
    return Outcome(status, reader.rows, reader.total, reader.error_count, reader.errors)


async def _batched(reader: PartsReader) -> AsyncIterator[list[Part]]:
    """The parts, read in a thread batch by batch, so that requests beside this never wait for a large file."""
    parts = iter(reader)
    while batch := await asyncio.to_thread(_take, parts):
        yield batch


def _take(parts: Iterator[Part]) -> list[Part]:
    return list(islice(parts, BATCH_ROWS))
