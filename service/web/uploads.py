"""Files that come in as multipart/form-data."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException

from service.kernel.errors import PayloadTooLarge, UnsupportedMediaType, ValidationFailed
from service.kernel.text import CONTROLS

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_BODY_BYTES = MAX_FILE_BYTES + 64 * 1024  # the parts' heads and a few text fields beside the file
MAX_NAME_CHARS = 255
_NOT_IN_NAMES = re.compile(rf"[{CONTROLS}\ud800-\udfff]")  # lone surrogates are no text


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as the client sent it: its name and type are claims, its bytes decide."""

    filename: str
    content_type: str
    body: bytes


async def one_file(request: Request[Any, Any, Any], fields: Collection[str]) -> ReceivedFile:
    """The one file in one of these fields. Raises UnsupportedMediaType, ValidationFailed, PayloadTooLarge."""
    if request.content_type[0] != "multipart/form-data":
        raise UnsupportedMediaType("The body has to be multipart/form-data")
    found = [value for field, value in await _parts(request) if field in fields]
    files = [value for value in found if isinstance(value, UploadFile)]
    first = next(iter(fields))
    if len(files) != 1:
        problem = "is missing: send the file in it" if not files else "holds more than one file"
        raise ValidationFailed.of_field(first, problem)
    return await _received(files[0], first)


async def _parts(request: Request[Any, Any, Any]) -> list[tuple[str, Any]]:
    """The form's parts. Litestar lets several kinds of malformed parts through as server errors."""
    try:
        form = await request.form()
    except (UnicodeError, LookupError, ValueError, TypeError) as error:
        if isinstance(error, ClientException):
            raise
        raise ValidationFailed("The form can't be read") from error
    return list(form.multi_items())


async def _received(file: UploadFile, field: str) -> ReceivedFile:
    body = await file.read()
    if len(body) > MAX_FILE_BYTES:
        raise PayloadTooLarge(f"The file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB")
    if not body:
        raise ValidationFailed.of_field(field, "is an empty file")
    return ReceivedFile(_safe_name(file.filename, field), _media_type(file.content_type), body)


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _safe_name(filename: str, field: str) -> str:
    """The last part of the path that some browsers send, of a bearable length; never used as a path."""
    name = filename.replace("\\", "/").rpartition("/")[2].strip()
    if not name or _NOT_IN_NAMES.search(name):
        raise ValidationFailed.of_field(field, "needs a file name without control characters")
    if len(name) > MAX_NAME_CHARS:
        raise ValidationFailed.of_field(field, f"has a file name of more than {MAX_NAME_CHARS} characters")
    return name
