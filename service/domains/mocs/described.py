"""What the API's description tells of the MOC routes."""

from service.domains.mocs.schemas import MocIn, MocPatch
from service.kernel.errors import Conflict, Forbidden, NotFound, ValidationFailed
from service.web.openapi.facts import Described, Facts, JsonObject
from service.web.openapi.samples import FILE_ID, FILES_URL, IMAGE_ID, LIST_ID, MOC_ID, TIME, TITLE, USER_ID, deleted

MOC_REQUEST: JsonObject = {
    "title": "Harbour Crane",
    "type": "moc",
    "description": "A dockside crane with a working winch.",
    "author": "Ada Lindqvist",
    "partsCount": 1240,
    "theme": "City",
    "releaseYear": 2024,
    "retired": False,
    "tags": ["harbour", "crane"],
}
SET_REQUEST: JsonObject = {"title": "Lion Knights' Castle", "type": "set", "brand": "LEGO", "setNumber": "10305"}
MOC: JsonObject = {
    "id": MOC_ID,
    "userId": USER_ID,
    **MOC_REQUEST,
    "createdAt": TIME,
    "updatedAt": TIME,
    "totalPieceCount": 1238,
}
DETAIL: JsonObject = {
    **MOC,
    "files": [
        {
            "id": FILE_ID,
            "mocId": MOC_ID,
            "fileType": "parts-list",
            "fileUrl": f"{FILES_URL}/mocs/{USER_ID}/{MOC_ID}/{FILE_ID}.csv",
            "createdAt": TIME,
            "originalFilename": "harbour-crane.csv",
            "mimeType": "text/csv",
        }
    ],
    "images": [
        {
            "id": IMAGE_ID,
            "url": f"{FILES_URL}/images/{USER_ID}/{IMAGE_ID}.webp",
            "alt": "The crane at dusk",
            "createdAt": TIME,
            "linkedId": MOC_ID,
        }
    ],
    "partsLists": [
        {
            "id": LIST_ID,
            "title": "harbour-crane.csv",
            "status": "parsed",
            "createdAt": TIME,
            "updatedAt": TIME,
            "fileId": FILE_ID,
            "totalParts": 1238,
            "errorCount": 0,
        }
    ],
}
MISSING = NotFound("MOC not found")
FOREIGN = Forbidden("This MOC belongs to somebody else")
TAKEN = Conflict("You already have a MOC with this title", [{"field": "title", "message": "is taken"}])
DATE: JsonObject = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
    "description": "Without an offset: UTC.",
}
_NOT_BLANK: JsonObject = {"type": "string", "pattern": r"[^\s]"}


def _of_type(moc_type: str, required: str) -> JsonObject:
    """What a type asks for beyond what both do."""
    return {"properties": {"type": {"const": moc_type}, required: _NOT_BLANK}, "required": [required]}


_CHANGE = Facts(
    request={"title": "Harbour Crane II", "partsCount": 1312, "description": None},
    example={**MOC, "title": "Harbour Crane II", "partsCount": 1312},
    failures=(
        ValidationFailed.of_field("type", "is moc and can't be changed"),
        FOREIGN,
        MISSING,
        TAKEN,
    ),
)

DESCRIBED = Described(
    tags={"mocs": "My Own Creations and sets: a user's own; an admin may read, change and delete those of others."},
    operations={
        "listMOCs": Facts(
            example=[MOC],
        ),
        "searchMOCs": Facts(
            example={"success": True, "data": [MOC], "total": 1, "page": 1, "limit": 20, "mocs": [MOC]},
        ),
        "getMOCStatsByCategory": Facts(example=[{"category": "City", "count": 7}, {"category": "crane", "count": 2}]),
        "getMOCUploadsOverTime": Facts(example=[{"date": "2025-11", "category": "City", "count": 3}]),
        "getMOC": Facts(example=DETAIL, failures=(FOREIGN, MISSING)),
        "createMOC": Facts(
            request=MOC_REQUEST,
            example=MOC,
            failures=(ValidationFailed.of_field("author", "is required for a moc"), TAKEN),
            gives={"mocId": "/data/id"},
            feeds={"uploadPartsListAndParse": {"mocId": "$response.body#/data/id"}},
        ),
        "updateMOC": _CHANGE,
        "replaceMOC": _CHANGE,
        "deleteMOC": Facts(example=deleted(MOC_ID), failures=(FOREIGN, MISSING)),
    },
    rules={
        MocIn: {
            "anyOf": [_of_type("moc", "author"), _of_type("set", "brand")],
            "properties": {"title": TITLE, "uploadedDate": DATE},
        },
        MocPatch: {"properties": {"title": TITLE, "uploadedDate": DATE}},
    },
)
