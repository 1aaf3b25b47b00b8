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
