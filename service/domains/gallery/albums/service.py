"""The rules of albums: whose they are, what is cached, what becomes of their images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from service.cache import keys
from service.cache.aside import CacheAside
from service.db.database import Row, Transaction
from service.domains.gallery.albums import rules
from service.domains.gallery.albums.repository import AlbumRepository
from service.domains.gallery.albums.schemas import AlbumDetailOut, AlbumIn, AlbumOut, AlbumPatch
from service.domains.gallery.images.schemas import ImageOut
from service.indexing import Indexer
from service.kernel.envelope import One, Page
from service.kernel.errors import Forbidden
from service.kernel.paging import Slice
from service.kernel.principal import Principal
from service.search import indices
from service.search.documents import image_document, image_fields
from service.writes import Writes


@dataclass(frozen=True, slots=True)
class AlbumService:
    """What a signed-in user can do with albums."""

    albums: AlbumRepository
    cache: CacheAside
    writes: Writes
    index: Indexer

    async def page(self, who: Principal, wanted: Slice) -> bytes:
        """The JSON of a page of the user's own albums, from the cache if it is there."""
        key = keys.album_list(who.sub, wanted.offset, wanted.limit)
        load = partial(self._load_page, who, wanted)
        return await self.cache.get(keys.generation(who.sub), key, keys.LIST_TTL_SECONDS, load)

    async def detail(self, who: Principal, album_id: UUID) -> bytes:
        """The JSON of one album with its images. Raises NotFound, Forbidden."""
        load = partial(self._load_detail, who, album_id)
        if who.is_admin:  # may read what others own, whose changes do not end the admin's generation
            return await load()
        key = keys.album_detail(who.sub, album_id)
        return await self.cache.get(keys.generation(who.sub), key, keys.DETAIL_TTL_SECONDS, load)

    async def create(self, who: Principal, wanted: AlbumIn) -> bytes:
        """The JSON of the new album. Raises ValidationFailed, and NotFound and Forbidden for the cover."""
        fields = rules.new_album(wanted)
        async with self.writes.begin(keys.generation(who.sub)) as transaction:
            await self._check_cover(who.sub, transaction, fields)
            row = await self.albums.insert(who.sub, transaction, fields)
        return _one_json(row)

    async def change(self, who: Principal, album_id: UUID, patch: AlbumPatch) -> bytes:
        """The JSON of the changed album. Raises NotFound, Forbidden, ValidationFailed."""
        wanted = rules.asked(patch)
        owner = await self._owner(who, album_id)
        async with self.writes.begin(keys.generation(owner)) as transaction:
            changes = rules.changes(wanted, await self.albums.locked(owner, transaction, album_id))
            if not changes:
                return _one_json(await self.albums.shown(owner, transaction, album_id))
            await self._check_cover(owner, transaction, changes)
            row = await self.albums.update(owner, transaction, album_id, changes)
        return _one_json(row)

    async def delete(self, who: Principal, album_id: UUID) -> None:
        """Delete an album; its images stay, outside any album. Raises NotFound, Forbidden."""
        owner = await self._owner(who, album_id)
        owners = sorted({owner, *await self.albums.owners_within(album_id)})
        async with self.writes.begin(*map(keys.generation, owners)) as transaction:
            images = await self.albums.delete(owner, transaction, album_id)
            transaction.after_commit(partial(self._index, images))

    async def _check_cover(self, owner: str, transaction: Transaction, fields: Mapping[str, Any]) -> None:
        if (cover := fields.get("cover_image_id")) is not None:
            rules.require_cover(await self.albums.cover_owner(transaction, cover), owner)

    async def _owner(self, who: Principal, album_id: UUID) -> str:
        owner = await self.albums.owner_of(album_id)
        _require(who, owner)
        return owner

    async def _load_page(self, who: Principal, wanted: Slice) -> bytes:
        rows, total = await self.albums.page_of(who.sub, wanted)
        albums = [_album_out(row) for row in rows]
        return msgspec.json.encode(Page(data=albums, total=total, page=wanted.page, limit=wanted.limit))

    async def _load_detail(self, who: Principal, album_id: UUID) -> bytes:
        album, images = await self.albums.detail(album_id)
        _require(who, album["user_id"])
        return msgspec.json.encode(One(data=_detail_out(album, images)))

    async def _index(self, images: Sequence[Row]) -> None:
        documents = [(row["id"], row["last_updated_at"], image_document(row)) for row in images]
        await self.index.put_all(indices.IMAGES, documents)


def _require(who: Principal, owner: str) -> None:
    if not who.may_act_for(owner):
        raise Forbidden("This album belongs to somebody else")


def _album_out(row: Row) -> AlbumOut:
    return AlbumOut(**rules.album_fields(row))


def _one_json(row: Row) -> bytes:
    return msgspec.json.encode(One(data=_album_out(row)))


def _detail_out(album: Mapping[str, Any], rows: Sequence[Row]) -> AlbumDetailOut:
    images = [ImageOut(**image_fields(row)) for row in rows]
    cover = next((image.image_url for image in images if image.id == album["cover_image_id"]), None)
    fields = rules.album_fields({**album, "image_count": len(images), "cover_image_url": cover})
    return AlbumDetailOut(**fields, images=images)
