"""The rules of wishlists: whose they are, what is cached, what follows a change."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from service.cache import keys
from service.cache.aside import CacheAside
from service.db.database import Row
from service.domains.wishlist import answers, rules
from service.domains.wishlist.pictures import Picture, Pictures
from service.domains.wishlist.repository import WishlistRepository
from service.domains.wishlist.schemas import ReorderIn, WishlistIn, WishlistOut, WishlistPatch
from service.files import SweptMeanwhile
from service.indexing import Indexer
from service.kernel.paging import Slice
from service.kernel.principal import Principal
from service.kernel.received import ReceivedFile
from service.search import indices
from service.search.finding import found_by_engine
from service.search.queries import wishlist_query
from service.telemetry.metrics import Counted, counting
from service.writes import Writes

STORED_AGAIN = 2  # times that an image goes with the one before, whose deletion was under way


@dataclass(frozen=True, slots=True)
class WishlistService:
    """What a signed-in user can do with their own wishlist; nobody else can, admins neither."""

    items: WishlistRepository
    cache: CacheAside
    writes: Writes
    index: Indexer
    pictures: Pictures

    async def listed(self, who: Principal, category: str, words: str, wanted: Slice | None) -> bytes:
        """The JSON of the items by `sortOrder`: of that category and with those words if they are not "".

        All of them, from the cache if they are there, or the slice that is wanted.
        """
        load = partial(self._load_list, who, category, words, wanted)
        if words or wanted:
            return await load()
        key = keys.wishlist(who.sub, category)
        return await self.cache.get(keys.generation(who.sub), key, keys.LIST_TTL_SECONDS, load)

    async def found(self, who: Principal, category: str, words: str, wanted: Slice) -> bytes:
        """The JSON of a page of search results; without words it is a page of the list."""
        if not words:
            rows, total = await self.items.listed(who.sub, category, "", wanted)
            return answers.found_json([answers.item_out(row) for row in rows], total, wanted)
        query = wishlist_query(who.sub, words, category, wanted)
        found = await found_by_engine(self.index.search, indices.WISHLIST, query, WishlistOut, who.sub, wanted)
        if found is not None:
            return answers.found_json(*found, wanted)
        rows, total = await self.items.search(who.sub, category, words, wanted)
        return answers.found_json([answers.item_out(row) for row in rows], total, wanted)

    async def detail(self, who: Principal, item_id: UUID) -> bytes:
        """The JSON of one item. Raises NotFound, Forbidden."""
        key = keys.wishlist_item(who.sub, item_id)
        load = partial(self._load_item, who, item_id)
        return await self.cache.get(keys.generation(who.sub), key, keys.DETAIL_TTL_SECONDS, load)

    async def create(self, who: Principal, wanted: WishlistIn) -> bytes:
        """The JSON of the new item. Raises ValidationFailed."""
        fields = rules.new_item(wanted)
        async with self.writes.begin(keys.generation(who.sub)) as transaction:
            row = await self.items.insert(who.sub, transaction, fields)
            transaction.after_commit(partial(self._index, row))
        return answers.one_json(row)

    async def change(self, who: Principal, item_id: UUID, patch: WishlistPatch) -> bytes:
        """The JSON of the changed item. Raises NotFound, Forbidden, ValidationFailed."""
        await self.items.require(who.sub, item_id)
        async with self.writes.begin(keys.generation(who.sub)) as transaction:
            current = await self.items.locked(who.sub, transaction, item_id)
            changes = rules.changes(patch, current)
            if not changes:
                return answers.one_json(current)
            row = await self.items.update(who.sub, transaction, item_id, changes)
            await self.pictures.let_go(who.sub, transaction, current["image_url"], row["image_url"])
            transaction.after_commit(partial(self._index, row))
        return answers.one_json(row)

    async def reorder(self, who: Principal, wanted: ReorderIn) -> bytes:
        """The JSON of all items in their new order; nothing changes unless everything does.

        Raises ValidationFailed, and Forbidden when one of the items is not the user's.
        """
        orders = rules.placements(wanted)
        async with self.writes.begin(keys.generation(who.sub)) as transaction:
            changed = await self.items.place(who.sub, transaction, orders)
            rows = await self.items.all(who.sub, transaction)
            if changed:
                documents = [(row["id"], row["updated_at"], answers.item_out(row)) for row in changed]
                transaction.after_commit(partial(self.index.put_all, indices.WISHLIST, documents))
        return answers.reordered_json(rows)

    async def delete(self, who: Principal, item_id: UUID) -> None:
        """Delete an item and its image. Raises NotFound, Forbidden."""
        await self.items.require(who.sub, item_id)
        async with self.writes.begin(keys.generation(who.sub)) as transaction:
            current = await self.items.locked(who.sub, transaction, item_id)
            gone = await self.items.delete(who.sub, transaction, item_id)
            transaction.after_commit(partial(self.index.remove, indices.WISHLIST, item_id, gone["deleted_at"]))
            await self.pictures.let_go(who.sub, transaction, current["image_url"])

    async def require_own(self, who: Principal, item_id: UUID) -> None:
        """Raise NotFound, Forbidden for an item that the user can't give an image to."""
        await self.items.require(who.sub, item_id)

    async def set_image(self, who: Principal, item_id: UUID, file: ReceivedFile) -> bytes:
        """The JSON of the item with its new image.

        Raises NotFound, Forbidden, UnsupportedMediaType, ValidationFailed, MalwareDetected, Unavailable.
        """
        picture = await self.pictures.made_of(who.sub, item_id, file)
        for _ in range(STORED_AGAIN):
            with suppress(SweptMeanwhile):
                return await self._set_image(who, item_id, picture)
        return await self._set_image(who, item_id, picture)

    async def _set_image(self, who: Principal, item_id: UUID, picture: Picture) -> bytes:
        async with (
            self.pictures.storing(picture),
            self.writes.begin(keys.generation(who.sub)) as transaction,
        ):
            current = await self.items.locked(who.sub, transaction, item_id)
            await self.pictures.keep(transaction, picture, current["image_url"])
            row = await self.items.update(who.sub, transaction, item_id, {"image_url": picture.url})
            transaction.after_commit(counting(Counted.IMAGES_UPLOADED))
            await self.pictures.let_go(who.sub, transaction, current["image_url"], row["image_url"])
            transaction.after_commit(partial(self._index, row))
        return answers.one_json(row)

    async def _load_list(self, who: Principal, category: str, words: str, wanted: Slice | None) -> bytes:
        rows, total = await self.items.listed(who.sub, category, words, wanted)
        return answers.list_json(rows, total, wanted)

    async def _load_item(self, who: Principal, item_id: UUID) -> bytes:
        return answers.one_json(await self.items.item(who.sub, item_id))

    async def _index(self, row: Row) -> None:
        await self.index.put(indices.WISHLIST, row["id"], row["updated_at"], answers.item_out(row))
