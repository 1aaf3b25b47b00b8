"""Examples and forms that several domains show."""

from service.kernel.errors import Conflict, Forbidden, MalwareDetected, NotFound, PayloadTooLarge, UnsupportedMediaType
from service.kernel.received import MEBIBYTE
from service.kernel.text import CONTROLS
from service.web.openapi.facts import Facts, FilePart, Form, JsonObject
from service.web.openapi.failures import EXAMPLE_TIME

MOC_ID = "7a3c1f52-9d1e-4a0b-8f63-2c5d4e6f7a81"
IMAGE_ID = "c4b7e2d0-5a16-4f3e-9b8d-71a2c3d4e5f6"
ALBUM_ID = "e9f0a1b2-3c4d-4e5f-8a6b-7c8d9e0f1a2b"
FILE_ID = "2f8e7d6c-5b4a-4938-a726-15049382716a"
LIST_ID = "91b2c3d4-e5f6-4718-92a3-b4c5d6e7f809"
UPLOAD_ID = "5d6e7f80-9a1b-4c2d-8e3f-405162738495"
USER_ID = "b1e9c0de-6c1f-4f0a-9a55-0c1d2e3f4a5b"
TIME = EXAMPLE_TIME
FILES_URL = "https://lego-moc-files-production.s3.us-east-1.amazonaws.com"

TITLE: JsonObject = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "pattern": rf"^(?=[\s\S]*\S)(?![\s\S]*[{CONTROLS}])",
    "description": "1 to 200 characters after trimming.",
}
REFERENCE: JsonObject = {
    "anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 0}, {"type": "null"}],
    "description": "The id of a resource of one's own; blank counts as none.",
}
IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic")
IMAGE_NAME = "crane.png"
PARTS_LIST_NAME = "harbour-crane.csv"
PARTS_LIST_TYPES = ("text/csv", "text/plain", "application/json", "application/xml")

TAGS_IN_FORMS: JsonObject = {
    "description": "The field repeated, one text with commas, or a JSON array as text.",
    "type": "array",
    "items": {
        "type": "string",
        "minLength": 1,
        "maxLength": 50,
        "pattern": rf"^(?=[^\s,\[])(?![\s\S]*[,{CONTROLS}])",
    },
    "maxItems": 20,
}
WRONG_TYPE = UnsupportedMediaType("The file holds PNG, but is named .csv")
MALWARE = MalwareDetected("The file holds malware")


def deleted(identity: str) -> JsonObject:
    """What a delete answers."""
    return {"id": identity}


def image_form(field: str, max_bytes: int) -> Form:
    """A form of one image."""
    return Form(files=(FilePart(fields=(field,), types=IMAGE_TYPES, max_bytes=max_bytes, filename=IMAGE_NAME),))


def presign(filename: str, content_type: str, key: str, max_bytes: int) -> Facts:
    """Of a route that hands out a form for a direct upload."""
    limit = f"{max_bytes // MEBIBYTE} MB"
    told = [{"field": "size", "message": f"is more than {limit}"}]
    return Facts(
        request={"filename": filename, "contentType": content_type, "size": 3_145_728},
        example={
            "uploadId": UPLOAD_ID,
            "url": FILES_URL,
            "fields": {"key": key, "Content-Type": content_type, "policy": "eyJleHBpcmF0aW9uIjoi…"},
            "expiresAt": TIME,
        },
        narrowed={"properties": {"size": {"maximum": max_bytes}, "filename": {"pattern": r"[^\s/\\]\s*$(?!\n)"}}},
        failures=(PayloadTooLarge(f"The file is larger than {limit}", told),),
    )


def completed(example: JsonObject, request: JsonObject | None = None) -> Facts:
    """Of a route that takes the file that was uploaded directly; `request`: what is said beside the upload's id."""
    return Facts(
        request={"uploadId": UPLOAD_ID, **(request or {})},
        example=example,
        failures=(
            NotFound("The upload has expired: begin a new one"),
            Forbidden("This upload belongs to somebody else"),
            Conflict("The upload has been completed already"),
            PayloadTooLarge("The uploaded file is larger than was said"),
            WRONG_TYPE,
            MALWARE,
        ),
    )
