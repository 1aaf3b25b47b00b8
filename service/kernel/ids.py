"""Ids as clients write them."""

import re
from uuid import UUID

from service.kernel.errors import ValidationFailed

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def uuid_of(text: str, field: str = "id") -> UUID:
    """The UUID in its one usual spelling. Raises ValidationFailed: braces, URNs and bare hex are other cache keys."""
    if not _UUID.fullmatch(text):
        raise ValidationFailed.of_field(field, "is not a UUID")
    return UUID(text)
