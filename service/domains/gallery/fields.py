"""What the fields of images and albums may hold. Pure."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta

from service.kernel.ids import uuid_of
from service.kernel.text import ONE_LINE, PROSE

MAX_TEXT_CHARS = 2000

Title = Annotated[str, Meta(pattern=ONE_LINE)]  # its length counts after trimming
Prose = Annotated[str, Meta(max_length=MAX_TEXT_CHARS, pattern=PROSE)]
Tag = Annotated[str, Meta(min_length=1, max_length=50, pattern=ONE_LINE)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=20)]
Reference = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
"""The id of another resource; blank counts as none, as old clients send it."""


def none_if_blank(text: str | None) -> str | None:
    """The text, unless there is nothing in it."""
    return text if text and text.strip() else None


def reference(text: str | None, field: str) -> UUID | None:
    """The id, None for none. Raises ValidationFailed."""
    if text is None or not text.strip():
        return None
    return uuid_of(text, field)


def given(patch: msgspec.Struct) -> dict[str, Any]:
    """The fields that a patch names."""
    return {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
