"""What the fields of images and albums may hold. Pure."""

import re
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta

from service.kernel.errors import ValidationFailed
from service.kernel.text import ONE_LINE, PROSE

MAX_TITLE_CHARS = 200
MAX_TEXT_CHARS = 2000

Title = Annotated[str, Meta(pattern=ONE_LINE)]  # its length counts after trimming
Prose = Annotated[str, Meta(max_length=MAX_TEXT_CHARS, pattern=PROSE)]
Tag = Annotated[str, Meta(min_length=1, max_length=50, pattern=ONE_LINE)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=20)]
Reference = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
"""The id of another resource; blank counts as none, as old clients send it."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def trimmed(title: str) -> str:
    """The title as it is stored. Raises ValidationFailed."""
    text = title.strip()
    if not 1 <= len(text) <= MAX_TITLE_CHARS:
        raise ValidationFailed.of_field("title", f"has to have 1 to {MAX_TITLE_CHARS} characters")
    return text


def none_if_blank(text: str | None) -> str | None:
    """The text, unless there is nothing in it."""
    return text if text and text.strip() else None


def reference(text: str | None, field: str) -> UUID | None:
    """The id, None for none. Raises ValidationFailed."""
    if text is None or not text.strip():
        return None
    if not _UUID.fullmatch(text):
        raise ValidationFailed.of_field(field, "is not a UUID")
    return UUID(text)


def given(patch: msgspec.Struct) -> dict[str, Any]:
    """The fields that a patch names."""
    return {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
