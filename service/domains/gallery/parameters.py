"""Query parameters of the gallery's lists."""

import re
from typing import Annotated, Any

from litestar.connection import Request
from litestar.params import QueryParameter

from service.kernel.errors import ValidationFailed
from service.kernel.paging import Slice
from service.web.parameters import require_plain_query, require_plain_texts

_OFFSET = re.compile(r"[0-9]{1,9}", re.ASCII)

AlbumId = Annotated[
    str,
    QueryParameter(
        name="albumId",
        schema_extra={"anyOf": [{"format": "uuid"}, {"maxLength": 0}]},
        description="Only what lies in this album.",
    ),
]
OldCursor = Annotated[
    str,
    QueryParameter(
        schema_extra={"pattern": r"^(?:[0-9]{1,9})?$(?!\n)"},
        description="Old clients: how many to leave out, instead of `page`.",
    ),
]


async def require_plain_gallery_query(request: Request[Any, Any, Any]) -> None:
    """Before a list handler: as `require_plain_query`, for the gallery's own parameters too."""
    await require_plain_query(request)
    require_plain_texts(request, ("albumId", "cursor", "type", "flagged"))


def offset_of(cursor: str) -> int | None:
    """The number that an old client has instead of a cursor; None for anything else."""
    return int(cursor) if _OFFSET.fullmatch(cursor) else None


def slice_of(page: int, limit: int, cursor: str) -> Slice:
    """The part of a list that is asked for. Raises ValidationFailed."""
    if not cursor.strip():
        return Slice.of_page(page, limit)
    offset = offset_of(cursor)
    if offset is None:
        raise ValidationFailed.of_field("cursor", "has to be one whole number")
    return Slice.of_offset(offset, limit)
