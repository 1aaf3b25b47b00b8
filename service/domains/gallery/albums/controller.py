"""The album routes."""

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.domains.gallery.albums.schemas import AlbumDetailOut, AlbumIn, AlbumOut, AlbumPatch
from service.domains.gallery.albums.service import AlbumService
from service.domains.gallery.parameters import OldCursor, require_plain_gallery_query, slice_of
from service.kernel.envelope import Deleted, One, Page
from service.kernel.ids import uuid_of
from service.kernel.paging import DEFAULT_LIMIT
from service.web.parameters import Id, PageLimit, PageNumber
from service.web.request import ApiRequest
from service.web.wire import Encoded, Wire

Albums = NamedDependency[AlbumService]


class AlbumController(Controller):
    """`/api/albums`: a user's own albums; an admin may also read, change and delete those of others."""

    path = "/api/albums"
    tags = ["albums"]

    @get(operation_id="listAlbums", return_dto=Wire[AlbumOut], before_request=require_plain_gallery_query)
    async def list_albums(
        self,
        request: ApiRequest,
        albums: Albums,
        page: PageNumber = 1,
        limit: PageLimit = DEFAULT_LIMIT,
        cursor: OldCursor = "",
    ) -> Encoded[Page[AlbumOut]]:
        """Own albums, newest first, with how many images lie in them."""
        return Encoded(await albums.page(request.user, slice_of(page, limit, cursor)))

    @get("/{album_id:str}", operation_id="getAlbum", return_dto=Wire[AlbumDetailOut])
    async def get_album(
        self, request: ApiRequest, albums: Albums, album_id: FromPath[Id]
    ) -> Encoded[One[AlbumDetailOut]]:
        """One album with its images, newest first."""
        return Encoded(await albums.detail(request.user, uuid_of(album_id)))

    @post(operation_id="createAlbum", dto=Wire[AlbumIn], return_dto=Wire[AlbumOut])
    async def create_album(
        self, request: ApiRequest, albums: Albums, data: JSONBody[AlbumIn]
    ) -> Encoded[One[AlbumOut]]:
        """A new album; its cover, if it has one already, is one of the user's own images."""
        return Encoded(await albums.create(request.user, data))

    @patch("/{album_id:str}", operation_id="updateAlbum", dto=Wire[AlbumPatch], return_dto=Wire[AlbumOut])
    async def update_album(
        self, request: ApiRequest, albums: Albums, album_id: FromPath[Id], data: JSONBody[AlbumPatch]
    ) -> Encoded[One[AlbumOut]]:
        """Change the given fields; `null` clears an optional one."""
        return Encoded(await albums.change(request.user, uuid_of(album_id), data))

    @delete("/{album_id:str}", operation_id="deleteAlbum", status_code=200, return_dto=Wire[Deleted])
    async def delete_album(self, request: ApiRequest, albums: Albums, album_id: FromPath[Id]) -> One[Deleted]:
        """Delete an album; its images stay, outside any album."""
        identity = uuid_of(album_id)
        await albums.delete(request.user, identity)
        return One(data=Deleted(identity))
