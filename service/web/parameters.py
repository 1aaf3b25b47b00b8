"""Path and query parameters, read more strictly than the framework would."""

import re
from collections.abc import Collection
from typing import Annotated, Any

from litestar.connection import Request
from litestar.params import PathParameter, QueryParameter

from service.kernel.errors import ValidationFailed
from service.kernel.paging import MAX_LIMIT
from service.kernel.text import CONTROLS

MAX_PAGE = 10_000_000  # far past any list, and its offset still fits a bigint
MAX_WORDS_CHARS = 200
_UNFIT = rf"[\s\S]*[{CONTROLS}\ufffd]"  # the last one stands for what was no UTF-8

PageNumber = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="Which page, from 1.")]
PageLimit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="How many on a page.")]
Words = Annotated[
    str,
    QueryParameter(
        max_length=MAX_WORDS_CHARS, schema_extra={"pattern": rf"^(?!{_UNFIT})"}, description="What to search for."
    ),
]
Id = Annotated[str, PathParameter(schema_extra={"format": "uuid"}, description="The resource's UUID.")]

_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)
_CONTROL = re.compile(rf"[{CONTROLS}\ufffd]")


async def require_plain_query(request: Request[Any, Any, Any]) -> None:
    """Before a list handler: raise ValidationFailed for numbers that are not written as digits, and for repeats.

    The framework reads `1e3` as 1000 and takes the last of `page=1&page=2`.
    """
    given = request.query_params  # made anew each time that it is asked for
    for name in ("page", "limit", "from", "size"):
        if name not in given:
            continue
        values = given.getall(name)
        if len(values) > 1 or not _WHOLE.fullmatch(values[0]):
            raise ValidationFailed.of_field(name, "has to be one whole number")
    require_plain_texts(request, ("search", "q", "tag"))


def require_plain_texts(request: Request[Any, Any, Any], names: Collection[str]) -> None:
    """Raise ValidationFailed for a text that holds control characters, or comes twice."""
    given = request.query_params
    for name in names:
        if name not in given:
            continue
        values = given.getall(name)
        if len(values) > 1 or _CONTROL.search(values[0]):
            raise ValidationFailed.of_field(name, "has to be one text without control characters")
