"""The image routes, and the one that flags an image."""

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.domains.gallery.images.rules import new_image
from service.domains.gallery.images.schemas import (
    Flagged,
    FlagIn,
    FlagOut,
    ImageCompleteIn,
    ImageIn,
    ImageOut,
    ImagePatch,
)
from service.domains.gallery.images.service import ImageService
from service.domains.gallery.images.values import Place
from service.domains.gallery.parameters import AlbumId, OldCursor, require_plain_gallery_query, slice_of
from service.images.kinds import require_picture_name
from service.kernel.envelope import Deleted, One, Page
from service.kernel.ids import uuid_of
from service.kernel.paging import DEFAULT_LIMIT
from service.kernel.received import MAX_IMAGE_BYTES
from service.web.forms import FORM_OVERHEAD_BYTES, PRESIGN, Form, media_type, read_form
from service.web.parameters import Id, PageLimit, PageNumber, Words
from service.web.request import ApiRequest
from service.web.uploads import PresignedForm, PresignIn, Uploads, presigned, uploaded
from service.web.wire import Encoded, Wire, convert, fields_of

GalleryImages = NamedDependency[ImageService]
FIELD = "image"


class ImageController(Controller):
    """`/api/images`: a user's own images; an admin may also read, change and delete those of others."""

    path = "/api/images"
    tags = ["images"]

    @get(operation_id="listImages", return_dto=Wire[ImageOut], before_request=require_plain_gallery_query)
    async def list_images(
        self,
        request: ApiRequest,
        gallery_images: GalleryImages,
        page: PageNumber = 1,
        limit: PageLimit = DEFAULT_LIMIT,
        search: Words = "",
        tag: Words = "",
        album_id: AlbumId = "",
        cursor: OldCursor = "",
    ) -> Encoded[Page[ImageOut]]:
        """Own images outside any album, or in the one that is named; newest first, with `search` the best matches."""
        words, wanted = search.strip(), slice_of(page, limit, cursor)
        place = Place(uuid_of(album_id, "albumId") if album_id.strip() else None, tag if tag.strip() else "")
        if words:
            return Encoded(await gallery_images.found(request.user, words, wanted, place))
        return Encoded(await gallery_images.page(request.user, wanted, place))

    @get("/{image_id:str}", operation_id="getImage", return_dto=Wire[ImageOut])
    async def get_image(
        self, request: ApiRequest, gallery_images: GalleryImages, image_id: FromPath[Id]
    ) -> Encoded[One[ImageOut]]:
        """One image."""
        return Encoded(await gallery_images.detail(request.user, uuid_of(image_id)))

    @post(
        operation_id="uploadImage",
        return_dto=Wire[ImageOut],
        request_max_body_size=MAX_IMAGE_BYTES + FORM_OVERHEAD_BYTES,
        opt={PRESIGN: True},
    )
    async def upload_image(self, request: ApiRequest, gallery_images: GalleryImages) -> Encoded[One[ImageOut]]:
        """Store an image (field `image`; `title`, `description`, `tags`, `albumId` beside it) and its thumbnail."""
        form = await read_form(request)
        file = await form.one((FIELD,), MAX_IMAGE_BYTES)
        return Encoded(await gallery_images.upload(request.user, file, new_image(_fields(form))))

    @post("/presign", operation_id="presignImage", dto=Wire[PresignIn], return_dto=Wire[PresignedForm])
    async def presign_image(
        self, request: ApiRequest, direct_uploads: Uploads, data: JSONBody[PresignIn]
    ) -> One[PresignedForm]:
        """A form that puts an image into the file store past this API."""
        require_picture_name(data.filename, media_type(data.content_type))
        return One(data=await presigned(request, direct_uploads, data, MAX_IMAGE_BYTES))

    @post("/complete", operation_id="completeImage", dto=Wire[ImageCompleteIn], return_dto=Wire[ImageOut])
    async def complete_image(
        self,
        request: ApiRequest,
        gallery_images: GalleryImages,
        direct_uploads: Uploads,
        data: JSONBody[ImageCompleteIn],
    ) -> Encoded[One[ImageOut]]:
        """Take an image that was put into the file store, as if it had been sent here."""
        new = new_image(_completed(request, data))
        await gallery_images.require_album(request.user, new)
        async with uploaded(request, direct_uploads, data.upload_id, FIELD) as file:
            return Encoded(await gallery_images.upload(request.user, file, new))

    @patch("/{image_id:str}", operation_id="updateImage", dto=Wire[ImagePatch], return_dto=Wire[ImageOut])
    async def update_image(
        self, request: ApiRequest, gallery_images: GalleryImages, image_id: FromPath[Id], data: JSONBody[ImagePatch]
    ) -> Encoded[One[ImageOut]]:
        """Change the given fields; `null` clears an optional one, and takes the image out of its album."""
        return Encoded(await gallery_images.change(request.user, uuid_of(image_id), data))

    @delete("/{image_id:str}", operation_id="deleteImage", status_code=200, return_dto=Wire[Deleted])
    async def delete_image(
        self, request: ApiRequest, gallery_images: GalleryImages, image_id: FromPath[Id]
    ) -> One[Deleted]:
        """Delete an image with its files; MOCs that show it stay."""
        identity = uuid_of(image_id)
        await gallery_images.delete(request.user, identity)
        return One(data=Deleted(identity))


class FlagController(Controller):
    """`/api/flag`: users tell of images that should not be there, their own or anybody's."""

    path = "/api/flag"
    tags = ["images"]

    @post(operation_id="flagImage", dto=Wire[FlagIn], return_dto=Wire[FlagOut])
    async def flag_image(self, request: ApiRequest, gallery_images: GalleryImages, data: JSONBody[FlagIn]) -> Flagged:
        """Flag an image, once."""
        return await gallery_images.flag(request.user, data)


def _fields(form: Form) -> ImageIn:
    rest, tags = form.without_tags()
    return convert(ImageIn, {**rest.given(fields_of(ImageIn)), "tags": tags})


def _completed(request: ApiRequest, data: ImageCompleteIn) -> ImageIn:
    """The same fields as of a form, where tags may be one text."""
    tags = Form(request, (), {"tags": [data.tags]}).without_tags()[1] if isinstance(data.tags, str) else data.tags
    return convert(
        ImageIn, {"title": data.title, "description": data.description, "tags": tags, "albumId": data.album_id}
    )
