"""The MOC routes."""

from collections.abc import Awaitable
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from service.domains.mocs.schemas import (
    CategoryCount,
    MocDetailOut,
    MocIn,
    MocOut,
    MocPatch,
    MocSearchOut,
    MonthCount,
)
from service.domains.mocs.service import MocService
from service.kernel.envelope import Deleted, Listed, One, Page
from service.kernel.ids import uuid_of
from service.kernel.paging import DEFAULT_LIMIT, Slice
from service.kernel.principal import Principal
from service.web.parameters import Id, PageLimit, PageNumber, Words, require_plain_query
from service.web.request import ApiRequest
from service.web.wire import Encoded, Wire

Mocs = NamedDependency[MocService]
OldFrom = Annotated[int | None, QueryParameter(name="from", ge=0, le=1_000_000_000, description="Old clients: offset.")]
OldSize = Annotated[int | None, QueryParameter(name="size", ge=1, le=100, description="Old clients: limit.")]


class MocController(Controller):
    """`/api/mocs`: a user's own MOCs; an admin may also read, change and delete those of others."""

    path = "/api/mocs"
    tags = ["mocs"]

    @get(operation_id="listMOCs", return_dto=Wire[MocOut], before_request=require_plain_query)
    async def list_mocs(
        self,
        request: ApiRequest,
        mocs: Mocs,
        page: PageNumber = 1,
        limit: PageLimit = DEFAULT_LIMIT,
        search: Words = "",
        tag: Words = "",
    ) -> Encoded[Page[MocOut]]:
        """Own MOCs, newest first; with `search`, the best matches first."""
        return Encoded(await _asked(mocs, request.user, search, tag, Slice.of_page(page, limit)))

    @get("/search", operation_id="searchMOCs", return_dto=Wire[MocOut], before_request=require_plain_query)
    async def search_mocs(
        self,
        request: ApiRequest,
        mocs: Mocs,
        page: PageNumber = 1,
        limit: PageLimit = DEFAULT_LIMIT,
        search: Words = "",
        tag: Words = "",
        q: Words = "",
        offset: OldFrom = None,
        size: OldSize = None,
    ) -> Encoded[MocSearchOut]:
        """The list as the web client asks for it: `q`, `from` and `size` work too, `mocs` stands beside `data`."""
        limit = size or limit
        wanted = Slice.of_page(page, limit) if offset is None else Slice.of_offset(offset, limit)
        words = q if q.strip() else search
        return Encoded(_with_mocs(await _asked(mocs, request.user, words, tag, wanted)))

    @get("/stats/by-category", operation_id="getMOCStatsByCategory", return_dto=Wire[CategoryCount])
    async def stats_by_category(self, request: ApiRequest, mocs: Mocs) -> Encoded[Listed[CategoryCount]]:
        """The ten most frequent themes and tags of the user's MOCs."""
        return Encoded(await mocs.by_category(request.user))

    @get("/stats/uploads-over-time", operation_id="getMOCUploadsOverTime", return_dto=Wire[MonthCount])
    async def stats_over_time(self, request: ApiRequest, mocs: Mocs) -> Encoded[Listed[MonthCount]]:
        """How many MOCs the user has added in each of the last twelve months, by theme."""
        return Encoded(await mocs.uploads_over_time(request.user))

    @get("/{moc_id:str}", operation_id="getMOC", return_dto=Wire[MocOut])
    async def get_moc(self, request: ApiRequest, mocs: Mocs, moc_id: FromPath[Id]) -> Encoded[One[MocDetailOut]]:
        """One MOC with its files, images and parts lists."""
        return Encoded(await mocs.detail(request.user, uuid_of(moc_id)))

    @post(operation_id="createMOC", dto=Wire[MocIn], return_dto=Wire[MocOut])
    async def create_moc(self, request: ApiRequest, mocs: Mocs, data: JSONBody[MocIn]) -> Encoded[One[MocOut]]:
        """A new MOC (needs `author`) or set (needs `brand`); a title can be used once."""
        return Encoded(await mocs.create(request.user, data))

    @patch("/{moc_id:str}", operation_id="updateMOC", dto=Wire[MocPatch], return_dto=Wire[MocOut])
    async def update_moc(
        self, request: ApiRequest, mocs: Mocs, moc_id: FromPath[Id], data: JSONBody[MocPatch]
    ) -> Encoded[One[MocOut]]:
        """Change the given fields; `null` clears an optional one."""
        return Encoded(await mocs.change(request.user, uuid_of(moc_id), data))

    @put("/{moc_id:str}", operation_id="replaceMOC", dto=Wire[MocPatch], return_dto=Wire[MocOut])
    async def replace_moc(
        self, request: ApiRequest, mocs: Mocs, moc_id: FromPath[Id], data: JSONBody[MocPatch]
    ) -> Encoded[One[MocOut]]:
        """The same as PATCH, for old clients."""
        return Encoded(await mocs.change(request.user, uuid_of(moc_id), data))

    @delete("/{moc_id:str}", operation_id="deleteMOC", status_code=200, return_dto=Wire[Deleted])
    async def delete_moc(self, request: ApiRequest, mocs: Mocs, moc_id: FromPath[Id]) -> One[Deleted]:
        """Delete a MOC, its files and parts lists; linked gallery images stay."""
        identity = uuid_of(moc_id)
        await mocs.delete(request.user, identity)
        return One(data=Deleted(identity))


def _asked(mocs: MocService, who: Principal, words: str, tag: str, wanted: Slice) -> Awaitable[bytes]:
    """What matches the words, or the list; blank words and a blank tag count as not given."""
    words, tag = words.strip(), tag if tag.strip() else ""  # a tag may begin with a space, and is compared as it is
    return mocs.found(who, words, tag, wanted) if words else mocs.page(who, wanted, tag)


class _RawPage(msgspec.Struct):
    success: bool
    data: msgspec.Raw
    total: int
    page: int
    limit: int
    mocs: msgspec.Raw | None = None


def _with_mocs(body: bytes) -> bytes:
    page = msgspec.json.decode(body, type=_RawPage)
    return msgspec.json.encode(msgspec.structs.replace(page, mocs=page.data))
