"""The multipart forms of the file routes: files as far as each can be read, by the fields that they came in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from litestar.datastructures import UploadFile

from service.domains.moc_files.attempts import Attempt
from service.domains.moc_files.creation import WantedFile
from service.domains.moc_files.kinds import Kind
from service.domains.mocs.schemas import MocIn
from service.kernel.errors import AppError, ValidationFailed
from service.kernel.received import MAX_MOC_FILE_BYTES, ReceivedFile
from service.web.forms import Form, safe_name
from service.web.wire import convert, fields_of


@dataclass(frozen=True, slots=True)
class _Field:
    """What a file field of a new MOC's form holds, and how many of it."""

    kind: Kind
    at_least: int
    at_most: int


_FIELDS_OF_NEW: Mapping[str, _Field] = {
    "instructionsFile": _Field("instruction", 1, 10),
    "partsLists": _Field("parts-list", 0, 10),
    "images": _Field("thumbnail", 0, 3),
}


async def moc_in(form: Form) -> tuple[MocIn, list[Attempt[WantedFile]]]:
    """The fields of a new MOC and its files. Raises ValidationFailed for fields, and for too few or too many files."""
    form, tags = form.without_tags()
    wanted = convert(MocIn, {**form.given(fields_of(MocIn)), **({} if tags is None else {"tags": tags})})
    found: list[Attempt[WantedFile]] = []
    for name, field in _FIELDS_OF_NEW.items():
        files = await files_in(form, (name,), at_least=field.at_least, at_most=field.at_most)
        found += [_wanted(attempt, field.kind) for attempt in files]
    return wanted, found


async def files_in(form: Form, fields: Collection[str], *, at_least: int, at_most: int) -> list[Attempt[ReceivedFile]]:
    """The files in these fields, in order. Raises ValidationFailed when there are too few or too many."""
    found = [(field, file) for field, file in form.files if field in fields]
    first = next(iter(fields))
    if len(found) < at_least:
        raise ValidationFailed.of_field(first, "is missing: send the file in it")
    if len(found) > at_most:
        raise ValidationFailed.of_field(first, f"holds {len(found)} files, of at most {at_most}")
    return [await _read(form, file, field, place) for place, (field, file) in enumerate(found, 1)]


async def _read(form: Form, file: UploadFile, field: str, place: int) -> Attempt[ReceivedFile]:
    name = f"file {place}"
    try:
        name = safe_name(file.filename, field)
        return Attempt(name, field, await form.read(file, field, MAX_MOC_FILE_BYTES))
    except AppError as error:
        return Attempt(name, field, error)


def _wanted(attempt: Attempt[ReceivedFile], kind: Kind) -> Attempt[WantedFile]:
    value = attempt.value
    return Attempt(attempt.name, attempt.field, value if isinstance(value, AppError) else WantedFile(kind, value))
