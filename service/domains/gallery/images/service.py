"""The rules of images: whose they are, what is stored of an upload, what is cached, what follows a change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec

from service.cache import keys
from service.cache.aside import CacheAside
from service.db.database import Row
from service.domains.gallery.fields import none_if_blank
from service.domains.gallery.images import rules
from service.domains.gallery.images.repository import ImageRepository
from service.domains.gallery.images.schemas import Flagged, FlagIn, FlagOut, ImageOut, ImagePatch
from service.domains.gallery.images.values import NewImage, Place, Stored
from service.files import Files, NewFile
from service.images.kinds import picture_type
from service.images.port import GalleryRendition, Images
from service.indexing import Indexer
from service.kernel.envelope import One, Page
from service.kernel.errors import Forbidden
from service.kernel.paging import Slice
from service.kernel.principal import Principal
from service.kernel.received import ReceivedFile
from service.kernel.wire_time import wire_time
from service.scanning.port import Scanner
from service.search import indices
from service.search.documents import image_fields
from service.search.finding import found_by_engine
from service.search.queries import image_query
from service.storage import object_keys
from service.telemetry.metrics import Counted, counting
from service.writes import Writes

WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class ImageService:
    """What a signed-in user can do with images."""

    images: ImageRepository
    cache: CacheAside
    writes: Writes
    index: Indexer
    files: Files
    scanner: Scanner
    pictures: Images

    async def page(self, who: Principal, wanted: Slice, place: Place) -> bytes:
        """The JSON of a page of the user's own images there, from the cache if it is there."""
        key = keys.image_list(who.sub, wanted.offset, wanted.limit, place.album_id, place.tag)
        load = partial(self._load_page, who, wanted, place)
        return await self.cache.get(keys.generation(who.sub), key, keys.LIST_TTL_SECONDS, load)

    async def found(self, who: Principal, words: str, wanted: Slice, place: Place) -> bytes:
        """The JSON of a page of the user's own images that match, from the search engine or from PostgreSQL."""
        query = image_query(who.sub, words, place.tag, place.album_id, wanted)
        found = await found_by_engine(self.index.search, indices.IMAGES, query, ImageOut, who.sub, wanted)
        if found is not None:
            return _page_json(*found, wanted)
        rows, total = await self.images.search(who.sub, words, wanted, place)
        return _page_json([_image_out(row) for row in rows], total, wanted)

    async def detail(self, who: Principal, image_id: UUID) -> bytes:
        """The JSON of one image. Raises NotFound, Forbidden."""
        load = partial(self._load_detail, who, image_id)
        if who.is_admin:  # may read what others own, whose changes do not end the admin's generation
            return await load()
        key = keys.image_detail(who.sub, image_id)
        return await self.cache.get(keys.generation(who.sub), key, keys.DETAIL_TTL_SECONDS, load)

    async def upload(self, who: Principal, file: ReceivedFile, new: NewImage) -> bytes:
        """The JSON of the new image. Raises NotFound and Forbidden for the album, and whatever is wrong with the file.

        That is UnsupportedMediaType, MalwareDetected, ValidationFailed; Unavailable when something is down.
        """
        await self.require_album(who, new)
        picture_type(file.filename, file.content_type, file.body)
        await self.scanner.scan(file.body)
        rendition = await self.pictures.gallery(file.body)
        return _one_json(await self._store(who.sub, rendition, new.title_or(file.filename), new))

    async def require_album(self, who: Principal, new: NewImage) -> None:
        """Raise NotFound or Forbidden when the user can't put an image into that album; none is fine."""
        if new.album_id is not None:
            rules.require_album(await self.images.album_owner(new.album_id), who.sub)

    async def change(self, who: Principal, image_id: UUID, patch: ImagePatch) -> bytes:
        """The JSON of the changed image. Raises NotFound, Forbidden, ValidationFailed."""
        wanted = rules.asked(patch)
        owner = await self._owner(who, image_id)
        async with self.writes.begin(keys.generation(owner)) as transaction:
            album = wanted.get("album_id")
            album_owner = await self.images.held_album(transaction, album) if album else None
            current = await self.images.locked(owner, transaction, image_id)
            changes = rules.changes(wanted, current)
            if not changes:
                return _one_json(current)
            if changes.get("album_id"):
                rules.require_album(album_owner, owner)
            row = await self.images.update(owner, transaction, image_id, changes)
            transaction.after_commit(partial(self._index, row))
        return _one_json(row)

    async def delete(self, who: Principal, image_id: UUID) -> None:
        """Delete an image, its files, links and flags. Raises NotFound, Forbidden."""
        owner = await self._owner(who, image_id)
        async with self.writes.begin(keys.generation(owner)) as transaction:
            gone = await self.images.delete(owner, transaction, image_id)
            transaction.after_commit(partial(self.index.remove, indices.IMAGES, image_id, gone["deleted_at"]))
            await self.files.discard(transaction, gone["image_url"], gone["thumbnail_url"])

    async def flag(self, who: Principal, wanted: FlagIn) -> Flagged:
        """The user's flag on any image, whoever owns it. Raises NotFound, Conflict.

        The image itself stays as it is: its `flagged` is a moderator's word. So nothing that is cached becomes stale.
        """
        await self.images.owner_of(wanted.image_id)
        async with self.writes.begin() as transaction:
            row = await self.images.flag(who.sub, transaction, wanted.image_id, none_if_blank(wanted.reason))
        flag = _flag_out(row)
        return Flagged(data=flag, flag=flag)

    async def _store(self, owner: str, rendition: GalleryRendition, title: str, new: NewImage) -> Row:
        image_id = uuid4()
        full = NewFile(object_keys.image(owner, image_id), rendition.full, WEBP)
        thumbnail = NewFile(object_keys.thumbnail(owner, image_id), rendition.thumbnail, WEBP)
        url_of = self.files.storage.url_of
        stored = Stored(image_id, title, url_of(full.key), url_of(thumbnail.key))
        async with self.files.storing(full, thumbnail), self.writes.begin(keys.generation(owner)) as transaction:
            if new.album_id is not None:  # it may have gone while the file was looked at
                rules.require_album(await self.images.held_album(transaction, new.album_id), owner)
            row = await self.images.insert(owner, transaction, stored, new)
            await self.files.keep(transaction, full.key, thumbnail.key)
            transaction.after_commit(counting(Counted.IMAGES_UPLOADED))
            transaction.after_commit(partial(self._index, row))
        return row

    async def _owner(self, who: Principal, image_id: UUID) -> str:
        owner = await self.images.owner_of(image_id)
        _require(who, owner)
        return owner

    async def _load_page(self, who: Principal, wanted: Slice, place: Place) -> bytes:
        rows, total = await self.images.page_of(who.sub, wanted, place)
        return _page_json([_image_out(row) for row in rows], total, wanted)

    async def _load_detail(self, who: Principal, image_id: UUID) -> bytes:
        row = await self.images.detail(image_id)
        _require(who, row["user_id"])
        return _one_json(row)

    async def _index(self, row: Row) -> None:
        await self.index.put(indices.IMAGES, row["id"], row["last_updated_at"], _image_out(row))


def _require(who: Principal, owner: str) -> None:
    if not who.may_act_for(owner):
        raise Forbidden("This image belongs to somebody else")


def _image_out(row: Mapping[str, Any]) -> ImageOut:
    return ImageOut(**image_fields(row))


def _flag_out(row: Row) -> FlagOut:
    return FlagOut(
        id=row["id"],
        image_id=row["image_id"],
        user_id=row["user_id"],
        reason=row["reason"],
        created_at=wire_time(row["created_at"]),
        last_updated_at=wire_time(row["last_updated_at"]),
    )


def _one_json(row: Row) -> bytes:
    return msgspec.json.encode(One(data=_image_out(row)))


def _page_json(images: Sequence[ImageOut], total: int, wanted: Slice) -> bytes:
    return msgspec.json.encode(Page(data=images, total=total, page=wanted.page, limit=wanted.limit))
