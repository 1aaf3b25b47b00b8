"""The upload as clients of the first backend send it, and failures with what those clients show of them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from service.kernel.errors import AppError, ValidationFailed
from service.kernel.ids import uuid_of
from service.kernel.received import ReceivedFile
from service.web.forms import read_form
from service.web.request import ApiRequest

MOC_FIELD = "mocId"
_OLD_CODES = {"NOT_FOUND": "MOC_NOT_FOUND", "UNSUPPORTED_MEDIA_TYPE": "INVALID_FILE_TYPE"}


async def old_form(request: ApiRequest, fields: Collection[str], max_bytes: int) -> tuple[UUID, ReceivedFile]:
    """The MOC's id, and the file in one of `fields`. Raises UnsupportedMediaType, ValidationFailed, PayloadTooLarge."""
    form = await read_form(request)
    given = form.given((MOC_FIELD,))
    if MOC_FIELD not in given:
        raise _missing(MOC_FIELD, "The MOC is not named: send its id as mocId")
    if not any(field in fields for field, _ in form.files):
        field = next(iter(fields))
        raise _missing(field, f"The file is missing: send it as {field}")
    return uuid_of(given[MOC_FIELD].strip(), MOC_FIELD), await form.one(fields, max_bytes)


@contextmanager
def for_old_clients() -> Iterator[None]:
    """Failures that say nothing in their details say it there, too: that is what those clients show."""
    try:
        yield
    except AppError as error:
        error.details = error.details or [{"code": _OLD_CODES.get(error.code, error.code), "message": error.message}]
        raise


def _missing(field: str, message: str) -> ValidationFailed:
    return ValidationFailed(message, [{"field": field, "code": "MISSING_FIELDS", "message": message}])
