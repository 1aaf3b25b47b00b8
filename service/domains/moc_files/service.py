"""The rules of a MOC's files: whose MOC, one name once, the cover that goes with its file, where to download."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service.cache import keys
from service.db.database import Row
from service.domains.moc_files import attempts
from service.domains.moc_files.attempts import Attempt
from service.domains.moc_files.downloads import name_of, redirectable
from service.domains.moc_files.kinds import Kind, require_extension
from service.domains.moc_files.preparing import Preparation, Prepared, each_name_once
from service.domains.moc_files.schemas import Download, FailedFile, FileOut, FilesOut
from service.domains.mocs.service import MocService
from service.kernel.errors import Forbidden, NotFound
from service.kernel.principal import Principal
from service.kernel.received import ReceivedFile
from service.writes import Writes

DOWNLOAD_SECONDS = 900


@dataclass(frozen=True, slots=True)
class MocFileService:
    """What a signed-in user can do with the files of a MOC; an admin does it for the MOC's owner."""

    mocs: MocService
    preparation: Preparation
    writes: Writes
    now: Callable[[], datetime]

    async def owner(self, who: Principal, moc_id: UUID) -> str:
        """Whose MOC it is, for one who may send files to it. Raises NotFound, Forbidden."""
        return await self.mocs.owner(who, moc_id)

    async def require_upload(self, who: Principal, moc_id: UUID, filename: str) -> None:
        """Raise what an upload of such a file would raise before its bytes are known.

        NotFound, Forbidden, UnsupportedMediaType.
        """
        await self.owner(who, moc_id)
        require_extension(filename)

    async def add(self, owner: str, moc_id: UUID, file: ReceivedFile, wanted: Kind | None) -> FileOut:
        """Store a file of the owner's MOC. Raises what `prepared` raises, and NotFound; then nothing is kept."""
        return await self._store(owner, await self.preparation.prepared(owner, moc_id, file, wanted), is_cover=True)

    async def add_all(
        self, owner: str, moc_id: UUID, received: Sequence[Attempt[ReceivedFile]], wanted: Kind | None
    ) -> FilesOut:
        """Store several files, each by itself; the first picture among them becomes the cover.

        Raises ValidationFailed (or NotFound, Unavailable, DeadlineExceeded) with an entry a file when none was stored.
        """

        async def prepare(file: ReceivedFile) -> Prepared:
            return await self.preparation.prepared(owner, moc_id, file, wanted)

        prepared = await attempts.side_by_side(each_name_once(received), prepare)
        cover = next((one for one in attempts.succeeded(prepared) if one.row.file_type == "thumbnail"), None)

        async def store(one: Prepared) -> FileOut:
            return await self._store(owner, one, is_cover=one is cover)

        stored = await attempts.side_by_side(prepared, store)
        failed = attempts.failures(stored)
        if len(failed) == len(stored):
            raise attempts.told_together("None of the files could be stored", failed, (NotFound,))
        return FilesOut(
            uploaded=attempts.succeeded(stored),
            failed=[FailedFile(name=f.name, code=f.error.code, reason=f.error.message) for f in failed],
        )

    async def delete(self, who: Principal, moc_id: UUID, file_id: UUID) -> None:
        """Delete a file; a parts list that was read from it stays. Raises NotFound, Forbidden."""
        owner = await self.owner(who, moc_id)
        async with self.writes.begin(keys.generation(owner)) as transaction:
            moc = await self.mocs.locked(owner, transaction, moc_id)
            url = await self.preparation.rows.remove(owner, transaction, moc_id, file_id)
            await self.preparation.files.discard(transaction, url)
            if moc["thumbnail_url"] == url:
                await self.mocs.set_thumbnail(owner, transaction, moc_id, None)

    async def download(self, who: Principal, moc_id: UUID, file_id: UUID) -> Download:
        """Where the file can be fetched during the next 15 minutes. Raises NotFound, Forbidden, Unavailable.

        A file that the first backend has left elsewhere is where its row says.
        """
        row = await self.preparation.rows.find(moc_id, file_id)
        if not who.may_act_for(row["user_id"]):
            raise Forbidden("This MOC belongs to somebody else")
        if row["id"] is None:
            raise NotFound("This MOC has no such file")
        return await self._download(row)

    async def _store(self, owner: str, prepared: Prepared, *, is_cover: bool) -> FileOut:
        row = prepared.row
        storing = self.preparation.files.storing(prepared.object)
        async with storing, self.writes.begin(keys.generation(owner)) as transaction:
            await self.mocs.locked(owner, transaction, row.moc_id)
            noted = await self.preparation.note(owner, transaction, prepared)
            if is_cover and row.file_type == "thumbnail":
                await self.mocs.set_thumbnail(owner, transaction, row.moc_id, row.url)
        await self.preparation.start(noted)
        return noted.file

    async def _download(self, row: Row) -> Download:
        storage = self.preparation.files.storage
        media_type = row["mime_type"] or "application/octet-stream"
        name = name_of(row["original_filename"], row["file_url"], media_type)
        key = storage.key_of(row["file_url"])
        if key is None:
            return Download(url=redirectable(row["file_url"]), filename=name, media_type=media_type)
        expires_at = self.now() + timedelta(seconds=DOWNLOAD_SECONDS)
        url = await storage.download_url(key, name, media_type, DOWNLOAD_SECONDS)
        return Download(url=url, filename=name, media_type=media_type, expires_at=expires_at)
