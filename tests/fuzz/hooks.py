"""What Schemathesis is told beyond the description; it loads this module by itself.

A schema can't say what a file has to hold, nor what depends on a row or on today. Requests that are meant to be right
are made so here; those that are meant to be wrong are left as they are.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import schemathesis
from hypothesis import strategies as st

from tests.fuzz.files import CSV, PDF, PNG

CHANGES_OF_MOCS = frozenset({"updateMOC", "replaceMOC"})
MAX_CHARACTERS = 100
MAX_QUERY_CHARACTERS = 210  # still more than any parameter takes
DEPENDS_ON_THE_ROW = ("type", "author", "brand")  # which may not be cleared, is the row's type to say
MAKE = {"createAlbum": "galleryAlbumId", "uploadImage": "galleryImageId", "createWishlistItem": "itemId"}
NAME = {"linkMOCGalleryAlbum": "galleryAlbumId", "linkMOCGalleryImage": "galleryImageId"}
made: dict[str, str] = {}
PLACES = ("items", "itemOrders")  # an item has only one

schemathesis.openapi.media_type("text/csv", st.sampled_from(CSV))
schemathesis.openapi.media_type("image/png", st.sampled_from(PNG))
schemathesis.openapi.media_type("application/pdf", st.just(PDF))


@schemathesis.hook  # type: ignore[untyped-decorator,unused-ignore]
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Make a positive request fit what no schema says, and every one such that API Gateway hands it over whole."""
    make_portable(case)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation = case.operation.definition.raw.get("operationId")
    if operation == "listGallery" and case.query:
        case.query.pop("cursor", None)  # nobody can make one up
    if case.media_type == "application/json" and isinstance(case.body, dict):
        body = fitting(operation, as_written_by_browsers(case.body))
        if json.dumps(body) != json.dumps(case.body):
            case.body = body


@schemathesis.hook  # type: ignore[untyped-decorator,unused-ignore]
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Remember what was made, for requests that name it in their bodies."""
    operation = case.operation.definition.raw.get("operationId")
    if operation in MAKE and response.status_code == 201:
        made[MAKE[operation]] = response.json()["data"]["id"]


def make_portable(case: Any) -> None:
    """Take out of a request what the gateway answers by itself, or changes, before the service sees it."""
    for name, value in (case.path_parameters or {}).items():
        if isinstance(value, str) and "?" in unquote(value):  # there the gateway cuts the path
            case.path_parameters[name] = "no-id"
    for name, value in (case.query or {}).items():
        if isinstance(value, str):  # it takes no head of more than 10 KB, and a character may take twelve bytes
            case.query[name] = value[:MAX_QUERY_CHARACTERS]


def fitting(operation: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body without what only the row, today's date or a comparison can tell to be wrong."""
    if operation in CHANGES_OF_MOCS:
        body = {name: value for name, value in body.items() if name not in DEPENDS_ON_THE_ROW}
    next_year = datetime.now(UTC).year + 1
    if isinstance(body.get("releaseYear"), int):
        body["releaseYear"] = min(body["releaseYear"], next_year)
    if operation in NAME and NAME[operation] in made:
        body[NAME[operation]] = made[NAME[operation]]
    for field in PLACES:
        if isinstance(body.get(field), list):
            places = [short({**place, "id": made.get("itemId", place["id"])}) for place in body[field]]
            body[field] = list({place["id"].lower(): place for place in places}.values())
    return short(body)


def short(body: dict[str, Any]) -> dict[str, Any]:
    """With a `sortOrder` of at most 100 characters as text, also where it is a number."""
    order = body.get("sortOrder")
    return {**body, "sortOrder": 7} if isinstance(order, int) and len(str(order)) > MAX_CHARACTERS else body


def as_written_by_browsers(value: Any) -> Any:
    """601.0 is a whole number to JSON Schema, and `JSON.stringify` writes 601; the API takes nothing else for one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: as_written_by_browsers(one) for name, one in value.items()}
    return [as_written_by_browsers(one) for one in value] if isinstance(value, list) else value
