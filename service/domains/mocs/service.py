"""The rules of MOCs: whose they are, what is cached, what follows a change."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from service.cache import keys
from service.cache.aside import CacheAside
from service.db.database import Row
from service.domains.mocs import rules
from service.domains.mocs.repository import MocRepository
from service.domains.mocs.schemas import MocIn, MocOut, MocPatch
from service.jobs.background import Background
from service.kernel.envelope import One, Page
from service.kernel.errors import Forbidden, Unavailable
from service.kernel.paging import Slice
from service.kernel.principal import Principal
from service.kernel.wire_time import version_of
from service.search import indices
from service.search.documents import moc_fields
from service.search.port import SearchIndex, SearchUnavailable
from service.search.queries import moc_query, within_window
from service.storage.port import Storage
from service.telemetry.log import Log
from service.writes import Writes

log = Log(__name__)

DELETE_SECONDS = 5.0  # a deletion that is cut off is not found again, so it may hold an answer up for longer


@dataclass(frozen=True, slots=True)
class MocService:
    """What a signed-in user can do with MOCs."""

    mocs: MocRepository
    cache: CacheAside
    writes: Writes
    search: SearchIndex
    storage: Storage
    background: Background
    this_year: Callable[[], int]

    async def page(self, who: Principal, wanted: Slice, tag: str) -> bytes:
        """The JSON of a page of the user's own MOCs, from the cache if it is there."""
        key = keys.moc_list(who.sub, wanted.offset, wanted.limit, tag)
        load = partial(self._load_page, who, wanted, tag)
        return await self.cache.get(keys.moc_generation(who.sub), key, keys.LIST_TTL_SECONDS, load)

    async def found(self, who: Principal, words: str, tag: str, wanted: Slice) -> bytes:
        """The JSON of a page of the user's own MOCs that match, from the search engine or from PostgreSQL."""
        if within_window(wanted):
            try:
                hits = await self.search.find(indices.MOCS, moc_query(who.sub, words, tag, wanted))
                return _page_json(_own(who, msgspec.convert(hits.documents, list[MocOut])), hits.total, wanted)
            except (SearchUnavailable, msgspec.ValidationError) as error:
                log.debug("search_fell_back", error=str(error))
        rows, total = await self.mocs.search(who.sub, words, tag, wanted)
        return _page_json([_moc_out(row) for row in rows], total, wanted)

    async def detail(self, who: Principal, moc_id: UUID) -> bytes:
        """The JSON of one MOC with files, images and parts lists. Raises NotFound, Forbidden."""
        load = partial(self._load_detail, who, moc_id)
        if who.is_admin:  # may read what others own, whose changes do not end the admin's generation
            return await load()
        key = keys.moc_detail(who.sub, moc_id)
        return await self.cache.get(keys.moc_generation(who.sub), key, keys.DETAIL_TTL_SECONDS, load)

    async def create(self, who: Principal, wanted: MocIn) -> bytes:
        """The JSON of the new MOC. Raises ValidationFailed, Conflict."""
        fields = rules.new_moc(wanted, self.this_year())
        async with self.writes.begin(keys.moc_generation(who.sub)) as transaction:
            row = await self.mocs.insert(who.sub, transaction, fields)
            transaction.after_commit(partial(self._index, row))
        return _one_json(row)

    async def change(self, who: Principal, moc_id: UUID, patch: MocPatch) -> bytes:
        """The JSON of the changed MOC. Raises NotFound, Forbidden, ValidationFailed, Conflict."""
        owner = await self._owner(who, moc_id)
        async with self.writes.begin(keys.moc_generation(owner)) as transaction:
            current = await self.mocs.locked(owner, transaction, moc_id)
            changes = rules.changes(patch, current, self.this_year())
            if not changes:
                return _one_json(current)
            row = await self.mocs.update(owner, transaction, moc_id, changes)
            transaction.after_commit(partial(self._index, row))
        return _one_json(row)

    async def delete(self, who: Principal, moc_id: UUID) -> None:
        """Delete a MOC with its files and parts lists, never the gallery images. Raises NotFound, Forbidden."""
        owner = await self._owner(who, moc_id)
        async with self.writes.begin(keys.moc_generation(owner)) as transaction:
            await self.mocs.locked(owner, transaction, moc_id)
            urls, gone = await self.mocs.delete(owner, transaction, moc_id)
            version = version_of(gone["deleted_at"])
            transaction.after_commit(partial(self._unindex, moc_id, version))
            if files := [key for url in urls if (key := self.storage.key_of(url)) is not None]:
                transaction.after_commit(partial(self._delete_files, files))

    async def _owner(self, who: Principal, moc_id: UUID) -> str:
        owner = await self.mocs.owner_of(moc_id)
        _require(who, owner)
        return owner

    async def _load_page(self, who: Principal, wanted: Slice, tag: str) -> bytes:
        rows, total = await self.mocs.page_of(who.sub, wanted, tag)
        return _page_json([_moc_out(row) for row in rows], total, wanted)

    async def _load_detail(self, who: Principal, moc_id: UUID) -> bytes:
        row = await self.mocs.detail(moc_id)
        _require(who, row["user_id"])
        return _detail_json(row)

    async def _index(self, row: Row) -> None:
        self.search.prepare()
        document = msgspec.json.encode(_moc_out(row))
        put = partial(self.search.put, indices.MOCS, str(row["id"]), version_of(row["updated_at"]), document)
        await self.background.soon("index_moc", partial(_best_effort, "index_moc", put))

    async def _unindex(self, moc_id: UUID, version: int) -> None:
        self.search.prepare()
        remove = partial(self.search.remove, indices.MOCS, str(moc_id), version)
        await self.background.soon("unindex_moc", partial(_best_effort, "unindex_moc", remove))

    async def _delete_files(self, object_keys: Sequence[str]) -> None:
        delete = partial(self._delete_objects, object_keys)
        with suppress(Unavailable):  # the deletion itself says so
            await self.storage.open()
        await self.background.soon("delete_files", delete, budget_seconds=DELETE_SECONDS)

    async def _delete_objects(self, object_keys: Sequence[str]) -> None:
        """No row names the objects any more: those that stay are named in the log, to be deleted by hand."""
        deleted = False
        try:
            await self.storage.delete(object_keys)
            deleted = True
        except Unavailable as error:
            log.warning("after_commit_failed", work="delete_files", error=str(error))
        finally:  # also when it is cut off
            if not deleted:
                log.problem("files_left_behind", keys=object_keys)


async def _best_effort(name: str, work: Callable[[], Any]) -> None:
    """The commit stands whatever happens here; what is lost, the next reindex finds."""
    try:
        await work()
    except SearchUnavailable as error:
        log.warning("after_commit_failed", work=name, error=str(error))


def _require(who: Principal, owner: str) -> None:
    if not who.may_act_for(owner):
        raise Forbidden("This MOC belongs to somebody else")


def _own(who: Principal, hits: list[MocOut]) -> list[MocOut]:
    """The hits, none of which may be somebody else's, whatever the engine made of the query."""
    if any(hit.user_id != who.sub for hit in hits):
        log.problem("search_found_what_others_own")
        raise SearchUnavailable("a hit belongs to somebody else")
    return hits


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
