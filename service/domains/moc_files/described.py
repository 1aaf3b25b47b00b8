"""What the API's description tells of the routes of a MOC's files."""

from service.domains.moc_files.schemas import DownloadOut, FileForm, FileOut, FilesOut
from service.domains.mocs.schemas import MocIn
from service.kernel.envelope import One
from service.kernel.errors import Conflict, Forbidden, NotFound, ValidationFailed
from service.kernel.received import MAX_MOC_FILE_BYTES
from service.web.openapi.facts import Answer, Described, Facts, FilePart, Form, JsonObject
from service.web.openapi.samples import (
    FILE_ID,
    FILES_URL,
    IMAGE_NAME,
    LIST_ID,
    MALWARE,
    MOC_ID,
    PARTS_LIST_NAME,
    PARTS_LIST_TYPES,
    TAGS_IN_FORMS,
    TIME,
    USER_ID,
    WRONG_TYPE,
    completed,
    deleted,
    presign,
)

KEY = f"mocs/{USER_ID}/{MOC_ID}/{FILE_ID}.pdf"
PICTURES = ("image/jpeg", "image/png", "image/webp")
INSTRUCTION_NAME = "harbour-crane.pdf"
INSTRUCTIONS = ("application/pdf", "application/octet-stream")
FILE: JsonObject = {
    "id": FILE_ID,
    "mocId": MOC_ID,
    "fileType": "instruction",
    "fileUrl": f"{FILES_URL}/{KEY}",
    "createdAt": TIME,
    "originalFilename": "harbour-crane.pdf",
    "mimeType": "application/pdf",
}
LIST_FILE: JsonObject = {
    **FILE,
    "fileType": "parts-list",
    "fileUrl": f"{FILES_URL}/mocs/{USER_ID}/{MOC_ID}/{FILE_ID}.csv",
    "originalFilename": "harbour-crane.csv",
    "mimeType": "text/csv",
    "partsListId": LIST_ID,
}
SEVERAL: JsonObject = {
    "uploaded": [LIST_FILE],
    "failed": [{"name": "virus.exe", "code": "UNSUPPORTED_MEDIA_TYPE", "reason": "This kind of file is not taken"}],
}
DOWNLOAD: JsonObject = {
    "downloadUrl": f"{FILES_URL}/{KEY}?X-Amz-Signature=4f6c…",
    "filename": "harbour-crane.pdf",
    "mimeType": "application/pdf",
    "expiresIn": 900,
    "expiresAt": TIME,
}
MOC: JsonObject = {
    "id": MOC_ID,
    "userId": USER_ID,
    "title": "Harbour Crane",
    "type": "moc",
    "author": "Ada Lindqvist",
    "createdAt": TIME,
    "updatedAt": TIME,
    "files": [FILE],
    "images": [],
    "partsLists": [],
}
MISSING = NotFound("MOC not found")
NO_FILE = NotFound("This MOC has no such file")
FOREIGN = Forbidden("This MOC belongs to somebody else")
NAME_TAKEN = Conflict("This MOC already has a file with this name", [{"field": "file", "message": "is taken"}])
NOT_STORED: JsonObject = {
    "Cache-Control": {"description": "Never cached.", "required": True, "schema": {"const": "no-store"}}
}
_ANY_FILE = FilePart(
    fields=("file", "files"),
    types=(*INSTRUCTIONS, *PARTS_LIST_TYPES, *PICTURES),
    max_bytes=MAX_MOC_FILE_BYTES,
    most=10,
)

DESCRIBED = Described(
    tags={"moc-files": "Files of a MOC: instructions (PDF, Studio), parts lists, thumbnails."},
    operations={
        "createMOCWithFiles": Facts(
            form=Form(
                files=(
                    FilePart(
                        fields=("instructionsFile",),
                        types=INSTRUCTIONS,
                        max_bytes=MAX_MOC_FILE_BYTES,
                        filename=INSTRUCTION_NAME,
                        most=10,
                    ),
                    FilePart(
                        fields=("partsLists",),
                        types=PARTS_LIST_TYPES,
                        max_bytes=MAX_MOC_FILE_BYTES,
                        filename=PARTS_LIST_NAME,
                        most=10,
                        required=False,
                    ),
                    FilePart(
                        fields=("images",),
                        types=PICTURES,
                        max_bytes=MAX_MOC_FILE_BYTES,
                        filename=IMAGE_NAME,
                        most=3,
                        required=False,
                    ),
                ),
                texts=MocIn,
                more_texts={"tags": TAGS_IN_FORMS},
            ),
            example={
                "success": True,
                "data": MOC,
                "message": "The MOC and its files were created",
                "moc": MOC,
            },
            failures=(
                ValidationFailed.of_field("instructionsFile", "is missing: send the file in it"),
                Conflict("You already have a MOC with this title", [{"field": "title", "message": "is taken"}]),
                WRONG_TYPE,
                MALWARE,
            ),
            gives={"mocId": "/data/id"},
        ),
        "uploadMOCFiles": Facts(
            form=Form(files=(_ANY_FILE,), texts=FileForm),
            answers={
                201: Answer(
                    description="One file: the file. Several: which were stored, and what was wrong with the others.",
                    shape=One[FileOut] | One[FilesOut],
                    example={"success": True, "data": LIST_FILE},
                )
            },
            failures=(
                ValidationFailed.of_field("file", "is missing: send the file in it"),
                FOREIGN,
                MISSING,
                NAME_TAKEN,
                WRONG_TYPE,
                MALWARE,
            ),
            gives={"fileId": "/data/id"},
        ),
        "presignMOCFile": presign(INSTRUCTION_NAME, "application/pdf", KEY, MAX_MOC_FILE_BYTES),
        "completeMOCFile": completed(LIST_FILE, {"fileType": "parts-list"}),
        "deleteMOCFile": Facts(example=deleted(FILE_ID), failures=(FOREIGN, NO_FILE)),
        "downloadMOCFile": Facts(
            answers={
                200: Answer(
                    description="With `format=json`: where the file can be fetched for 15 minutes.",
                    shape=One[DownloadOut],
                    example=DOWNLOAD,
                    headers=NOT_STORED,
                ),
                302: Answer(
                    description="To where the file can be fetched for 15 minutes.",
                    headers={
                        **NOT_STORED,
                        "Location": {"description": "The file.", "required": True, "schema": {"type": "string"}},
                    },
                ),
            },
            failures=(FOREIGN, NO_FILE),
        ),
    },
)
