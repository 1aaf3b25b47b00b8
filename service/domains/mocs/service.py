"""The rules of MOCs: whose they are, what is cached, what follows a change."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec

from service.cache import keys
from service.cache.aside import CacheAside, Load
from service.db.database import Row, Transaction
from service.domains.mocs import rules
from service.domains.mocs.repository import MocRepository
from service.domains.mocs.schemas import CategoryCount, MocIn, MocOut, MocPatch, MonthCount
from service.files import Files
from service.indexing import Indexer
from service.kernel.envelope import Listed, One, Page
from service.kernel.errors import Forbidden
from service.kernel.paging import Slice
from service.kernel.principal import Principal
from service.search import indices
from service.search.documents import moc_fields
from service.search.finding import found_by_engine
from service.search.queries import moc_query
from service.telemetry.metrics import Counted, counting
from service.writes import Writes


@dataclass(frozen=True, slots=True)
class MocService:
    """What a signed-in user can do with MOCs."""

    mocs: MocRepository
    cache: CacheAside
    writes: Writes
    index: Indexer
    files: Files
    this_year: Callable[[], int]

    async def page(self, who: Principal, wanted: Slice, tag: str) -> bytes:
        """The JSON of a page of the user's own MOCs, from the cache if it is there."""
        key = keys.moc_list(who.sub, wanted.offset, wanted.limit, tag)
        load = partial(self._load_page, who, wanted, tag)
        return await self.cache.get(keys.generation(who.sub), key, keys.LIST_TTL_SECONDS, load)

    async def found(self, who: Principal, words: str, tag: str, wanted: Slice) -> bytes:
        """The JSON of a page of the user's own MOCs that match, from the search engine or from PostgreSQL."""
        query = moc_query(who.sub, words, tag, wanted)
        found = await found_by_engine(self.index.search, indices.MOCS, query, MocOut, who.sub, wanted)
        if found is not None:
            return _page_json(*found, wanted)
        rows, total = await self.mocs.search(who.sub, words, tag, wanted)
        return _page_json([_moc_out(row) for row in rows], total, wanted)

    async def detail(self, who: Principal, moc_id: UUID) -> bytes:
        """The JSON of one MOC with files, images and parts lists. Raises NotFound, Forbidden."""
        load = partial(self._load_detail, who, moc_id)
        if who.is_admin:  # may read what others own, whose changes do not end the admin's generation
            return await load()
        key = keys.moc_detail(who.sub, moc_id)
        return await self.cache.get(keys.generation(who.sub), key, keys.DETAIL_TTL_SECONDS, load)

    async def by_category(self, who: Principal) -> bytes:
        """The JSON of how many of the user's MOCs have which theme or tag: the ten most frequent."""
        load = partial(self._load_statistics, self.mocs.by_category, who.sub, CategoryCount)
        return await self._statistics(who.sub, "by-category", load)

    async def uploads_over_time(self, who: Principal) -> bytes:
        """The JSON of how many MOCs the user has added in each of the last twelve months, by theme."""
        load = partial(self._load_statistics, self.mocs.by_month, who.sub, MonthCount)
        return await self._statistics(who.sub, "uploads-over-time", load)

    async def create(self, who: Principal, wanted: MocIn) -> bytes:
        """The JSON of the new MOC. Raises ValidationFailed, Conflict."""
        fields = rules.new_moc(wanted, self.this_year())
        async with self.writes.begin(keys.generation(who.sub)) as transaction:
            row = await self.add(who.sub, transaction, uuid4(), fields)
        return _one_json(row)

    async def fields_of_new(self, owner: str, wanted: MocIn) -> dict[str, Any]:
        """The columns of a MOC that the owner can have. Raises ValidationFailed, Conflict."""
        fields = rules.new_moc(wanted, self.this_year())
        await self.mocs.require_new_title(owner, fields["title"])
        return fields

    async def add(self, owner: str, transaction: Transaction, moc_id: UUID, fields: Mapping[str, Any]) -> Row:
        """The new MOC within the caller's transaction, indexed once that is committed. Raises Conflict."""
        row = await self.mocs.insert(owner, transaction, moc_id, fields)
        transaction.after_commit(counting(Counted.MOCS_CREATED))
        transaction.after_commit(partial(self._index, row))
        return row

    async def locked(self, owner: str, transaction: Transaction, moc_id: UUID) -> Row:
        """The owner's MOC, held until the caller's transaction ends. Raises NotFound."""
        return await self.mocs.locked(owner, transaction, moc_id)

    async def set_thumbnail(self, owner: str, transaction: Transaction, moc_id: UUID, url: str | None) -> None:
        """Show this image for the MOC, which `locked` holds, or none; indexed once that is committed."""
        row = await self.mocs.update(owner, transaction, moc_id, {"thumbnail_url": url})
        transaction.after_commit(partial(self._index, row))

    async def detail_within(self, owner: str, transaction: Transaction, moc_id: UUID) -> bytes:
        """The JSON of the owner's MOC as `detail` answers it, as the caller's transaction sees it."""
        return _detail_json(await self.mocs.detail_within(owner, transaction, moc_id))

    async def change(self, who: Principal, moc_id: UUID, patch: MocPatch) -> bytes:
        """The JSON of the changed MOC. Raises NotFound, Forbidden, ValidationFailed, Conflict."""
        owner = await self.owner(who, moc_id)
        async with self.writes.begin(keys.generation(owner)) as transaction:
            current = await self.mocs.locked(owner, transaction, moc_id)
            changes = rules.changes(patch, current, self.this_year())
            if not changes:
                return _one_json(current)
            row = await self.mocs.update(owner, transaction, moc_id, changes)
            transaction.after_commit(partial(self._index, row))
        return _one_json(row)

    async def delete(self, who: Principal, moc_id: UUID) -> None:
        """Delete a MOC with its files and parts lists, never the gallery images. Raises NotFound, Forbidden."""
        owner = await self.owner(who, moc_id)
        async with self.writes.begin(keys.generation(owner)) as transaction:
            await self.mocs.locked(owner, transaction, moc_id)
            urls, gone = await self.mocs.delete(owner, transaction, moc_id)
            transaction.after_commit(partial(self.index.remove, indices.MOCS, moc_id, gone["deleted_at"]))
            await self.files.discard(transaction, *urls)

    async def owner(self, who: Principal, moc_id: UUID) -> str:
        """Whose MOC it is, for one who may change it. Raises NotFound, Forbidden."""
        owner = await self.mocs.owner_of(moc_id)
        _require(who, owner)
        return owner

    async def _statistics(self, owner: str, name: str, load: Load) -> bytes:
        key = keys.moc_statistics(owner, name)
        return await self.cache.get(keys.generation(owner), key, keys.AGGREGATE_TTL_SECONDS, load)

    async def _load_statistics(
        self, read: Callable[[str], Awaitable[Sequence[Row]]], owner: str, shape: type[CategoryCount] | type[MonthCount]
    ) -> bytes:
        counts = [shape(**row) for row in await read(owner)]
        return msgspec.json.encode(Listed(data=counts, total=len(counts)))

    async def _load_page(self, who: Principal, wanted: Slice, tag: str) -> bytes:
        rows, total = await self.mocs.page_of(who.sub, wanted, tag)
        return _page_json([_moc_out(row) for row in rows], total, wanted)

    async def _load_detail(self, who: Principal, moc_id: UUID) -> bytes:
        row = await self.mocs.detail(moc_id)
        _require(who, row["user_id"])
        return _detail_json(row)

    async def _index(self, row: Row) -> None:
        await self.index.put(indices.MOCS, row["id"], row["updated_at"], _moc_out(row))


def _require(who: Principal, owner: str) -> None:
    if not who.may_act_for(owner):
        raise Forbidden("This MOC belongs to somebody else")


def _moc_out(row: Row) -> MocOut:
    return MocOut(**moc_fields(row))


def _one_json(row: Row) -> bytes:
    return msgspec.json.encode(One(data=_moc_out(row)))


def _page_json(mocs: Sequence[MocOut], total: int, wanted: Slice) -> bytes:
    return msgspec.json.encode(Page(data=mocs, total=total, page=wanted.page, limit=wanted.limit))


def _detail_json(row: Mapping[str, Any]) -> bytes:
    """PostgreSQL made the JSON of the lists; it is put beside the MOC's own fields as it is."""
    moc = msgspec.json.encode(_moc_out(row))
    lists = b',"files":%b,"images":%b,"partsLists":%b}' % tuple(
        row[column].encode() for column in ("files", "images", "parts_lists")
    )
    return b'{"success":true,"data":' + moc[:-1] + lists + b"}"
