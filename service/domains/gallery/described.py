"""What the API's description tells of the gallery's routes."""

from service.domains.gallery.albums.schemas import AlbumIn, AlbumPatch
from service.domains.gallery.images.schemas import ImageCompleteIn, ImageIn, ImagePatch
from service.kernel.errors import Conflict, Forbidden, NotFound, ValidationFailed
from service.kernel.received import MAX_IMAGE_BYTES
from service.kernel.text import CONTROLS, ONE_LINE
from service.web.openapi.facts import Described, Facts, FilePart, Form, JsonObject
from service.web.openapi.samples import (
    ALBUM_ID,
    FILES_URL,
    IMAGE_ID,
    IMAGE_NAME,
    IMAGE_TYPES,
    MALWARE,
    REFERENCE,
    TAGS_IN_FORMS,
    TIME,
    TITLE,
    USER_ID,
    WRONG_TYPE,
    completed,
    deleted,
    presign,
)
from service.web.openapi.shapes import NULL

KEY = f"images/{USER_ID}/{IMAGE_ID}.webp"
IMAGE_URL = f"{FILES_URL}/{KEY}"
IMAGE: JsonObject = {
    "id": IMAGE_ID,
    "userId": USER_ID,
    "title": "The crane at dusk",
    "imageUrl": IMAGE_URL,
    "thumbnailUrl": f"{FILES_URL}/images/{USER_ID}/thumbnails/{IMAGE_ID}.webp",
    "flagged": False,
    "createdAt": TIME,
    "lastUpdatedAt": TIME,
    "tags": ["dusk", "crane"],
    "albumId": ALBUM_ID,
}
ALBUM: JsonObject = {
    "id": ALBUM_ID,
    "userId": USER_ID,
    "title": "Harbour",
    "description": "Everything at the waterside.",
    "createdAt": TIME,
    "lastUpdatedAt": TIME,
    "imageCount": 1,
    "coverImageId": IMAGE_ID,
    "coverImageUrl": IMAGE_URL,
}
FLAG: JsonObject = {
    "id": "6a5b4c3d-2e1f-4a0b-9c8d-7e6f50413223",
    "imageId": IMAGE_ID,
    "userId": USER_ID,
    "createdAt": TIME,
    "lastUpdatedAt": TIME,
    "reason": "Not a picture of bricks.",
}
FEED: JsonObject = {
    "success": True,
    "data": [{"type": "image", **IMAGE}, {"type": "album", **ALBUM}],
    "total": 2,
    "limit": 20,
    "items": [{"type": "image", **IMAGE}, {"type": "album", **ALBUM}],
    "hasMore": False,
}
NO_IMAGE, NO_ALBUM = NotFound("Image not found"), NotFound("Album not found")
NO_COVER = NotFound("Cover image not found")
FOREIGN_IMAGE = Forbidden("This image belongs to somebody else")
FOREIGN_ALBUM = Forbidden("This album belongs to somebody else")
FOREIGN_COVER = Forbidden("This cover image belongs to somebody else")
BAD_TITLE = ValidationFailed.of_field("title", "has to have 1 to 200 characters")
TEXTS: JsonObject = {"title": "The crane at dusk", "tags": ["dusk", "crane"], "albumId": ALBUM_ID}
OWN_TITLE: JsonObject = {
    "anyOf": [{"type": "string", "maxLength": 200, "pattern": ONE_LINE}, {"type": "null"}],
    "description": "Without one, or a blank one: the file's name.",
}
TAGS: JsonObject = {
    "anyOf": [
        {**TAGS_IN_FORMS, "description": "One entry a tag."},
        {
            "type": "string",
            "pattern": rf"^(?!\s*\[)[^,{CONTROLS}]{{1,50}}(?:,[^,{CONTROLS}]{{1,50}}){{0,19}}$(?!\n)",
            "description": "One text with commas.",
        },
        NULL,
    ],
}
ALBUM_REQUEST: JsonObject = {"title": "Harbour", "description": "Everything at the waterside."}

DESCRIBED = Described(
    tags={
        "images": "A user's gallery images; an admin may read, change and delete those of others.",
        "albums": "Albums of the gallery; deleting one leaves its images.",
        "gallery": "Images and albums in one list, as older clients read it.",
    },
    operations={
        "listImages": Facts(
            example=[IMAGE],
        ),
        "getImage": Facts(example=IMAGE, failures=(FOREIGN_IMAGE, NO_IMAGE)),
        "uploadImage": Facts(
            form=Form(
                files=(FilePart(fields=("image",), types=IMAGE_TYPES, max_bytes=MAX_IMAGE_BYTES, filename=IMAGE_NAME),),
                texts=ImageIn,
                more_texts={"tags": TAGS_IN_FORMS},
            ),
            example=IMAGE,
            failures=(
                ValidationFailed.of_field("image", "is missing: send the file in it"),
                FOREIGN_ALBUM,
                NO_ALBUM,
                WRONG_TYPE,
                MALWARE,
            ),
            gives={"imageId": "/data/id"},
            feeds={"flagImage": {"imageId": "$response.body#/data/id"}},
        ),
        "presignImage": presign("crane.jpg", "image/jpeg", KEY, MAX_IMAGE_BYTES),
        "completeImage": completed(IMAGE, TEXTS),
        "updateImage": Facts(
            request={"title": "The crane at dawn", "albumId": None},
            example={**IMAGE, "title": "The crane at dawn"},
            failures=(BAD_TITLE, FOREIGN_IMAGE, FOREIGN_ALBUM, NO_IMAGE, NO_ALBUM),
        ),
        "deleteImage": Facts(example=deleted(IMAGE_ID), failures=(FOREIGN_IMAGE, NO_IMAGE)),
        "flagImage": Facts(
            request={"imageId": IMAGE_ID, "reason": "Not a picture of bricks."},
            example={"success": True, "data": FLAG, "flag": FLAG},
            failures=(NO_IMAGE, Conflict("You have flagged this image already")),
        ),
        "listAlbums": Facts(
            example=[ALBUM],
        ),
        "getAlbum": Facts(example={**ALBUM, "images": [IMAGE]}, failures=(FOREIGN_ALBUM, NO_ALBUM)),
        "createAlbum": Facts(
            request=ALBUM_REQUEST,
            example=ALBUM,
            failures=(BAD_TITLE, FOREIGN_COVER, NO_COVER),
            gives={"albumId": "/data/id"},
        ),
        "updateAlbum": Facts(
            request={"title": "Harbour at night", "coverImageId": IMAGE_ID},
            example={**ALBUM, "title": "Harbour at night"},
            failures=(BAD_TITLE, FOREIGN_ALBUM, FOREIGN_COVER, NO_ALBUM, NO_COVER),
        ),
        "deleteAlbum": Facts(example=deleted(ALBUM_ID), failures=(FOREIGN_ALBUM, NO_ALBUM)),
        "listGallery": Facts(example=FEED, deprecated=True),
    },
    rules={
        ImageIn: {"properties": {"title": OWN_TITLE, "albumId": REFERENCE}},
        ImageCompleteIn: {"properties": {"title": OWN_TITLE, "albumId": REFERENCE, "tags": TAGS}},
        ImagePatch: {"properties": {"title": TITLE, "albumId": REFERENCE}},
        AlbumIn: {"properties": {"title": TITLE, "coverImageId": REFERENCE}},
        AlbumPatch: {"properties": {"title": TITLE, "coverImageId": REFERENCE}},
    },
)
