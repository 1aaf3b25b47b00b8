"""A file that a client has sent, whichever way it came."""

from dataclasses import dataclass, field

MEBIBYTE = 1024 * 1024
MAX_IMAGE_BYTES = 20 * MEBIBYTE
MAX_MOC_FILE_BYTES = 10 * MEBIBYTE
MAX_SMALL_IMAGE_BYTES = 5 * MEBIBYTE
"""Avatars and wishlist images."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as the client sent it: its name and type are claims, its bytes decide. `field` is what errors name."""

    filename: str
    content_type: str
    body: bytes = field(repr=False)
    field: str = "file"
