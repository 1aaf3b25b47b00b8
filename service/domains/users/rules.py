"""Whose profile it is, and what may stand in it. Pure."""

import hashlib

from service.kernel.errors import Forbidden, ValidationFailed
from service.kernel.principal import Principal

ME = "me"
MAX_NAME_CHARS = 100
VERSION_CHARS = 16


def require_own(who: Principal, user_id: str) -> None:
    """Raise Forbidden for any other user's id, known or not, for admins too."""
    if user_id not in (ME, who.sub):
        raise Forbidden("This profile belongs to somebody else")


def new_name(name: str) -> str:
    """The name as it is kept. Raises ValidationFailed."""
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= MAX_NAME_CHARS:
        raise ValidationFailed.of_field("name", f"has to have 1 to {MAX_NAME_CHARS} characters")
    return trimmed


def versioned(url: str, body: bytes) -> str:
    """The address of an object that is overwritten, another one for other bytes: browsers keep what they know."""
    return f"{url}?v={hashlib.sha256(body).hexdigest()[:VERSION_CHARS]}"
