"""What the API's description tells of the wishlist routes."""

from service.domains.wishlist.schemas import Placement, ReorderIn, WishlistIn, WishlistOut, WishlistPatch
from service.kernel.envelope import Listed, Page
from service.kernel.errors import Forbidden, NotFound, ValidationFailed
from service.kernel.received import MAX_SMALL_IMAGE_BYTES
from service.web.openapi.facts import Answer, Described, Facts, JsonObject
from service.web.openapi.samples import (
    FILES_URL,
    MALWARE,
    TIME,
    TITLE,
    USER_ID,
    WRONG_TYPE,
    completed,
    deleted,
    image_form,
    presign,
)
from service.web.openapi.shapes import NULL

ITEM_ID = "d4c3b2a1-0f9e-4d8c-b7a6-958473625140"
OTHER_ID = "a0b1c2d3-e4f5-4061-9728-394a5b6c7d8e"
KEY = f"wishlist/{USER_ID}/{ITEM_ID}.webp"
REQUEST: JsonObject = {
    "title": "Rivendell",
    "description": "For the shelf above the desk.",
    "productLink": "https://www.example.com/sets/10316",
    "category": "Icons",
}
ITEM: JsonObject = {"id": ITEM_ID, "userId": USER_ID, **REQUEST, "sortOrder": "3", "createdAt": TIME, "updatedAt": TIME}
PICTURED: JsonObject = {**ITEM, "imageUrl": f"{FILES_URL}/{KEY}"}
ALL: JsonObject = {"success": True, "data": [ITEM], "total": 1, "items": [ITEM]}
MISSING = NotFound("Wishlist item not found")
FOREIGN = Forbidden("This wishlist item belongs to somebody else")
NONE_OF_YOURS = Forbidden(
    "Nothing was changed: some of these items are not yours",
    [{"field": "id", "message": f"{OTHER_ID} is none of your items"}],
)
BAD_URL = ValidationFailed.of_field("productLink", "has to begin with http:// or https:// and a domain name in ASCII")
WEB_URL: JsonObject = {
    "anyOf": [
        {
            "type": "string",
            "maxLength": 2048,
            "pattern": r"^[hH][tT][tT][pP][sS]?://(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+"
            r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?"
            r"(?::(?:[0-9]{1,4}|0[0-9]{4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
            r"(?:[/?#][^\s\x00-\x1f\x7f-\x9f\\<>\x22]*)?$(?!\n)",
        },
        NULL,
    ],
    "description": "An http(s) URL with a domain name.",
}
TEXTS: JsonObject = {"title": TITLE, "productLink": WEB_URL, "imageUrl": WEB_URL}
SORT_ORDER: JsonObject = {
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": 100, "pattern": TITLE["pattern"]},
        {"type": "number"},
    ],
    "description": "At most 100 characters as text. Numbers are ordered as numbers, also as text.",
}


def _only(given: str, other: str) -> JsonObject:
    """One of the two names for the same list."""
    return {"required": [given], "properties": {given: {"type": "array"}, other: NULL}}


_CHANGE = Facts(
    request={"title": "Rivendell (again)", "category": None, "sortOrder": 2},
    example={**ITEM, "title": "Rivendell (again)", "sortOrder": "2"},
    failures=(BAD_URL, FOREIGN, MISSING),
)

DESCRIBED = Described(
    tags={"wishlist": "Sets that a user wishes for, in their own order; nobody else may see them, admins neither."},
    operations={
        "listWishlistItems": Facts(
            answers={
                200: Answer(
                    description="All items; with `page` or `limit` a page of them.",
                    shape=Listed[WishlistOut] | Page[WishlistOut],
                    example={"success": True, "data": [ITEM], "total": 1},
                )
            },
        ),
        "searchWishlistItems": Facts(
            example={**ALL, "page": 1, "limit": 20},
        ),
        "getWishlistItem": Facts(example=ITEM, failures=(FOREIGN, MISSING)),
        "createWishlistItem": Facts(
            request=REQUEST,
            example=ITEM,
            failures=(BAD_URL,),
            gives={"itemId": "/data/id"},
            feeds={"reorderWishlist": {"items": [{"id": "$response.body#/data/id", "sortOrder": "1"}]}},
        ),
        "reorderWishlist": Facts(
            request={"items": [{"id": ITEM_ID, "sortOrder": 1}, {"id": OTHER_ID, "sortOrder": 2}]},
            example=ALL,
            failures=(
                ValidationFailed(
                    "items: an item has only one place",
                    [{"field": "items[1].id", "message": "is there more than once"}],
                ),
                NONE_OF_YOURS,
            ),
        ),
        "updateWishlistItem": _CHANGE,
        "replaceWishlistItem": _CHANGE,
        "deleteWishlistItem": Facts(example=deleted(ITEM_ID), failures=(FOREIGN, MISSING)),
        "uploadWishlistImage": Facts(
            form=image_form("image", MAX_SMALL_IMAGE_BYTES),
            example=PICTURED,
            failures=(
                ValidationFailed.of_field("image", "is missing: send the file in it"),
                FOREIGN,
                MISSING,
                WRONG_TYPE,
                MALWARE,
            ),
        ),
        "presignWishlistImage": presign("rivendell.jpg", "image/jpeg", KEY, MAX_SMALL_IMAGE_BYTES),
        "completeWishlistImage": completed(PICTURED),
    },
    rules={
        WishlistIn: {"properties": {**TEXTS, "sortOrder": {"anyOf": [*SORT_ORDER["anyOf"], NULL]}}},
        WishlistPatch: {"properties": {**TEXTS, "sortOrder": SORT_ORDER}},
        Placement: {"properties": {"id": {"type": "string", "format": "uuid"}, "sortOrder": SORT_ORDER}},
        ReorderIn: {"oneOf": [_only("items", "itemOrders"), _only("itemOrders", "items")]},
    },
)
