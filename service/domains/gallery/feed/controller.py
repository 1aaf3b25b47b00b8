"""The gallery route."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from service.domains.gallery.feed.cursor import Cursor
from service.domains.gallery.feed.filters import Filter, Part
from service.domains.gallery.feed.schemas import FeedOut
from service.domains.gallery.feed.service import FeedService
from service.domains.gallery.parameters import AlbumId, offset_of, require_plain_gallery_query
from service.kernel.paging import DEFAULT_LIMIT
from service.web.parameters import PageLimit, Words
from service.web.request import ApiRequest
from service.web.wire import Wire

Kind = Annotated[
    str, QueryParameter(name="type", schema_extra={"enum": ["all", "image", "album", ""]}, description="What to list.")
]
Flagged = Annotated[
    str,
    QueryParameter(schema_extra={"enum": ["true", "false", ""]}, description="Only flagged images, or none of them."),
]
NextCursor = Annotated[
    str,
    QueryParameter(
        schema_extra={"pattern": r"^[A-Za-z0-9_-]*$(?!\n)"}, description="The `nextCursor` of the part before."
    ),
]


class FeedController(Controller):
    """`/api/gallery`: a user's own images and albums in one list, as old clients read it."""

    path = "/api/gallery"
    tags = ["gallery"]

    @get(operation_id="listGallery", return_dto=Wire[FeedOut], before_request=require_plain_gallery_query)
    async def list_gallery(
        self,
        request: ApiRequest,
        feed: NamedDependency[FeedService],
        kind: Kind = "all",
        tag: Words = "",
        album_id: AlbumId = "",
        flagged: Flagged = "",
        search: Words = "",
        limit: PageLimit = DEFAULT_LIMIT,
        cursor: NextCursor = "",
    ) -> FeedOut:
        """Own images and albums, newest first; the next part begins at `nextCursor`."""
        asked = Filter.of_query(kind=kind, words=search, tag=tag, album_id=album_id, flagged=flagged)
        return await feed.part(request.user, asked, _part(limit, cursor.strip()))


def _part(limit: int, cursor: str) -> Part:
    """An old client may begin with 0, or go on with the number that the first backend gave it."""
    if not cursor:
        return Part(limit)
    offset = offset_of(cursor)
    return Part(limit, Cursor.parse(cursor)) if offset is None else Part(limit, offset=offset)
