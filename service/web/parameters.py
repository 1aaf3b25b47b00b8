"""Path and query parameters, read more strictly than the framework would."""

import re
from typing import Annotated, Any
from uuid import UUID

from litestar.connection import Request
from litestar.params import PathParameter, QueryParameter

from service.kernel.errors import ValidationFailed
from service.kernel.paging import MAX_LIMIT

MAX_PAGE = 10_000_000  # far past any list, and its offset still fits a bigint
MAX_WORDS_CHARS = 200

PageNumber = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="Which page, from 1.")]
PageLimit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="How many on a page.")]
Words = Annotated[str, QueryParameter(max_length=MAX_WORDS_CHARS, description="What to search for.")]
Id = Annotated[str, PathParameter(schema_extra={"format": "uuid"}, description="The resource's UUID.")]

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")


def uuid_of(text: str, field: str = "id") -> UUID:
    """The UUID in its one usual spelling. Raises ValidationFailed: braces, URNs and bare hex are other cache keys."""
    if not _UUID.fullmatch(text):
        raise ValidationFailed.of_field(field, "is not a UUID")
    return UUID(text)


async def require_plain_query(request: Request[Any, Any, Any]) -> None:
    """Before a list handler: raise ValidationFailed for numbers that are not written as digits, and for repeats.

    The framework reads `1e3` as 1000 and takes the last of `page=1&page=2`.
    """
    for name in ("page", "limit", "from", "size"):
        values = request.query_params.getall(name, [])
        if len(values) > 1 or any(not _WHOLE.fullmatch(value) for value in values):
            raise ValidationFailed.of_field(name, "has to be one whole number")
    for name in ("search", "q", "tag"):
        values = request.query_params.getall(name, [])
        if len(values) > 1 or any(_CONTROL.search(value) for value in values):
            raise ValidationFailed.of_field(name, "has to be one text without control characters")
