"""The two calls that every upload route has beside itself: `POST <route>/presign` and `POST <route>/complete`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.di import NamedDependency
from msgspec import Meta

from service.direct_uploads import DirectUploads
from service.kernel.errors import PayloadTooLarge
from service.kernel.received import MEBIBYTE, ReceivedFile
from service.kernel.text import ONE_LINE
from service.kernel.wire_time import wire_time
from service.web.forms import media_type, safe_name
from service.web.request import ApiRequest

Uploads = NamedDependency[DirectUploads]
"""In a handler's signature, as `direct_uploads`."""

_NAME = "[A-Za-z0-9!#$&^_.+-]+"
MediaType = Annotated[str, Meta(max_length=127, pattern=rf"^{_NAME}/{_NAME}(?:\s*;[ -~]*)?$(?!\n)")]


class PresignIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The file that is to be uploaded: its name, its type, its exact size in bytes."""

    filename: Annotated[str, Meta(min_length=1, max_length=255, pattern=ONE_LINE)]
    content_type: MediaType
    size: Annotated[int, Meta(ge=1, le=2_147_483_647)]


class PresignedForm(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where to send the file: a POST of multipart/form-data to `url` with these fields first, the file last."""

    upload_id: UUID
    url: str
    fields: dict[str, str]
    expires_at: str


class CompleteIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The upload that is done."""

    upload_id: UUID


async def presigned(
    request: ApiRequest, uploads: DirectUploads, wanted: PresignIn, max_bytes: int, *, route: str | None = None
) -> PresignedForm:
    """The form for a file of this route. Raises PayloadTooLarge, ValidationFailed, Unavailable.

    The handler has checked that the user may send a file there at all. `route` is the route's one name where its path
    has several.
    """
    if wanted.size > max_bytes:
        limit = f"{max_bytes / MEBIBYTE:g} MB"
        raise PayloadTooLarge(
            f"The file is larger than {limit}", [{"field": "size", "message": f"is more than {limit}"}]
        )
    form = await uploads.begin(
        request.user,
        route or _route(request),
        filename=safe_name(wanted.filename, "filename"),
        content_type=media_type(wanted.content_type),
        size_bytes=wanted.size,
    )
    return PresignedForm(
        upload_id=form.upload_id, url=form.url, fields=form.fields, expires_at=wire_time(form.expires_at)
    )


@asynccontextmanager
async def uploaded(
    request: ApiRequest, uploads: DirectUploads, upload_id: UUID, field: str, *, route: str | None = None
) -> AsyncIterator[ReceivedFile]:
    """The file that the client has uploaded for this route; see `DirectUploads.taken`, and `presigned` for `route`."""
    async with uploads.taken(request.user, route or _route(request), upload_id, field) as file:
        yield file


def _route(request: ApiRequest) -> str:
    """The route whose `/presign` or `/complete` this is, ids included."""
    return request.scope["path"].rstrip("/").rpartition("/")[0].lower()
