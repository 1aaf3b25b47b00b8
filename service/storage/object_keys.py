"""Where files lie in the bucket. Pure."""

import re
from uuid import UUID

_EXTENSION = re.compile(r"[a-z0-9]{1,8}", re.ASCII)


def moc_file(owner: str, moc_id: UUID, file_id: UUID, filename: str) -> str:
    """`mocs/{userId}/{mocId}/{uuid}.{ext}`: the client's file name decides nothing but a harmless extension."""
    extension = filename.rpartition(".")[2].lower()
    if not _EXTENSION.fullmatch(extension):
        extension = "bin"
    return f"mocs/{owner}/{moc_id}/{file_id}.{extension}"


def image(owner: str, image_id: UUID) -> str:
    """A gallery image in full."""
    return f"images/{owner}/{image_id}.webp"


def thumbnail(owner: str, image_id: UUID) -> str:
    """A gallery image's thumbnail."""
    return f"images/{owner}/thumbnails/{image_id}.webp"


def wishlist_image(owner: str, item_id: UUID) -> str:
    """A wishlist item's image: one key for the item's life, overwritten."""
    return f"wishlist/{owner}/{item_id}.webp"


def avatar(owner: str) -> str:
    """A user's avatar: one key for ever, overwritten."""
    return f"avatars/{owner}/avatar.webp"


def direct_upload(owner: str, upload_id: UUID) -> str:
    """Where a client puts a file itself, until it says that it has."""
    return f"uploads/{owner}/{upload_id}"
