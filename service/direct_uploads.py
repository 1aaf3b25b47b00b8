"""Files that clients put into the file store by themselves, past the gateway's and Lambda's limits on bodies.

The client asks for a form (`begin`), sends its file to the file store with it, and says so (`taken`): then the stored
bytes are read and go the same way as if they had come in the request itself. An upload is bound to its user and to one
route, with the ids in it; it can be completed once.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from service.db.database import Database, Row
from service.db.fragments import NOW
from service.files import REMOVE_SECONDS, Files
from service.kernel.effects import Effects
from service.kernel.errors import (
    AppError,
    Conflict,
    DeadlineExceeded,
    Forbidden,
    NotFound,
    PayloadTooLarge,
    Unavailable,
)
from service.kernel.principal import Principal
from service.kernel.received import ReceivedFile
from service.storage import object_keys
from service.storage.port import ObjectMissing, Storage
from service.telemetry.log import Log
from service.telemetry.pseudonym import without_owner

log = Log(__name__)

VALID_SECONDS = 600
COMPLETE_WITHIN_SECONDS = 3600  # how long after the form has expired a stored file may still be completed
CLAIM_SECONDS = 60  # longer than any request's deadline

_BEGIN = f"""INSERT INTO direct_uploads (user_id, route, filename, content_type, size_bytes, expires_at)
 VALUES ($1, $2, $3, $4, $5, {NOW} + make_interval(secs => $6)) RETURNING id, expires_at"""
_FIND = f"""SELECT user_id, route, filename, content_type, size_bytes, done_at IS NOT NULL AS done,
 expires_at + make_interval(secs => $2) <= {NOW} AS expired FROM direct_uploads WHERE id = $1"""
# A claim that has lapsed is that of a process that died.
_CLAIM = f"""UPDATE direct_uploads SET claimed_at = {NOW} WHERE id = $1 AND done_at IS NULL
 AND (claimed_at IS NULL OR claimed_at < {NOW} - make_interval(secs => $2)) RETURNING id"""
_RELEASE = "UPDATE direct_uploads SET claimed_at = NULL WHERE id = $1"
_DONE = f"UPDATE direct_uploads SET done_at = {NOW} WHERE id = $1"
_FORGET = f"DELETE FROM direct_uploads WHERE expires_at + make_interval(secs => $1) <= {NOW}"


@dataclass(frozen=True, slots=True)
class Form:
    """What the client needs for its upload; `fields` come before the file in the form."""

    upload_id: UUID
    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DirectUploads:
    """Begins and completes uploads."""

    database: Database
    storage: Storage
    files: Files

    async def begin(self, who: Principal, route: str, *, filename: str, content_type: str, size_bytes: int) -> Form:
        """A form for one file of exactly that type and size, valid for ten minutes. Raises Unavailable.

        `route` is the path that the file is for, ids included: nothing else can complete the upload. The caller has
        checked that the user may use it, and the name, type and size as far as they can be judged by themselves.
        """
        row = await self._begun(who.sub, route, filename, content_type, size_bytes)
        key = object_keys.direct_upload(who.sub, row["id"])
        await self.files.claim([key], VALID_SECONDS + 2 * COMPLETE_WITHIN_SECONDS)
        form = await self.storage.form_for(key, content_type, size_bytes, VALID_SECONDS)
        return Form(row["id"], form.url, dict(form.fields), row["expires_at"])

    @asynccontextmanager
    async def taken(self, who: Principal, route: str, upload_id: UUID, field: str) -> AsyncIterator[ReceivedFile]:
        """The uploaded file, for the block that validates and stores it as if it had come in the request.

        When the block ends the upload is over, and the bytes are deleted, also when it refuses the file; only when the
        service itself was at fault may the client complete it again. Raises NotFound for an unknown or expired upload,
        Forbidden for somebody else's, Conflict when it has been completed or its file has not arrived.
        """
        row = await self._claimed(who, route, upload_id)
        key = object_keys.direct_upload(row["user_id"], upload_id)
        over = False
        try:
            yield ReceivedFile(row["filename"], row["content_type"], await self._read(key, row["size_bytes"]), field)
            over = True
        except (Unavailable, DeadlineExceeded, _NotArrived):
            raise
        except AppError:
            over = True
            raise
        finally:
            await (self._end(upload_id, key) if over else self._release(upload_id))

    async def forget_expired(self) -> None:
        """Forget the uploads that nobody can complete any more; their bytes are swept like all others."""
        await self.database.fetch(_FORGET, 2.0 * COMPLETE_WITHIN_SECONDS)

    async def _begun(self, user_id: str, *about: object) -> Row:
        row = await self.database.fetch_row(_BEGIN, user_id, *about, VALID_SECONDS)
        if row is None:
            raise LookupError("an INSERT that returned nothing")
        return row

    async def _claimed(self, who: Principal, route: str, upload_id: UUID) -> Row:
        async with self.database.transaction(Effects()) as transaction:
            row = await transaction.fetch_row(_FIND, upload_id, COMPLETE_WITHIN_SECONDS)
            if row is None or (row["user_id"] == who.sub and row["route"] != route):
                raise NotFound("There is no such upload")
            if row["user_id"] != who.sub:
                raise Forbidden("This upload belongs to somebody else")
            if row["expired"]:
                raise NotFound("The upload has expired: begin a new one")
            if row["done"]:
                raise Conflict("The upload has been completed already")
            if await transaction.fetch_row(_CLAIM, upload_id, CLAIM_SECONDS) is None:
                raise Conflict("The upload is being completed")
        return row

    async def _read(self, key: str, size_bytes: int) -> bytes:
        body = bytearray()
        try:
            async for chunk in self.storage.read(key):
                body += chunk
                if len(body) > size_bytes:
                    raise PayloadTooLarge("The uploaded file is larger than was said")
        except ObjectMissing as error:
            raise _NotArrived("The file has not been uploaded yet") from error
        return bytes(body)

    async def _end(self, upload_id: UUID, key: str) -> None:
        """Nobody can complete it again; its bytes go. What fails here changes no answer.

        The object stays written down as a leftover until the form has long expired: it may be sent once more.
        """
        try:
            await self.database.fetch(_DONE, upload_id)
        except AppError as error:
            log.warning("upload_not_ended", uploadId=upload_id, error=error)
        await self.files.background.soon("remove_upload", partial(self._remove, key), budget_seconds=REMOVE_SECONDS)

    async def _remove(self, key: str) -> None:
        try:
            await self.storage.delete([key])
        except Unavailable as error:
            log.warning("upload_left_to_the_sweep", key=without_owner(key), error=error)

    async def _release(self, upload_id: UUID) -> None:
        try:
            await self.database.fetch(_RELEASE, upload_id)
        except AppError as error:
            log.warning("upload_not_released", uploadId=upload_id, error=error)


class _NotArrived(Conflict):
    """The client has said that its file is stored before it was."""
