"""A new MOC together with its files, in one go: all of it, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID, uuid4

import msgspec

from service.cache import keys
from service.domains.moc_files import attempts
from service.domains.moc_files.attempts import Attempt
from service.domains.moc_files.kinds import Kind
from service.domains.moc_files.preparing import Preparation, Prepared, each_name_once
from service.domains.moc_files.schemas import CreatedWithFiles, OldImageOut, OldMocOut
from service.domains.mocs.schemas import MocDetailOut, MocIn
from service.domains.mocs.service import MocService
from service.kernel.envelope import One
from service.kernel.errors import Conflict, MalwareDetected, PayloadTooLarge, UnsupportedMediaType
from service.kernel.principal import Principal
from service.kernel.received import ReceivedFile
from service.writes import Writes

GALLERY_IMAGE = "gallery-image"
T = TypeVar("T")

_REASONS = (UnsupportedMediaType, PayloadTooLarge, Conflict, MalwareDetected)
_IMAGES = ("thumbnail", GALLERY_IMAGE)


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A received file and what the form's field says that it is."""

    kind: Kind
    file: ReceivedFile


@dataclass(frozen=True, slots=True)
class MocCreation:
    """Creates MOCs with their files."""

    mocs: MocService
    preparation: Preparation
    writes: Writes

    async def create(self, who: Principal, wanted: MocIn, received: Sequence[Attempt[WantedFile]]) -> CreatedWithFiles:
        """The new MOC; its first image is its thumbnail, the others are its gallery images.

        Its parts lists are parsed after this; one that fails is told there, and undoes nothing. Raises
        ValidationFailed, Conflict, UnsupportedMediaType, PayloadTooLarge, MalwareDetected, Unavailable with an entry
        for each file that can't be taken; then nothing is kept.
        """
        fields = await self.mocs.fields_of_new(who.sub, wanted)
        moc_id = uuid4()
        files = _with_one_thumbnail(await self._prepared(who.sub, moc_id, received))
        cover = next((one.row.url for one in files if one.row.file_type == "thumbnail"), None)
        if cover is not None:
            fields["thumbnail_url"] = cover
        storing = self.preparation.files.storing(*(one.object for one in files))
        async with storing, self.writes.begin(keys.generation(who.sub)) as transaction:
            await self.mocs.add(who.sub, transaction, moc_id, fields)
            noted = [await self.preparation.note(who.sub, transaction, one) for one in files]
            detail = await self.mocs.detail_within(who.sub, transaction, moc_id)
        await self.preparation.start_all(noted)
        return _told(detail)

    async def _prepared(self, owner: str, moc_id: UUID, received: Sequence[Attempt[WantedFile]]) -> Sequence[Prepared]:
        async def prepare(wanted: WantedFile) -> Prepared:
            return await self.preparation.prepared(owner, moc_id, wanted.file, wanted.kind)

        _require(each_name_once(received))
        prepared = await attempts.side_by_side(received, prepare)
        _require(prepared)
        return attempts.succeeded(prepared)


def _require(found: Sequence[Attempt[T]]) -> None:
    """Raise what is wrong with those that have failed."""
    if failed := attempts.failures(found):
        raise attempts.told_together("The MOC was not created: see what is wrong with its files", failed, _REASONS)


def _with_one_thumbnail(files: Sequence[Prepared]) -> list[Prepared]:
    """The files, in which the pictures after the first are gallery images."""
    pictures = [one for one in files if one.row.file_type == "thumbnail"]
    return [
        replace(one, row=replace(one.row, file_type=GALLERY_IMAGE)) if one in pictures[1:] else one for one in files
    ]


def _told(detail: bytes) -> CreatedWithFiles:
    moc = msgspec.json.decode(detail, type=One[MocDetailOut]).data
    images = [
        OldImageOut(id=file.id, url=file.file_url, alt=file.original_filename, caption=file.original_filename)
        for file in moc.files
        if file.file_type in _IMAGES and file.original_filename is not None
    ]
    old = OldMocOut(**{**msgspec.structs.asdict(moc), "images": images})
    return CreatedWithFiles(data=moc, moc=old, message="MOC created with its files")
