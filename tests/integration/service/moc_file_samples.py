"""Files as people send them to a MOC, and how tests send them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from httpx import Response

from tests.integration.postgres import Postgres
from tests.integration.service.api import Api

NIL = "00000000-0000-0000-0000-000000000000"
SECRET = "taken at 48.2082 N"

Sent = tuple[str, bytes, str]
"""Name, bytes, declared type."""

PDF: Sent = ("build.pdf", b"%PDF-1.7\nsteps", "application/pdf")
STUDIO: Sent = ("model.io", b"PK\x03\x04\x14\x00\x09\x00locked", "application/octet-stream")
CSV: Sent = ("parts.csv", b"Part,Qty\n3001,5\n3002,2\n", "text/csv")
TXT: Sent = ("parts.txt", b"Part,Qty\n3001,1\n", "text/plain")
JSON: Sent = ("parts.json", b'[{"part": "3001", "qty": 4}]', "application/json")
XML: Sent = (
    "parts.xml",
    b"<INVENTORY><ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>3001</ITEMID><MINQTY>3</MINQTY></ITEM></INVENTORY>",
    "text/xml",
)


@cache
def picture(form: str = "jpeg", width: int = 40, height: int = 30) -> bytes:
    """A picture whose metadata nobody else is to read."""
    import pyvips

    image = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-ImageDescription", SECRET)
    body: bytes = image.write_to_buffer(f".{form}")
    assert SECRET.encode() in body
    return body


def jpeg(name: str = "front.jpg", **size: int) -> Sent:
    """A JPEG of that name."""
    return name, picture("jpeg", **size), "image/jpeg"


async def send(
    api: Api, moc: Any, *files: Sent, field: str = "file", sub: str = "alice", fields: Any = None
) -> Response:
    """The files in one request, as browsers send them."""
    return await api.call(
        "POST", f"/api/mocs/{moc['id']}/files", sub, data=fields or {}, files=[(field, file) for file in files]
    )


async def stored(api: Api, moc: Any, *files: Sent, **rest: Any) -> dict[str, Any]:
    """What is answered to files that are stored."""
    answer = await send(api, moc, *files, **rest)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert set(body) == {"success", "data"}
    data: dict[str, Any] = body["data"]
    return data


async def detail(api: Api, moc: Any, sub: str = "alice") -> dict[str, Any]:
    """The MOC as it is read."""
    data: dict[str, Any] = (await api.get(f"/api/mocs/{moc['id']}", sub)).json()["data"]
    return data


def names(files: Sequence[Any]) -> list[str]:
    """The files' names, sorted."""
    return sorted(file["originalFilename"] for file in files)


def nothing_is_left(postgres: Postgres, database: str) -> bool:
    """Whether there is no file, no list, and no object that waits to be deleted, but for what forms may still bring."""
    counted = postgres.run(
        "SELECT (SELECT count(*) FROM moc_files), (SELECT count(*) FROM moc_parts_lists),"
        " (SELECT count(*) FROM file_leftovers WHERE key NOT LIKE 'uploads/%')",
        database,
    )
    return counted == ["0|0|0"]
