"""The rules of uploading and reading parts lists: whose MOC, which file, parsed after the answer or before it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from service.cache import keys
from service.cache.aside import CacheAside
from service.db.database import Transaction
from service.domains.parts_lists import answers
from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.reading import read_parts
from service.domains.parts_lists.repository import PartsListRepository
from service.domains.parts_lists.rules import Unreadable
from service.domains.parts_lists.schemas import OldAnswer, PartsListAccepted
from service.domains.parts_lists.types import format_of, parts_list_type, require_type
from service.domains.parts_lists.upload import Stored, Upload
from service.files import Files
from service.jobs.port import HandOverFailed, ParseJob, ParseJobs
from service.kernel.errors import AppError, Forbidden, NotFound, ValidationFailed
from service.kernel.paging import Slice
from service.kernel.principal import Principal
from service.kernel.received import ReceivedFile
from service.scanning.port import Scanner
from service.storage import object_keys
from service.telemetry import metrics
from service.telemetry.log import Log
from service.telemetry.metrics import Counted, counting
from service.writes import Writes

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class PartsListService:
    """What a signed-in user can do with parts lists."""

    lists: PartsListRepository
    cache: CacheAside
    writes: Writes
    files: Files
    scanner: Scanner
    jobs: ParseJobs
    parser: PartsListParser

    async def require_upload(self, who: Principal, moc_id: UUID, *, filename: str, declared_type: str) -> None:
        """Raise what an upload of such a file would raise before its bytes are known.

        NotFound, Forbidden, UnsupportedMediaType.
        """
        await self.owner(who, moc_id)
        require_type(filename, declared_type)

    async def owner(self, who: Principal, moc_id: UUID) -> str:
        """Whose MOC it is, for one who may send parts lists to it. Raises NotFound, Forbidden."""
        owner = await self.lists.owner_of(moc_id)
        _require(who, owner)
        return owner

    async def store(self, owner: str, moc_id: UUID, file: ReceivedFile) -> PartsListAccepted:
        """Store the file, note it as pending, hand it over; the MOC is the owner's, whoever is asking.

        In transactions of its own. The file is scanned here. Raises UnsupportedMediaType, MalwareDetected, Conflict
        when the MOC has a file of that name, NotFound when the MOC has gone since, Unavailable; then nothing is kept.
        """
        upload = await self.checked(owner, moc_id, file)
        async with self._noting(owner, upload, file.body) as (_, stored):
            pass
        await self.start(stored)
        return answers.accepted(upload, stored)

    async def checked(self, owner: str, moc_id: UUID, file: ReceivedFile) -> Upload:
        """What is to be noted of a file that may be stored: for callers who store it together with other things.

        They store `upload.object_of(body)`, `note` it in their transaction, and `start` its parsing after the commit.
        Raises UnsupportedMediaType, Conflict, MalwareDetected, Unavailable.
        """
        media_type = parts_list_type(file.filename, file.content_type, file.body)
        file_id = uuid4()
        key = object_keys.moc_file(owner, moc_id, file_id, file.filename)
        url = self.files.storage.url_of(key)
        upload = Upload(file_id, moc_id, file.filename, media_type, url, key, file.field)
        await self.lists.require_new_name(owner, upload)
        await self.scanner.scan(file.body)
        return upload

    async def note(self, owner: str, transaction: Transaction, upload: Upload) -> Stored:
        """The rows of a stored file and its pending list, in a transaction that holds the MOC. Raises Conflict."""
        await self.files.keep(transaction, upload.source_key)
        transaction.after_commit(counting(Counted.FILES_UPLOADED))
        return await self.lists.add(owner, transaction, upload)

    async def start(self, stored: Stored) -> None:
        """See that a list that stands is parsed. When nobody takes the job, it is done here, or found by the sweep."""
        job = ParseJob(stored.list_id)
        try:
            await self.jobs.hand_over(job)
        except HandOverFailed:
            await self._parse_here(job)

    async def upload_and_parse(self, who: Principal, moc_id: UUID, file: ReceivedFile) -> OldAnswer:
        """Store and parse the file in one go, for old clients. Raises what `owner` and `store` raise.

        And ValidationFailed with what is wrong when no row of the file is a part. Whatever is raised, nothing is kept:
        the same file name may be sent again.
        """
        owner = await self.owner(who, moc_id)
        upload = await self.checked(owner, moc_id, file)
        try:
            reader = await asyncio.to_thread(read_parts, [file.body])
            async with self._noting(owner, upload, file.body) as (transaction, stored):
                outcome, moc = await self.parser.fill(owner, transaction, moc_id, stored.list_id, reader)
        except Unreadable as error:
            metrics.count(Counted.PARTS_LISTS_FAILED)
            message = f"The file can't be read as a parts list: {error.message}"
            raise ValidationFailed(message, [finding.told() for finding in error.report()]) from error
        return answers.parsed(upload, stored, outcome, moc["total_piece_count"], format_of(file.body))

    async def read(self, who: Principal, moc_id: UUID, list_id: UUID, wanted: Slice) -> bytes:
        """The JSON of a list with a page of its parts. Raises NotFound, Forbidden."""
        load = partial(self._load, who, moc_id, list_id, wanted)
        if who.is_admin:  # may read what others own, whose changes do not end the admin's generation
            return await load()
        key = keys.parts_list(who.sub, moc_id, list_id, wanted.offset, wanted.limit)
        return await self.cache.get(keys.generation(who.sub), key, keys.DETAIL_TTL_SECONDS, load)

    async def _load(self, who: Principal, moc_id: UUID, list_id: UUID, wanted: Slice) -> bytes:
        row = await self.lists.read(moc_id, list_id, wanted)
        _require(who, row["user_id"])
        if row["id"] is None:
            raise NotFound("Parts list not found")
        return answers.page(moc_id, row, wanted)

    @asynccontextmanager
    async def _noting(self, owner: str, upload: Upload, body: bytes) -> AsyncIterator[tuple[Transaction, Stored]]:
        """The object stored and its rows written, in the transaction that the block goes on with."""
        storing = self.files.storing(upload.object_of(body))
        async with storing, self.writes.begin(keys.generation(owner)) as transaction:
            if not await self.lists.lock_moc(owner, transaction, upload.moc_id):
                raise NotFound("MOC not found")
            yield transaction, await self.note(owner, transaction, upload)

    async def _parse_here(self, job: ParseJob) -> None:
        try:
            await self.parser.parse(job)
        except AppError as error:
            log.warning("parts_list_left_pending", partsListId=job.parts_list_id, error=error)


def _require(who: Principal, owner: str) -> None:
    if not who.may_act_for(owner):
        raise Forbidden("This MOC belongs to somebody else")
