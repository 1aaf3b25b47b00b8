"""multipart/form-data: the files in it, and its text fields."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from io import SEEK_END
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException

from service.kernel.errors import PayloadTooLarge, UnsupportedMediaType, ValidationFailed
from service.kernel.received import MEBIBYTE, ReceivedFile
from service.kernel.text import CONTROLS
from service.web.memory import UploadMemory
from service.web.scope import at_the_end

FORM_OVERHEAD_BYTES = 64 * 1024  # the parts' heads and a few text fields beside the files
MAX_FORM_BYTES = 50 * MEBIBYTE  # a form of several files
MAX_NAME_CHARS = 255
MAX_TEXT_CHARS = 20_000
UPLOAD_MEMORY = "upload_memory"
"""In the application's state: the UploadMemory that all requests share."""
PRESIGN = "presign"
"""In a handler's `opt`: the route also takes files past it, by `POST <route>/presign`."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_NOT_IN_NAMES = re.compile(rf"[{CONTROLS}\ud800-\udfff]")  # lone surrogates are no text
_tags = msgspec.json.Decoder(list[str])


@dataclass(frozen=True, slots=True)
class Form:
    """What came in: (field, file) in order, and the text fields, each with all its values."""

    request: Request[Any, Any, Any]
    files: Sequence[tuple[str, UploadFile]]
    texts: Mapping[str, Sequence[str]]

    async def one(self, fields: Collection[str], max_bytes: int) -> ReceivedFile:
        """The one file in one of these fields. Raises ValidationFailed, PayloadTooLarge."""
        files = [file for field, file in self.files if field in fields]
        first = next(iter(fields))
        if len(files) != 1:
            problem = "is missing: send the file in it" if not files else "holds more than one file"
            raise ValidationFailed.of_field(first, problem)
        return await self.read(files[0], first, max_bytes)

    async def read(self, file: UploadFile, field: str, max_bytes: int) -> ReceivedFile:
        """That file. Raises ValidationFailed, PayloadTooLarge."""
        name = safe_name(file.filename, field)
        body = await file.read(max_bytes + 1)
        if len(body) > max_bytes:
            raise too_large(self.request, max_bytes, field)
        if not body:
            raise ValidationFailed.of_field(field, "is an empty file")
        return ReceivedFile(name, media_type(file.content_type), body, field)

    def given(self, known: Collection[str]) -> dict[str, str]:
        """The text fields of these names that are not blank. Raises ValidationFailed for one that came twice."""
        found: dict[str, str] = {}
        for field in known:
            values = self.texts.get(field, [""])
            if len(values) > 1:
                raise ValidationFailed.of_field(field, "came more than once")
            if len(values[0]) > MAX_TEXT_CHARS:
                raise ValidationFailed.of_field(field, f"has more than {MAX_TEXT_CHARS} characters")
            if values[0].strip():
                found[field] = values[0]
        return found

    def without_tags(self) -> "tuple[Form, list[str] | None]":
        """The form without its field `tags` (or `tags[]`), and what that holds, None when it is not there.

        Clients send tags as a repeated field, as one text with commas, or as a JSON array. Raises ValidationFailed.
        """
        values = [value for field in ("tags", "tags[]") for value in self.texts.get(field, ())]
        rest = {field: found for field, found in self.texts.items() if field not in ("tags", "tags[]")}
        return Form(self.request, self.files, rest), _tags_of(values) if values else None


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """The request's form. Raises UnsupportedMediaType, ValidationFailed, PayloadTooLarge."""
    if request.content_type[0] != "multipart/form-data":
        raise UnsupportedMediaType("The body has to be multipart/form-data")
    files: list[tuple[str, UploadFile]] = []
    texts: dict[str, list[str]] = {}
    for field, value in await _parts(request):
        if _SURROGATES.search(field if isinstance(value, UploadFile) else field + value):
            raise ValidationFailed("A field of the form holds what is no text")  # a part may name an odd encoding
        if isinstance(value, UploadFile):
            files.append((field, value))
        else:
            texts.setdefault(field, []).append(value)
    await _have_memory(request, sum(_size(file) for _, file in files))
    return Form(request, files, texts)


async def one_file(request: Request[Any, Any, Any], fields: Collection[str], max_bytes: int) -> ReceivedFile:
    """The request's one file, in one of these fields. Raises as `read_form` and `Form.one` do."""
    return await (await read_form(request)).one(fields, max_bytes)


def safe_name(filename: str, field: str) -> str:
    """The last part of the path that some browsers send, of a bearable length; never used as a path."""
    name = filename.replace("\\", "/").rpartition("/")[2].strip()
    if not name or _NOT_IN_NAMES.search(name):
        raise ValidationFailed.of_field(field, "needs a file name without control characters")
    if len(name) > MAX_NAME_CHARS:
        raise ValidationFailed.of_field(field, f"has a file name of more than {MAX_NAME_CHARS} characters")
    return name


def media_type(content_type: str) -> str:
    """The type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def too_large(request: Request[Any, Any, Any], max_bytes: int, field: str = "file") -> PayloadTooLarge:
    """What a client is told whose file is too large for the route, or for any body."""
    megabytes = f"{max_bytes / MEBIBYTE:g} MB"
    told: list[dict[str, object]] = [{"field": field, "message": f"is larger than {megabytes}"}]
    return PayloadTooLarge(f"The file is larger than {megabytes}", [*told, *presign_hint(request)])


def presign_hint(request: Request[Any, Any, Any]) -> list[dict[str, object]]:
    """Where a file can be sent that a request can't carry: the route whose `/presign` and `/complete` take it."""
    if not request.scope["route_handler"].opt.get(PRESIGN):
        return []
    route = request.scope["path"].rstrip("/")
    return [{"presign": route, "message": f"larger requests: POST {route}/presign, then {route}/complete"}]


async def _have_memory(request: Request[Any, Any, Any], bytes_: int) -> None:
    """Wait until the files may be in memory, until the request is over. Raises Unavailable."""
    memory: UploadMemory = request.app.state[UPLOAD_MEMORY]
    taken = await memory.take(bytes_)
    at_the_end(request.scope, lambda: memory.give(taken))


def _size(file: UploadFile) -> int:
    """How many bytes the spooled file has; it stands at its beginning."""
    size = file.file.seek(0, SEEK_END)
    file.file.seek(0)
    return size


async def _parts(request: Request[Any, Any, Any]) -> list[tuple[str, Any]]:
    """The form's parts. Litestar lets several kinds of malformed parts through as server errors."""
    try:
        form = await request.form()
    except (UnicodeError, LookupError, ValueError, TypeError) as error:
        if isinstance(error, ClientException):
            raise
        raise ValidationFailed("The form can't be read") from error
    return list(form.multi_items())


def _tags_of(values: Sequence[str]) -> list[str]:
    if len(values) == 1 and values[0].lstrip().startswith("["):
        try:
            values = _tags.decode(values[0])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ValidationFailed.of_field("tags", "is not a JSON array of texts") from error
    elif len(values) == 1:
        values = values[0].split(",")
    return [tag for value in values if (tag := value.strip())]
