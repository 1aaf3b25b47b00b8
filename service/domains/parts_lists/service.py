"""The rules of uploading a parts list: whose MOC, which file, stored before it is known, parsed after the answer."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from service.cache import keys
from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.repository import PartsListRepository, Upload
from service.domains.parts_lists.schemas import PartsListAccepted, StoredFile
from service.domains.parts_lists.types import parts_list_type
from service.jobs.port import HandOverFailed, ParseJob, ParseJobs
from service.kernel.errors import AppError, Forbidden
from service.kernel.principal import Principal
from service.kernel.wire_time import wire_time
from service.storage import object_keys
from service.storage.port import Storage
from service.telemetry.log import Log
from service.writes import Writes

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class PartsListService:
    """What a signed-in user can do with parts lists."""

    lists: PartsListRepository
    writes: Writes
    storage: Storage
    jobs: ParseJobs
    parser: PartsListParser

    async def upload(
        self, who: Principal, moc_id: UUID, *, filename: str, declared_type: str, body: bytes
    ) -> PartsListAccepted:
        """Store the file, note it as pending, hand it over. Raises NotFound, Forbidden, Conflict, Unavailable."""
        owner = await self.lists.owner_of(moc_id)
        if not who.may_act_for(owner):
            raise Forbidden("This MOC belongs to somebody else")
        media_type = parts_list_type(filename, declared_type, body)
        await self.lists.require_new_name(owner, moc_id, filename)
        file_id = uuid4()
        key = object_keys.moc_file(owner, moc_id, file_id, filename)
        upload = Upload(file_id, moc_id, filename, media_type, self.storage.url_of(key), key)
        await self.storage.put(key, body, media_type)
        accepted = await self._noted(owner, upload)
        await self._hand_over(ParseJob(UUID(accepted.parts_list_id)))
        return accepted

    async def _noted(self, owner: str, upload: Upload) -> PartsListAccepted:
        """Write the rows; the stored object goes again when that fails, unless the rows may stand nevertheless."""
        may_stand = False
        try:
            async with self.writes.begin(keys.moc_generation(owner)) as transaction:
                file, parts_list = await self.lists.add(owner, transaction, upload)
                may_stand = True
        finally:
            if not may_stand:
                await self._withdraw(upload.source_key)
        return PartsListAccepted(
            parts_list_id=str(parts_list.id),
            status="pending",
            file=StoredFile(
                id=str(file.id),
                moc_id=str(upload.moc_id),
                file_type="parts-list",
                file_url=upload.url,
                original_filename=upload.filename,
                mime_type=upload.media_type,
                created_at=wire_time(file.created_at),
            ),
        )

    async def _withdraw(self, key: str) -> None:
        try:
            await self.storage.delete([key])
        except AppError as error:
            log.warning("orphaned_object", key=key, error=str(error))

    async def _hand_over(self, job: ParseJob) -> None:
        """When nobody takes the job, it is done here, or found by the sweep: an accepted list is never forgotten."""
        try:
            await self.jobs.hand_over(job)
        except HandOverFailed:
            await self._parse_here(job)

    async def _parse_here(self, job: ParseJob) -> None:
        try:
            await self.parser.parse(job)
        except AppError as error:
            log.warning("parts_list_left_pending", partsListId=job.parts_list_id, error=str(error))
