"""The routes of gallery images and albums that are linked to a MOC."""

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.domains.moc_links.schemas import (
    AlbumLinkIn,
    ImageLinkIn,
    Linked,
    LinkedAlbums,
    LinkedImages,
    LinkOut,
)
from service.domains.moc_links.service import LinkService
from service.kernel.envelope import Deleted, One
from service.kernel.ids import uuid_of
from service.web.parameters import Id
from service.web.request import ApiRequest
from service.web.wire import Wire

Links = NamedDependency[LinkService]


class ImageLinkController(Controller):
    """Gallery images of a MOC."""

    path = "/api/mocs/{moc_id:str}/gallery-images"
    tags = ["mocs"]

    @get(operation_id="listMOCGalleryImages", return_dto=Wire[LinkedImages])
    async def list_images(self, request: ApiRequest, moc_links: Links, moc_id: FromPath[Id]) -> LinkedImages:
        """All gallery images of a MOC, newest first."""
        return await moc_links.images(request.user, uuid_of(moc_id))

    @post(operation_id="linkMOCGalleryImage", dto=Wire[ImageLinkIn], return_dto=Wire[Linked])
    async def link_image(
        self, request: ApiRequest, moc_links: Links, moc_id: FromPath[Id], data: JSONBody[ImageLinkIn]
    ) -> Linked:
        """Link an image of the MOC's owner; 409 when it is linked already."""
        moc, image = uuid_of(moc_id), data.gallery_image_id
        link = LinkOut(id=await moc_links.link(request.user, "image", moc, image), moc_id=moc, gallery_image_id=image)
        return Linked(data=link, link=link, message="The image is linked to the MOC")

    @delete("/{image_id:str}", operation_id="unlinkMOCGalleryImage", status_code=200, return_dto=Wire[Deleted])
    async def unlink_image(
        self, request: ApiRequest, moc_links: Links, moc_id: FromPath[Id], image_id: FromPath[Id]
    ) -> One[Deleted]:
        """Take the link away; the image stays."""
        moc, image = uuid_of(moc_id), uuid_of(image_id, "imageId")
        await moc_links.unlink(request.user, "image", moc, image)
        return One(data=Deleted(image))


class AlbumLinkController(Controller):
    """Gallery albums of a MOC."""

    path = "/api/mocs/{moc_id:str}/gallery-albums"
    tags = ["mocs"]

    @get(operation_id="listMOCGalleryAlbums", return_dto=Wire[LinkedAlbums])
    async def list_albums(self, request: ApiRequest, moc_links: Links, moc_id: FromPath[Id]) -> LinkedAlbums:
        """All gallery albums of a MOC, newest first."""
        return await moc_links.albums(request.user, uuid_of(moc_id))

    @post(operation_id="linkMOCGalleryAlbum", dto=Wire[AlbumLinkIn], return_dto=Wire[Linked])
    async def link_album(
        self, request: ApiRequest, moc_links: Links, moc_id: FromPath[Id], data: JSONBody[AlbumLinkIn]
    ) -> Linked:
        """Link an album of the MOC's owner; 409 when it is linked already."""
        moc, album = uuid_of(moc_id), data.gallery_album_id
        link = LinkOut(id=await moc_links.link(request.user, "album", moc, album), moc_id=moc, gallery_album_id=album)
        return Linked(data=link, link=link, message="The album is linked to the MOC")

    @delete("/{album_id:str}", operation_id="unlinkMOCGalleryAlbum", status_code=200, return_dto=Wire[Deleted])
    async def unlink_album(
        self, request: ApiRequest, moc_links: Links, moc_id: FromPath[Id], album_id: FromPath[Id]
    ) -> One[Deleted]:
        """Take the link away; the album stays."""
        moc, album = uuid_of(moc_id), uuid_of(album_id, "albumId")
        await moc_links.unlink(request.user, "album", moc, album)
        return One(data=Deleted(album))
