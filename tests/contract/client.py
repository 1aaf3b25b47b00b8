"""How the contract's tests talk to one side: as a client does, and cleaning up after themselves."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tests.contract import pictures

SECONDS = 60.0
CODES = {
    "VALIDATION_ERROR": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "CSRF_FAILED": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "MALWARE_DETECTED": 422,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL_SERVER_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
    "GATEWAY_TIMEOUT": 504,
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NOBODYS = "11111111-1111-4111-8111-111111111111"
"""An id that nothing has."""
CSV = b"part,quantity,color\n3001,2,Red\n3002,5,Blue\n"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(slots=True)
class Side:
    """One base URL. `tokens`: alice and eve are two users, admin is one whose token says so."""

    name: str
    http: httpx.Client
    tokens: Mapping[str, str]
    _made: list[tuple[str, str]] = field(default_factory=list)

    def call(self, method: str, path: str, user: str | None = "alice", **rest: Any) -> httpx.Response:
        """One request by `user` (None: nobody). What it makes is deleted when the test is over."""
        headers = {**self.signed_in(user), **rest.pop("headers", {})}
        answer = self.http.request(method, path, headers=headers, **rest)
        if method == "POST" and answer.status_code == 201 and user is not None:
            self._remember(path, user, answer)
        return answer

    def signed_in(self, user: str | None) -> dict[str, str]:
        """The header of a signed-in user."""
        return {} if user is None else {"Authorization": f"Bearer {self.tokens[user]}"}

    def get(self, path: str, user: str | None = "alice", **rest: Any) -> httpx.Response:
        """GET."""
        return self.call("GET", path, user, **rest)

    def post(self, path: str, body: Any, user: str | None = "alice", **rest: Any) -> httpx.Response:
        """POST of JSON."""
        return self.call("POST", path, user, json=body, **rest)

    def patch(self, path: str, body: Any, user: str | None = "alice", **rest: Any) -> httpx.Response:
        """PATCH with JSON."""
        return self.call("PATCH", path, user, json=body, **rest)

    def put(self, path: str, body: Any, user: str | None = "alice", **rest: Any) -> httpx.Response:
        """PUT of JSON."""
        return self.call("PUT", path, user, json=body, **rest)

    def delete(self, path: str, user: str | None = "alice", **rest: Any) -> httpx.Response:
        """DELETE."""
        return self.call("DELETE", path, user, **rest)

    def send(
        self, path: str, files: Any, texts: Mapping[str, Any] | None = None, user: str | None = "alice", **rest: Any
    ) -> httpx.Response:
        """POST of a form: `files` as httpx has them, `texts` beside them."""
        return self.call("POST", path, user, files=files, data=texts or {}, **rest)

    def moc(self, user: str = "alice", **changes: Any) -> dict[str, Any]:
        """A MOC that exists."""
        return _data(self.post("/api/mocs", {**new_moc(), **changes}, user))

    def image(self, user: str = "alice", **texts: Any) -> dict[str, Any]:
        """A gallery image that exists."""
        files = {"image": ("ship.png", pictures.png(), "image/png")}
        return _data(self.send("/api/images", files, {"title": unique("Ship"), **texts}, user))

    def album(self, user: str = "alice", **changes: Any) -> dict[str, Any]:
        """An album that exists."""
        return _data(self.post("/api/albums", {"title": unique("Album"), **changes}, user))

    def wish(self, user: str = "alice", **changes: Any) -> dict[str, Any]:
        """A wishlist item that exists."""
        return _data(self.post("/api/wishlist", {"title": unique("Wish"), **changes}, user))

    def clean_up(self) -> None:
        """Delete what the test has made, newest first; what it has deleted by itself is gone already."""
        while self._made:
            path, user = self._made.pop()
            answer = self.http.delete(path, headers=self.signed_in(user))
            assert answer.status_code in (200, 404), answer.text

    def _remember(self, path: str, user: str, answer: httpx.Response) -> None:
        kinds = ("/api/mocs", "/api/images", "/api/albums", "/api/wishlist")
        plain = path.removesuffix("/complete").removesuffix("/with-files")
        data = answer.json().get("data")
        if plain in kinds and isinstance(data, dict) and "id" in data:
            self._made.append((f"{plain}/{data['id']}", user))


def unique(words: str) -> str:
    """These words, and some that nothing else has."""
    return f"{words} {secrets.token_hex(6)}"


def new_moc(**changes: Any) -> dict[str, Any]:
    """The body of a MOC that will be taken."""
    return {"title": unique("Falcon"), "type": "moc", "author": "Ada", **changes}


def failed(answer: httpx.Response, code: str, field: str | None = None) -> Mapping[str, Any]:
    """The answer is that failure, in the one shape that failures have: its `error`."""
    assert answer.status_code == CODES[code], (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    error: Mapping[str, Any] = body["error"]
    assert set(error) - {"details"} == {"code", "message", "timestamp", "requestId"}
    assert (body["code"], body["message"]) == (error["code"], error["message"]) == (code, error["message"])
    assert error["message"]
    assert TIME.fullmatch(error["timestamp"])
    assert error["requestId"] == answer.headers["x-request-id"] != ""
    assert isinstance(error.get("details", []), list)
    if field is not None:
        assert field in [detail.get("field") for detail in error.get("details", [])], error
    return error


def listed(answer: httpx.Response, *, paged: bool = True) -> list[dict[str, Any]]:
    """The answer is a list in the shape that lists have: its `data`."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["success"] is True
    assert isinstance(body["total"], int)
    if paged:
        assert (isinstance(body["page"], int), isinstance(body["limit"], int)) == (True, True)
    data: list[dict[str, Any]] = body["data"]
    return data


def one(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The answer is one thing in the shape that single things have: its `data`."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["success"] is True
    data: dict[str, Any] = body["data"]
    assert None not in data.values(), data
    return data


def deleted(answer: httpx.Response, identity: str) -> None:
    """The answer is that of a delete."""
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": identity}})


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID as we write them."""
    return str(UUID(text)) == text


def _data(answer: httpx.Response) -> dict[str, Any]:
    return one(answer, 201)
