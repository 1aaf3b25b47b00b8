"""An imitation of the API in memory, for one account: as right as the journeys look, and so they can be counted.

It takes what journeys send and nothing else; what a real side makes of odd requests, tests of the service show.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loadtests._forms import BOUNDARY
from loadtests._journey import Ask

Row = dict[str, Any]
Told = tuple[int, Any]

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_NAMES = re.compile(r'name="(\w[\w-]*)"(?:; filename="([^"]+)")?')
_JSON_FIELDS = ("tags", "partsCount", "releaseYear", "retired")


class Refused(Exception):
    """A failure that the client is told of: status and code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass(slots=True)
class Imitation:
    """What one account has; `answer` is the whole of the API. Parts lists are pending for so many `looks`."""

    sub: str
    looks: int = 1
    mocs: dict[str, Row] = field(default_factory=dict)
    images: dict[str, Row] = field(default_factory=dict)
    albums: dict[str, Row] = field(default_factory=dict)
    wishes: dict[str, Row] = field(default_factory=dict)
    uploads: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _clock: "count[int]" = field(default_factory=lambda: count(1))

    def answer(self, ask: Ask) -> tuple[int, bytes]:
        """Status and body."""
        if ask.url:
            return self._stored(ask)
        try:
            status, told = self._told(ask)
        except Refused as refused:
            status, told = refused.status, _failure(refused.code, self._now())
        return status, json.dumps(told, separators=(",", ":")).encode()

    def _told(self, ask: Ask) -> Told:
        query = {name: values[0] for name, values in parse_qs(urlsplit(ask.path).query).items()}
        template, path = ask.route.partition(" ")[2].partition("?")[0], urlsplit(ask.path).path
        ids = [part for part, name in zip(path.split("/"), template.split("/"), strict=True) if name.startswith("{")]
        kind = path.split("/")[2]
        handlers: Mapping[str, Callable[[Ask, list[str], dict[str, str]], Told]] = {
            "mocs": self._mocs, "images": self._images, "albums": self._albums, "wishlist": self._wishlist,
            "gallery": self._gallery, "users": self._user, "csrf": _csrf,
        }  # fmt: skip
        return handlers[kind](ask, ids, query)

    def _mocs(self, ask: Ask, ids: list[str], query: dict[str, str]) -> Told:
        below = (("/gallery-", self._links), ("/files/", self._file), ("parts-list", self._parts), ("/stats/", _counts))
        for part, handler in below:
            if part in ask.route:
                return handler(ask, ids)
        if ids:
            return self._one(ask, self.mocs, ids[0])
        if ask.method == "POST":
            return self._new_moc(ask)
        return 200, self._listed(self.mocs, query, "updatedAt", "mocs")

    def _new_moc(self, ask: Ask) -> Told:
        fields = ask.json or {}
        lists: dict[str, Row] = {"files": [], "images": [], "partsLists": []}  # type: ignore[dict-item]
        if ask.body is not None:
            texts, files = _form(ask.body)
            fields = {name: json.loads(text) if name in _JSON_FIELDS else text for name, text in texts.items()}
            lists["files"] = [self._file_row(name, kind) for kind, name, _ in files]  # type: ignore[assignment]
            lists["partsLists"] = [self._new_list(content) for kind, _, content in files if kind == "partsLists"]  # type: ignore[assignment]
        if "author" not in fields and "brand" not in fields:
            raise Refused(400, "VALIDATION_ERROR")
        moc = self._new(self.mocs, {**fields, **lists}, "updatedAt")
        return 201, _success(moc, moc=moc)

    def _links(self, ask: Ask, ids: list[str]) -> Told:
        moc, name = self._existing(self.mocs, ids[0]), ask.route.split("/gallery-")[1].partition("/")[0]
        store = self.images if name == "images" else self.albums
        linked: dict[str, str] = moc.setdefault(f"_{name}", {})
        if ask.method == "POST":
            [(key, target)] = ask.json.items()
            if target in linked:
                raise Refused(409, "CONFLICT")
            linked[target] = str(uuid.uuid4())
            link = {"id": linked[target], "mocId": ids[0], key: target}
            told = 201, _success(link, link=link)
        elif ask.method == "DELETE":
            if linked.pop(ids[1], None) is None:
                raise Refused(404, "NOT_FOUND")
            told = 200, _success({"id": ids[1]})
        else:
            rows = [store[each] for each in linked if each in store]
            told = 200, _success(rows, total=len(rows), **{name: rows})
        moc["images"] = [self.images[each] for each in moc.get("_images", ()) if each in self.images]
        return told

    def _file(self, ask: Ask, ids: list[str]) -> Told:
        moc = self._existing(self.mocs, ids[0])
        if ask.method == "DELETE":
            moc["files"] = [each for each in moc["files"] if each["id"] != ids[1]]
            return 200, _success({"id": ids[1]})
        about = {"downloadUrl": "https://files.test", "filename": "a", "mimeType": "b", "expiresAt": self._now()}
        return 200, _success(about)

    def _parts(self, ask: Ask, ids: list[str]) -> Told:
        if ask.method == "GET":
            return self._parts_page(self._existing(self.mocs, ids[0]), ids[1])
        if ask.route.endswith("/presign"):
            return self._presigned(ask)
        texts: dict[str, str] = {}
        if ask.route.endswith("/complete"):
            name, content = self.uploads.pop(ask.json["uploadId"])
        else:
            texts, [(_, name, content)] = _form(ask.body or b"")
        moc = self._existing(self.mocs, texts.get("mocId") or ids[0])
        found = self._new_list(content)
        moc["partsLists"].append(found)
        if "mocId" in texts:
            _parse(moc, found)
            parsing = {"totalPieceCount": found["totalParts"], "uniqueParts": found["rows"]}
            return 201, _success({"parsing": parsing, "partsList": _shown(found)})
        return 202, _success({"partsListId": found["id"], "status": "pending", "file": self._file_row(name, "")})

    def _parts_page(self, moc: Row, list_id: str) -> Told:
        found = next((each for each in moc["partsLists"] if each["id"] == list_id), None)
        if found is None:
            raise Refused(404, "NOT_FOUND")
        found["_looks"] += 1
        if found["_looks"] > self.looks:
            _parse(moc, found)
        total = found.get("rows", 0)
        about = {**_shown(found), "mocId": moc["id"], "errors": [{}] * found.get("errorCount", 0)}
        return 200, _success({**about, "parts": [{}] * min(20, total)}, total=total, page=1, limit=20)

    def _images(self, ask: Ask, ids: list[str], query: dict[str, str]) -> Told:
        if ids:
            return self._one(ask, self.images, ids[0])
        if ask.method == "GET":
            outside = {each: row for each, row in self.images.items() if "albumId" not in row}
            return 200, self._listed(outside, query, "createdAt")
        if ask.route.endswith("/presign"):
            return self._presigned(ask)
        if ask.route.endswith("/complete"):
            _, content = self.uploads.pop(ask.json["uploadId"])
            fields = {name: value for name, value in ask.json.items() if name != "uploadId"}
        else:
            texts, [(_, _, content)] = _form(ask.body or b"")
            fields = {name: json.loads(text) if name == "tags" else text for name, text in texts.items()}
        if not content.startswith(b"\xff\xd8\xff"):
            raise Refused(415, "UNSUPPORTED_MEDIA_TYPE")
        urls = {"imageUrl": "https://files.test/a", "thumbnailUrl": "https://files.test/b", "flagged": False}
        return 201, _success(self._new(self.images, {**fields, **urls}, "lastUpdatedAt"))

    def _albums(self, ask: Ask, ids: list[str], query: dict[str, str]) -> Told:
        for album in self.albums.values():
            album["images"] = [row for row in self.images.values() if row.get("albumId") == album["id"]]
            album["imageCount"] = len(album["images"])
        if ask.method == "DELETE":
            for image in self.images.values():
                if image.get("albumId") == ids[0]:
                    del image["albumId"]
        if ids:
            return self._one(ask, self.albums, ids[0])
        if ask.method == "POST":
            return 201, _success(self._new(self.albums, {**ask.json, "imageCount": 0, "images": []}, "lastUpdatedAt"))
        return 200, self._listed(self.albums, query, "createdAt")

    def _gallery(self, ask: Ask, ids: list[str], query: dict[str, str]) -> Told:
        rows = [{**row, "type": "image"} for row in self.images.values()]
        if query.get("type", "all") == "all":
            rows += [{**row, "type": "album"} for row in self.albums.values()]
        rows.sort(key=lambda row: str(row["createdAt"]), reverse=True)
        behind, limit = int(query.get("cursor", "0")), int(query["limit"])
        items, more = rows[behind : behind + limit], len(rows) > behind + limit
        cursor = {"nextCursor": str(behind + limit)} if more else {}
        return 200, _success(items, items=items, total=len(rows), limit=limit, hasMore=more, **cursor)

    def _wishlist(self, ask: Ask, ids: list[str], query: dict[str, str]) -> Told:
        if ids:
            return self._one(ask, self.wishes, ids[0])
        if ask.route.endswith("/reorder"):
            [orders] = ask.json.values()
            if not all(order["id"] in self.wishes for order in orders):
                raise Refused(403, "FORBIDDEN")
            for order in orders:
                self.wishes[order["id"]]["sortOrder"] = str(order["sortOrder"])
        elif ask.method == "POST":
            last = max((int(row["sortOrder"]) for row in self.wishes.values()), default=0)
            return 201, _success(self._new(self.wishes, {**ask.json, "sortOrder": str(last + 1)}, "updatedAt"))
        if "size" in query or "limit" in query:
            return 200, self._listed(self.wishes, query, "updatedAt", "items")
        wanted = query.get("category")
        rows = [row for row in self.wishes.values() if wanted in (None, row.get("category"))]
        rows.sort(key=lambda row: int(row["sortOrder"]))
        return 200, _success(rows, total=len(rows), items=rows)

    def _user(self, ask: Ask, ids: list[str], query: dict[str, str]) -> Told:
        stats = {
            "totalMOCs": len(self.mocs),
            "totalImages": len(self.images),
            "totalWishlistItems": len(self.wishes),
        }
        return 200, _success({"sub": self.sub, "email": f"{self.sub}@example.test", "stats": stats})

    def _one(self, ask: Ask, store: dict[str, Row], identity: str) -> Told:
        row = self._existing(store, identity)
        if ask.method == "DELETE":
            del store[identity]
            return 200, _success({"id": identity})
        if ask.method != "GET":
            row |= ask.json | {"lastUpdatedAt" if "lastUpdatedAt" in row else "updatedAt": self._now()}
        return 200, _success(row)

    def _existing(self, store: Mapping[str, Row], identity: str) -> Row:
        if identity == "undefined":
            raise Refused(400, "VALIDATION_ERROR")
        if identity not in store:
            raise Refused(404, "NOT_FOUND")
        return store[identity]

    def _new(self, store: dict[str, Row], fields: Mapping[str, Any], changed_at: str) -> Row:
        now, identity = self._now(), str(uuid.uuid4())
        store[identity] = {"id": identity, "userId": self.sub, **fields, "createdAt": now, changed_at: now}
        return store[identity]

    def _listed(self, store: Mapping[str, Row], query: Mapping[str, str], newest: str, old: str = "") -> Row:
        rows, limit = list(store.values()), int(query.get("size") or query.get("limit") or 20)
        if limit > 100:
            raise Refused(400, "VALIDATION_ERROR")
        words = query.get("search") or query.get("q") or ""
        rows = [row for row in rows if words in row["title"]]
        rows.sort(key=lambda row: str(row[newest]), reverse=True)
        page = int(query.get("page", "1"))
        shown = rows[(page - 1) * limit : page * limit]
        return _success(shown, total=len(rows), page=page, limit=limit, **({old: shown} if old else {}))

    def _presigned(self, ask: Ask) -> Told:
        upload_id = str(uuid.uuid4())
        form = {"url": "https://files.test/bucket", "fields": {"key": upload_id}, "expiresAt": self._now()}
        return 201, _success({"uploadId": upload_id, **form})

    def _stored(self, ask: Ask) -> tuple[int, bytes]:
        texts, [(_, name, content)] = _form(ask.body or b"")
        self.uploads[texts["key"]] = (name, content)
        return 204, b""

    def _new_list(self, content: bytes) -> Row:
        return {"id": str(uuid.uuid4()), "status": "pending", "_content": content.decode("utf-8-sig"), "_looks": 0}

    def _file_row(self, name: str, field_name: str) -> Row:
        kind = "instruction" if field_name == "instructionsFile" else "parts-list"
        return {"id": str(uuid.uuid4()), "originalFilename": name, "fileType": kind}

    def _now(self) -> str:
        return (_EPOCH + timedelta(milliseconds=next(self._clock))).isoformat("T", "milliseconds")[:-6] + "Z"


def _csrf(*_: object) -> Told:
    return 200, _success({"token": "t"}, token="t")  # noqa: S106 - no secret


def _counts(*_: object) -> Told:
    return 200, _success([], total=0)


def _parse(moc: Row, found: Row) -> None:
    if found["status"] == "pending":
        quantities = [int(each) for each in re.findall(_QUANTITIES, found["_content"])]
        bad = quantities.count(0)
        found |= {"status": "parsed-with-errors" if bad else "parsed", "errorCount": bad}
        found |= {"rows": len(quantities) - bad, "totalParts": sum(quantities)}
        moc["totalPieceCount"] = sum(each.get("totalParts", 0) for each in moc["partsLists"])


_QUANTITIES = re.compile(r'(?:(?<=[,;])|(?<="qty": )|(?<=<MINQTY>))\d+(?=\r?\n|,|<)')


def _shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _success(data: Any, **beside: Any) -> Row:
    return {"success": True, "data": data, **beside}


def _failure(code: str, now: str) -> Row:
    error = {"code": code, "message": "No", "timestamp": now, "requestId": "r"}
    return {"error": error, "message": "No", "code": code}


def _form(body: bytes) -> tuple[dict[str, str], Sequence[tuple[str, str, bytes]]]:
    """The texts by name, and the files as field, name and content."""
    parts = [part.partition(b"\r\n\r\n") for part in body.split(f"--{BOUNDARY}".encode())[1:-1]]
    found = [(*_NAMES.search(head.decode()).groups(), content[:-2]) for head, _, content in parts]  # type: ignore[union-attr]
    texts = {name: content.decode() for name, filename, content in found if filename is None}
    return texts, [(name, filename, content) for name, filename, content in found if filename is not None]
