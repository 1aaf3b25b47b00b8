"""Files of MOCs as clients send them."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.contract import pictures
from tests.contract.client import CSV, PDF, Side, one
from tests.contract.direct import Sent

FILE_KEYS = {"id", "mocId", "fileType", "fileUrl", "originalFilename", "mimeType", "createdAt"}
PLAN = Sent("plan.pdf", PDF, "application/pdf")
STUDIO = Sent("model.io", b"PK\x03\x04\x14\x00\x09\x00locked", "application/octet-stream")
LIST = Sent("parts.csv", CSV, "text/csv")
JPEG = Sent("front.jpg", pictures.jpeg(), "image/jpeg")
PNG = Sent("back.png", pictures.png(), "image/png")
WEBP = Sent("side.webp", pictures.webp(), "image/webp")


def path_of(moc: Mapping[str, Any]) -> str:
    """Where the MOC is."""
    return f"/api/mocs/{moc['id']}"


def sent(
    side: Side, moc: Mapping[str, Any], *files: Sent, field: str = "file", texts: Mapping[str, Any] | None = None,
    user: str = "alice",
) -> httpx.Response:  # fmt: skip
    """The answer to these files in one form."""
    return side.send(f"{path_of(moc)}/files", [(field, file.part()) for file in files], texts, user)


def added(side: Side, moc: Mapping[str, Any], file: Sent, user: str = "alice") -> dict[str, Any]:
    """A file that the MOC now has."""
    return one(sent(side, moc, file, user=user), 201)


def files_of(side: Side, moc: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files that the MOC shows."""
    files: list[dict[str, Any]] = one(side.get(path_of(moc)))["files"]
    return files
