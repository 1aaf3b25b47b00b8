"""Builds the gallery's services, once for the process."""

from service.domains.gallery.albums.controller import AlbumController
from service.domains.gallery.albums.repository import AlbumRepository
from service.domains.gallery.albums.service import AlbumService
from service.domains.gallery.feed.controller import FeedController
from service.domains.gallery.feed.repository import FeedRepository
from service.domains.gallery.feed.service import FeedService
from service.domains.gallery.images.controller import FlagController, ImageController
from service.domains.gallery.images.repository import ImageRepository
from service.domains.gallery.images.service import ImageService
from service.runtime import Runtime
from service.web.assembly import Domain


def domain(runtime: Runtime) -> Domain:
    """The routes of images, albums, flags and the gallery list."""
    images = ImageService(
        images=ImageRepository(runtime.database),
        cache=runtime.aside,
        writes=runtime.writes,
        index=runtime.index,
        files=runtime.files,
        scanner=runtime.scanner,
        pictures=runtime.images,
    )
    albums = AlbumService(
        albums=AlbumRepository(runtime.database),
        cache=runtime.aside,
        writes=runtime.writes,
        index=runtime.index,
    )
    return Domain(
        [ImageController, FlagController, AlbumController, FeedController],
        {
            "gallery_images": images,
            "albums": albums,
            "feed": FeedService(FeedRepository(runtime.database)),
            "direct_uploads": runtime.direct_uploads,
        },
    )
