"""The search indices: alias names and mappings. Pure."""

from typing import Any

MOCS = "moc_instructions"
IMAGES = "gallery_images"
WISHLIST = "wishlist_items"

SCHEMA = "lego-projects/1"
"""Stands in a mapping's `_meta`. The old service left indices of the same names whose mappings can't answer our
queries; only an index that carries this is searched."""

LONGEST_TERM = 8_191
"""Characters. Old rows may hold anything, and Lucene refuses a whole document for one term of over 32,766 bytes: what
is longer is shown, but not searched for."""

_TEXT = {"type": "text", "analyzer": "standard"}
_KEYWORD = {"type": "keyword", "ignore_above": LONGEST_TERM}
_TITLE = {**_TEXT, "fields": {"keyword": {"type": "keyword", "ignore_above": 512}}}
_WORDS = {**_KEYWORD, "fields": {"text": _TEXT}}
_SHOWN = {"type": "keyword", "index": False, "doc_values": False}
_NUMBER = {"type": "integer"}

MOC_MAPPING: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"schema": SCHEMA},
    "properties": {
        "id": _KEYWORD,
        "userId": _KEYWORD,
        "title": _TITLE,
        "description": _TEXT,
        "tags": _WORDS,
        "type": _KEYWORD,
        "author": _TEXT,
        "theme": _TEXT,
        "subtheme": _TEXT,
        "brand": _KEYWORD,
        "setNumber": _KEYWORD,
        "partsCount": _NUMBER,
        "totalPieceCount": _NUMBER,
        "releaseYear": _NUMBER,
        "retired": {"type": "boolean"},
        "thumbnailUrl": _SHOWN,
        "uploadedDate": {"type": "date"},
        "createdAt": {"type": "date"},
        "updatedAt": {"type": "date"},
    },
}

IMAGE_MAPPING: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"schema": SCHEMA},
    "properties": {
        "id": _KEYWORD,
        "userId": _KEYWORD,
        "title": _TITLE,
        "description": _TEXT,
        "tags": _WORDS,
        "albumId": _KEYWORD,
        "flagged": {"type": "boolean"},
        "imageUrl": _SHOWN,
        "thumbnailUrl": _SHOWN,
        "createdAt": {"type": "date"},
        "lastUpdatedAt": {"type": "date"},
    },
}

WISHLIST_MAPPING: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"schema": SCHEMA},
    "properties": {
        "id": _KEYWORD,
        "userId": _KEYWORD,
        "title": _TITLE,
        "description": _TEXT,
        "category": _WORDS,
        "sortOrder": _KEYWORD,
        "productLink": _SHOWN,
        "imageUrl": _SHOWN,
        "createdAt": {"type": "date"},
        "updatedAt": {"type": "date"},
    },
}

MAPPINGS = {MOCS: MOC_MAPPING, IMAGES: IMAGE_MAPPING, WISHLIST: WISHLIST_MAPPING}
