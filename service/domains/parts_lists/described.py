"""What the API's description tells of the parts-list routes."""

from service.kernel.errors import Conflict, Forbidden, NotFound, ValidationFailed
from service.kernel.received import MAX_MOC_FILE_BYTES
from service.web.openapi.facts import Described, Facts, FilePart, Form, JsonObject
from service.web.openapi.samples import (
    FILE_ID,
    FILES_URL,
    LIST_ID,
    MALWARE,
    MOC_ID,
    PARTS_LIST_NAME,
    PARTS_LIST_TYPES,
    TIME,
    USER_ID,
    WRONG_TYPE,
    completed,
    presign,
)

KEY = f"mocs/{USER_ID}/{MOC_ID}/{FILE_ID}.csv"
FILE: JsonObject = {
    "id": FILE_ID,
    "mocId": MOC_ID,
    "fileType": "parts-list",
    "fileUrl": f"{FILES_URL}/{KEY}",
    "originalFilename": "harbour-crane.csv",
    "mimeType": "text/csv",
    "createdAt": TIME,
}
ACCEPTED: JsonObject = {"partsListId": LIST_ID, "status": "pending", "file": FILE}
FINDING: JsonObject = {
    "line": 17,
    "code": "BAD_QUANTITY",
    "message": 'The quantity "many" is not a whole number from 1 to 999999.',
}
LIST: JsonObject = {
    "id": LIST_ID,
    "mocId": MOC_ID,
    "title": "harbour-crane.csv",
    "status": "parsed-with-errors",
    "errors": [FINDING],
    "errorCount": 1,
    "createdAt": TIME,
    "updatedAt": TIME,
    "parts": [{"line": 2, "partId": "3001", "quantity": 24, "name": "Brick 2 x 4", "color": "Red", "isSpare": False}],
    "totalParts": 1238,
    "rows": 1,
    "fileId": FILE_ID,
}
OLD: JsonObject = {
    "success": True,
    "data": {
        "file": FILE,
        "partsList": {
            "id": LIST_ID,
            "mocId": MOC_ID,
            "fileId": FILE_ID,
            "title": "harbour-crane.csv",
            "status": "parsed",
            "totalPartsCount": "1238",
            "totalParts": 1238,
            "rows": 214,
            "errors": [],
            "errorCount": 0,
            "createdAt": TIME,
        },
        "parsing": {"totalPieceCount": 1238, "uniqueParts": 214, "format": "csv", "success": True},
        "moc": {"id": MOC_ID, "totalPieceCount": 1238},
    },
    "message": "Parts list uploaded and parsed",
}
MISSING = NotFound("MOC not found")
FOREIGN = Forbidden("This MOC belongs to somebody else")
NAME_TAKEN = Conflict("This MOC already has a file with this name", [{"field": "filename", "message": "is taken"}])
FILE_PART = FilePart(
    fields=("partsListFile", "file"), types=PARTS_LIST_TYPES, max_bytes=MAX_MOC_FILE_BYTES, filename=PARTS_LIST_NAME
)
NO_FILE = ValidationFailed.of_field("partsListFile", "is missing: send the file in it")
GIVES = {"listId": "/data/partsListId"}

DESCRIBED = Described(
    tags={
        "parts-lists": "Parts lists of a MOC: CSV, plain text, JSON or BrickLink XML. A bad row is told and left out."
    },
    operations={
        "uploadPartsList": Facts(
            form=Form(files=(FILE_PART,)),
            example=ACCEPTED,
            failures=(NO_FILE, FOREIGN, MISSING, NAME_TAKEN, WRONG_TYPE, MALWARE),
            gives=GIVES,
        ),
        "presignPartsList": presign(PARTS_LIST_NAME, "text/csv", KEY, MAX_MOC_FILE_BYTES),
        "completePartsList": completed(ACCEPTED),
        "uploadPartsListAndParse": Facts(
            form=Form(
                files=(FILE_PART,),
                more_texts={"mocId": {"type": "string", "format": "uuid"}},
                required_texts=("mocId",),
            ),
            example=OLD,
            failures=(
                ValidationFailed("None of the 3 rows is a part.", [FINDING]),
                FOREIGN,
                MISSING,
                NAME_TAKEN,
                WRONG_TYPE,
                MALWARE,
            ),
            deprecated=True,
        ),
        "getPartsList": Facts(
            example={"success": True, "data": LIST, "total": 1, "page": 1, "limit": 20},
            failures=(FOREIGN, NotFound("Parts list not found")),
        ),
    },
)
