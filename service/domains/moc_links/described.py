"""What the API's description tells of the links between MOCs and the gallery."""

from service.kernel.errors import Conflict, Forbidden, NotFound
from service.web.openapi.facts import Described, Facts, JsonObject
from service.web.openapi.samples import ALBUM_ID, FILES_URL, IMAGE_ID, MOC_ID, TIME, USER_ID, deleted

LINK_ID = "0d9c8b7a-6f5e-4d3c-8b2a-190817263544"
IMAGE_LINK: JsonObject = {"id": LINK_ID, "mocId": MOC_ID, "galleryImageId": IMAGE_ID}
ALBUM_LINK: JsonObject = {"id": LINK_ID, "mocId": MOC_ID, "galleryAlbumId": ALBUM_ID}
IMAGE: JsonObject = {
    "id": IMAGE_ID,
    "title": "The crane at dusk",
    "url": f"{FILES_URL}/images/{USER_ID}/{IMAGE_ID}.webp",
    "imageUrl": f"{FILES_URL}/images/{USER_ID}/{IMAGE_ID}.webp",
    "createdAt": TIME,
    "lastUpdatedAt": TIME,
    "tags": ["dusk"],
}
ALBUM: JsonObject = {
    "id": ALBUM_ID,
    "title": "Harbour",
    "imageCount": 14,
    "createdAt": TIME,
    "lastUpdatedAt": TIME,
    "coverImageUrl": f"{FILES_URL}/images/{USER_ID}/{IMAGE_ID}.webp",
}
MISSING = NotFound("MOC not found")
FOREIGN = Forbidden("This MOC belongs to somebody else")


def _linked(link: JsonObject, what: str) -> JsonObject:
    return {"success": True, "data": link, "link": link, "message": f"The {what} is linked to the MOC"}


DESCRIBED = Described(
    tags={},
    operations={
        "listMOCGalleryImages": Facts(
            example={"success": True, "data": [IMAGE], "total": 1, "images": [IMAGE], "message": "1 image"},
            failures=(FOREIGN, MISSING),
        ),
        "linkMOCGalleryImage": Facts(
            request={"galleryImageId": IMAGE_ID},
            example=_linked(IMAGE_LINK, "image"),
            failures=(
                FOREIGN,
                NotFound("Image not found"),
                Conflict(
                    "This image is linked to this MOC already", [{"field": "galleryImageId", "message": "is linked"}]
                ),
            ),
            gives={"imageId": "/data/galleryImageId"},
        ),
        "unlinkMOCGalleryImage": Facts(
            example=deleted(IMAGE_ID), failures=(FOREIGN, NotFound("This MOC has no such image"))
        ),
        "listMOCGalleryAlbums": Facts(
            example={"success": True, "data": [ALBUM], "total": 1, "albums": [ALBUM], "message": "1 album"},
            failures=(FOREIGN, MISSING),
        ),
        "linkMOCGalleryAlbum": Facts(
            request={"galleryAlbumId": ALBUM_ID},
            example=_linked(ALBUM_LINK, "album"),
            failures=(
                FOREIGN,
                NotFound("Album not found"),
                Conflict(
                    "This album is linked to this MOC already", [{"field": "galleryAlbumId", "message": "is linked"}]
                ),
            ),
            gives={"albumId": "/data/galleryAlbumId"},
        ),
        "unlinkMOCGalleryAlbum": Facts(
            example=deleted(ALBUM_ID), failures=(FOREIGN, NotFound("This MOC has no such album"))
        ),
    },
)
