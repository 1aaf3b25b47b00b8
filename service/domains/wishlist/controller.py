"""The wishlist routes."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from service.domains.wishlist.schemas import (
    ReorderIn,
    WishlistFound,
    WishlistIn,
    WishlistOut,
    WishlistPatch,
    WishlistReordered,
)
from service.domains.wishlist.service import WishlistService
from service.images.kinds import require_picture_name
from service.kernel.envelope import Deleted, Listed, One
from service.kernel.ids import uuid_of
from service.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Slice
from service.kernel.received import MAX_SMALL_IMAGE_BYTES
from service.web.forms import FORM_OVERHEAD_BYTES, PRESIGN, media_type, one_file
from service.web.parameters import (
    MAX_PAGE,
    Id,
    PageLimit,
    PageNumber,
    Words,
    require_plain_query,
    require_plain_texts,
)
from service.web.request import ApiRequest
from service.web.uploads import CompleteIn, PresignedForm, PresignIn, Uploads, presigned, uploaded
from service.web.wire import Encoded, Wire

FIELD = "image"

Wishlist = NamedDependency[WishlistService]
ListPage = Annotated[int | None, QueryParameter(ge=1, le=MAX_PAGE, description="Which page, from 1; none: all items.")]
ListLimit = Annotated[int | None, QueryParameter(ge=1, le=MAX_LIMIT, description="How many a page; none: all items.")]
OldFrom = Annotated[int | None, QueryParameter(name="from", ge=0, le=1_000_000_000, description="Old clients: offset.")]
OldSize = Annotated[int | None, QueryParameter(name="size", ge=1, le=100, description="Old clients: limit.")]


async def _plain(request: ApiRequest) -> None:
    """Before a list handler, see `require_plain_query`."""
    await require_plain_query(request)
    require_plain_texts(request, ("category",))


class WishlistController(Controller):
    """`/api/wishlist`: a user's own items, nobody else's, for admins neither."""

    path = "/api/wishlist"
    tags = ["wishlist"]

    @get(operation_id="listWishlistItems", return_dto=Wire[WishlistOut], before_request=_plain)
    async def list_items(
        self,
        request: ApiRequest,
        wishlist: Wishlist,
        category: Words = "",
        search: Words = "",
        page: ListPage = None,
        limit: ListLimit = None,
    ) -> Encoded[Listed[WishlistOut]]:
        """All own items by `sortOrder`, or those that match; a page of them only when `page` or `limit` is given."""
        asked = None if page is None and limit is None else Slice.of_page(page or 1, limit or DEFAULT_LIMIT)
        return Encoded(await wishlist.listed(request.user, _given(category), search.strip(), asked))

    @get("/search", operation_id="searchWishlistItems", return_dto=Wire[WishlistFound], before_request=_plain)
    async def search_items(
        self,
        request: ApiRequest,
        wishlist: Wishlist,
        page: PageNumber = 1,
        limit: PageLimit = DEFAULT_LIMIT,
        category: Words = "",
        search: Words = "",
        q: Words = "",
        offset: OldFrom = None,
        size: OldSize = None,
    ) -> Encoded[WishlistFound]:
        """Own items that match `q` or `search`, the best first; without words a page of the list."""
        limit = size or limit
        wanted = Slice.of_page(page, limit) if offset is None else Slice.of_offset(offset, limit)
        words = q.strip() or search.strip()
        return Encoded(await wishlist.found(request.user, _given(category), words, wanted))

    @get("/{item_id:str}", operation_id="getWishlistItem", return_dto=Wire[WishlistOut])
    async def get_item(
        self, request: ApiRequest, wishlist: Wishlist, item_id: FromPath[Id]
    ) -> Encoded[One[WishlistOut]]:
        """One item."""
        return Encoded(await wishlist.detail(request.user, uuid_of(item_id)))

    @post(operation_id="createWishlistItem", dto=Wire[WishlistIn], return_dto=Wire[WishlistOut])
    async def create_item(
        self, request: ApiRequest, wishlist: Wishlist, data: JSONBody[WishlistIn]
    ) -> Encoded[One[WishlistOut]]:
        """A new item; without `sortOrder` it is the last."""
        return Encoded(await wishlist.create(request.user, data))

    @post(
        "/reorder", operation_id="reorderWishlist", status_code=200, dto=Wire[ReorderIn], return_dto=Wire[WishlistOut]
    )
    async def reorder(
        self, request: ApiRequest, wishlist: Wishlist, data: JSONBody[ReorderIn]
    ) -> Encoded[WishlistReordered]:
        """Give some items new places, all of them or none; answers every item in the new order."""
        return Encoded(await wishlist.reorder(request.user, data))

    @patch("/{item_id:str}", operation_id="updateWishlistItem", dto=Wire[WishlistPatch], return_dto=Wire[WishlistOut])
    async def update_item(
        self, request: ApiRequest, wishlist: Wishlist, item_id: FromPath[Id], data: JSONBody[WishlistPatch]
    ) -> Encoded[One[WishlistOut]]:
        """Change the given fields; `null` clears an optional one."""
        return Encoded(await wishlist.change(request.user, uuid_of(item_id), data))

    @put("/{item_id:str}", operation_id="replaceWishlistItem", dto=Wire[WishlistPatch], return_dto=Wire[WishlistOut])
    async def replace_item(
        self, request: ApiRequest, wishlist: Wishlist, item_id: FromPath[Id], data: JSONBody[WishlistPatch]
    ) -> Encoded[One[WishlistOut]]:
        """The same as PATCH, for old clients."""
        return Encoded(await wishlist.change(request.user, uuid_of(item_id), data))

    @delete("/{item_id:str}", operation_id="deleteWishlistItem", status_code=200, return_dto=Wire[Deleted])
    async def delete_item(self, request: ApiRequest, wishlist: Wishlist, item_id: FromPath[Id]) -> One[Deleted]:
        """Delete an item and its image."""
        identity = uuid_of(item_id)
        await wishlist.delete(request.user, identity)
        return One(data=Deleted(identity))

    @post(
        "/{item_id:str}/image",
        operation_id="uploadWishlistImage",
        status_code=200,
        return_dto=Wire[WishlistOut],
        request_max_body_size=MAX_SMALL_IMAGE_BYTES + FORM_OVERHEAD_BYTES,
        opt={PRESIGN: True},
    )
    async def upload_image(
        self, request: ApiRequest, wishlist: Wishlist, item_id: FromPath[Id]
    ) -> Encoded[One[WishlistOut]]:
        """Give an item an image (field `image`), which is stored 800 pixels wide at most; the one before goes."""
        identity = uuid_of(item_id)
        await wishlist.require_own(request.user, identity)
        file = await one_file(request, (FIELD,), MAX_SMALL_IMAGE_BYTES)
        return Encoded(await wishlist.set_image(request.user, identity, file))

    @post(
        "/{item_id:str}/image/presign",
        operation_id="presignWishlistImage",
        dto=Wire[PresignIn],
        return_dto=Wire[PresignedForm],
    )
    async def presign_image(
        self,
        request: ApiRequest,
        wishlist: Wishlist,
        direct_uploads: Uploads,
        item_id: FromPath[Id],
        data: JSONBody[PresignIn],
    ) -> One[PresignedForm]:
        """A form to upload an item's image with, past this API."""
        await wishlist.require_own(request.user, uuid_of(item_id))
        require_picture_name(data.filename, media_type(data.content_type))
        return One(data=await presigned(request, direct_uploads, data, MAX_SMALL_IMAGE_BYTES))

    @post(
        "/{item_id:str}/image/complete",
        operation_id="completeWishlistImage",
        status_code=200,
        dto=Wire[CompleteIn],
        return_dto=Wire[WishlistOut],
    )
    async def complete_image(
        self,
        request: ApiRequest,
        wishlist: Wishlist,
        direct_uploads: Uploads,
        item_id: FromPath[Id],
        data: JSONBody[CompleteIn],
    ) -> Encoded[One[WishlistOut]]:
        """The item's image is uploaded: use it."""
        identity = uuid_of(item_id)
        await wishlist.require_own(request.user, identity)
        async with uploaded(request, direct_uploads, data.upload_id, FIELD) as file:
            return Encoded(await wishlist.set_image(request.user, identity, file))


def _given(category: str) -> str:
    """A blank one counts as not given; any other is compared as it is."""
    return category if category.strip() else ""
