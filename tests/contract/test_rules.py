"""The rules of every route."""

import re
import time
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.contract.client import NOBODYS, TIME, Side, deleted, failed, is_uuid, listed, new_moc, one, unique

LISTS = ("/api/mocs", "/api/mocs/search", "/api/images", "/api/albums", "/api/wishlist/search")
PLAIN_LISTS = ("/api/wishlist", "/api/gallery", "/api/mocs/stats/by-category", "/api/mocs/stats/uploads-over-time")
WITH_ID = ("/api/mocs/{}", "/api/images/{}", "/api/albums/{}", "/api/wishlist/{}")
CREATES = ("/api/mocs", "/api/albums", "/api/wishlist")
SEARCHED = (
    ("moc", "/api/mocs?search={}"),
    ("moc", "/api/mocs/search?q={}"),
    ("image", "/api/images?search={}"),
    ("wish", "/api/wishlist?search={}"),
    ("wish", "/api/wishlist/search?q={}"),
)
_SNAKE = re.compile(r'"[a-z]+_[a-z_]+":')
_LEAKS = re.compile(
    r"traceback|\.py\b|select |insert |sqlalchemy|asyncpg|postgres|litestar|msgspec|botocore|aiohttp|vips|opensearch"
    r"|redis|moc_instructions|site-packages|/home/|/usr/",
    re.IGNORECASE,
)


def made(side: Side, kind: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(side, kind)(**changes)
    return found


def path_of(kind: str, identity: str) -> str:
    return {"moc": "/api/mocs/", "image": "/api/images/", "album": "/api/albums/", "wish": "/api/wishlist/"}[
        kind
    ] + identity


KINDS = ("moc", "image", "album", "wish")


@pytest.mark.contract("json.camel", "time.wire", "optional.left-out", "success.one", "id.uuid")
@pytest.mark.parametrize("kind", KINDS)
def test_one_thing(side: Side, kind: str) -> None:
    thing = made(side, kind)
    answer = side.get(path_of(kind, thing["id"]))
    found = one(answer)
    assert is_uuid(found["id"])
    assert not _SNAKE.search(answer.text)
    times = {name: value for name, value in found.items() if name.endswith("At")}
    assert len(times) == 2
    assert all(TIME.fullmatch(value) for value in times.values())
    assert "description" not in found
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.contract("success.list")
@pytest.mark.parametrize("path", LISTS)
def test_a_paged_list(side: Side, path: str) -> None:
    answer = side.get(path, params={"page": 1, "limit": 3})
    assert len(listed(answer)) <= 3
    assert (answer.json()["page"], answer.json()["limit"]) == (1, 3)


@pytest.mark.contract("success.list")
@pytest.mark.parametrize("path", PLAIN_LISTS)
def test_a_list_that_is_not_paged(side: Side, path: str) -> None:
    listed(side.get(path), paged=False)


@pytest.mark.contract("success.delete")
@pytest.mark.parametrize("kind", KINDS)
def test_a_delete(side: Side, kind: str) -> None:
    identity = made(side, kind)["id"]
    deleted(side.delete(path_of(kind, identity)), identity)
    failed(side.get(path_of(kind, identity)), "NOT_FOUND")
    failed(side.delete(path_of(kind, identity)), "NOT_FOUND")


@pytest.mark.contract("success.old-keys")
def test_old_keys_stand_beside_data(side: Side) -> None:
    moc = side.moc()
    found = side.get("/api/mocs/search", params={"q": moc["title"]}).json()
    assert found["mocs"] == found["data"]
    gallery = side.get("/api/gallery").json()
    assert gallery["items"] == gallery["data"]
    csrf = side.get("/api/csrf", None).json()
    assert csrf["token"] == csrf["data"]["token"]
    links = side.get(f"/api/mocs/{moc['id']}/gallery-images").json()
    assert links["images"] == links["data"]


@pytest.mark.contract("id.uuid", "failure.shape")
@pytest.mark.parametrize("identity", ["1", "not-a-uuid", NOBODYS[:-1], "{" + NOBODYS + "}", NOBODYS.replace("-", "")])
@pytest.mark.parametrize("path", WITH_ID)
def test_a_malformed_id_is_400(side: Side, path: str, identity: str) -> None:
    failed(side.get(path.format(identity)), "VALIDATION_ERROR", "id")
    failed(side.delete(path.format(identity)), "VALIDATION_ERROR", "id")


@pytest.mark.contract("auth.statuses", "failure.codes")
@pytest.mark.parametrize("path", WITH_ID)
def test_what_is_not_there_is_404(side: Side, path: str) -> None:
    failed(side.get(path.format(NOBODYS)), "NOT_FOUND")
    failed(side.patch(path.format(NOBODYS), {}), "NOT_FOUND")
    failed(side.delete(path.format(NOBODYS)), "NOT_FOUND")


@pytest.mark.contract("auth.statuses", "auth.every-request")
@pytest.mark.parametrize("kind", KINDS)
def test_what_somebody_else_has_is_403_also_when_it_is_cached(side: Side, kind: str) -> None:
    path = path_of(kind, made(side, kind)["id"])
    one(side.get(path))
    one(side.get(path))
    failed(side.get(path, "eve"), "FORBIDDEN")
    failed(side.patch(path, {"title": unique("Mine")}, "eve"), "FORBIDDEN")
    failed(side.delete(path, "eve"), "FORBIDDEN")
    failed(side.get(path, None), "UNAUTHORIZED")
    one(side.get(path))


@pytest.mark.contract("failure.everywhere", "failure.codes")
@pytest.mark.parametrize("path", ["/nope", "/api", "/api/nope", "/api/mocs/a/b/c/d", "/api/images/a/b", "/api//mocs"])
def test_an_unknown_route(side: Side, path: str) -> None:
    failed(side.get(path), "NOT_FOUND")


@pytest.mark.contract("failure.everywhere", "failure.codes")
@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/mocs"), ("DELETE", "/api/images"), ("POST", f"/api/albums/{NOBODYS}"), ("PATCH", "/api/gallery")],
)
def test_a_wrong_method(side: Side, method: str, path: str) -> None:
    answer = side.call(method, path)
    failed(answer, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["allow"]


@pytest.mark.contract("failure.everywhere", "failure.details", "failure.no-leaks")
@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"x"', b"\xff", b'{"title":}', b"[" * 50_000, b'{"title":1e999}'])
@pytest.mark.parametrize("path", [*CREATES, "/api/flag", "/api/wishlist/reorder"])
def test_malformed_json(side: Side, path: str, body: bytes) -> None:
    answer = side.call("POST", path, content=body, headers={"Content-Type": "application/json"})
    failed(answer, "VALIDATION_ERROR")
    assert not _LEAKS.search(answer.text), answer.text


@pytest.mark.contract("failure.details")
def test_details_name_the_field(side: Side) -> None:
    (finding,) = failed(side.post("/api/mocs", new_moc(partsCount=0)), "VALIDATION_ERROR", "partsCount")["details"]
    assert set(finding) == {"field", "message"}


@pytest.mark.contract("request-id")
def test_each_request_has_an_id_of_its_own(side: Side) -> None:
    ids = [side.get(path, None).headers["x-request-id"] for path in ("/health", "/health", "/api/mocs", "/nope")]
    assert len(set(ids)) == 4
    assert side.get("/health", None, headers={"X-Request-Id": "mine"}).headers["x-request-id"] != "mine"


@pytest.mark.contract("page.bounds")
@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=", "page=1.5", "limit=0", "limit=101", "limit=1e1", "page=1&page=2"]
)
@pytest.mark.parametrize("path", LISTS)
def test_pages_out_of_bounds(side: Side, path: str, query: str) -> None:
    failed(side.get(f"{path}?{query}"), "VALIDATION_ERROR")


@pytest.mark.contract("page.bounds", "page.past-end")
@pytest.mark.parametrize("path", LISTS)
def test_a_page_past_the_end(side: Side, path: str) -> None:
    total = side.get(path).json()["total"]
    answer = side.get(path, params={"page": 99_999, "limit": 100})
    assert (listed(answer), answer.json()["total"]) == ([], total)
    assert side.get(path).json()["limit"] == 20


@pytest.mark.contract("body.unknown-keys", "body.null-on-create")
@pytest.mark.parametrize("path", CREATES)
def test_extras_and_nulls_do_no_harm(side: Side, path: str) -> None:
    given = {**new_moc(), "description": None, "userId": "eve", "id": NOBODYS, "flagged": True, "nonsense": {"a": 1}}
    found = one(side.post(path, given), 201)
    assert found["userId"] != "eve"
    assert found["id"] != NOBODYS
    assert "description" not in found


@pytest.mark.contract("text.controls")
@pytest.mark.parametrize("bad", ["a\\u0000b", "a\\ud800b", "a\\u0007b", "a\\u001bb"])
@pytest.mark.parametrize("field", ["title", "description"])
@pytest.mark.parametrize("path", CREATES)
def test_control_characters_are_refused(side: Side, path: str, field: str, bad: str) -> None:
    body = f'{{"type":"moc","author":"Ada","title":"{unique("x")}","{field}":"{bad}"}}'
    answer = side.call("POST", path, content=body.encode(), headers={"Content-Type": "application/json"})
    failed(answer, "VALIDATION_ERROR")


@pytest.mark.contract("text.controls")
@pytest.mark.parametrize("path", CREATES)
def test_a_description_may_have_lines(side: Side, path: str) -> None:
    assert one(side.post(path, new_moc(description="a\tb\nc")), 201)["description"] == "a\tb\nc"


@pytest.mark.contract("body.size")
@pytest.mark.parametrize("path", CREATES)
def test_a_body_over_a_mebibyte(side: Side, path: str) -> None:
    failed(side.post(path, new_moc(extra="x" * 1024 * 1024)), "PAYLOAD_TOO_LARGE")
    one(side.post(path, new_moc(extra="x" * 1000 * 1000)), 201)


@pytest.mark.contract("body.type")
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "multipart/form-data", ""],
)
@pytest.mark.parametrize("path", CREATES)
def test_a_body_of_another_type(side: Side, path: str, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    failed(side.call("POST", path, content=b'{"title":"x"}', headers=headers), "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.contract("body.type")
def test_utf8_may_be_said(side: Side) -> None:
    content = httpx.Request("POST", "http://x", json=new_moc()).read()
    one(
        side.call("POST", "/api/mocs", content=content, headers={"Content-Type": "application/json; charset=UTF-8"}),
        201,
    )


@pytest.mark.contract("patch.empty")
@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_patch_changes_nothing(side: Side, kind: str) -> None:
    path = path_of(kind, made(side, kind)["id"])
    before = one(side.get(path))
    one(side.patch(path, {}))
    assert one(side.get(path)) == before


@pytest.mark.contract("write.seen")
@pytest.mark.parametrize("kind", KINDS)
def test_a_write_is_seen_on_every_side_at_once(others: Sequence[Side], kind: str) -> None:
    first = others[0]
    identity = made(first, kind)["id"]
    path = path_of(kind, identity)
    for number in range(4):
        title = unique(f"Changed {number}")
        one(others[number % len(others)].patch(path, {"title": title}))
        assert [one(side.get(path))["title"] for side in others] == [title] * len(others)
    deleted(first.delete(path), identity)
    for side in others:
        failed(side.get(path), "NOT_FOUND")


@pytest.mark.contract("search.within-5s", "search.hit-complete")
@pytest.mark.parametrize(("kind", "path"), SEARCHED)
def test_a_search_sees_it_soon_and_shows_everything(side: Side, kind: str, path: str) -> None:
    word = unique("Zeppelin").split()[1]
    thing = made(side, kind, title=f"Zeppelin {word}")
    deadline = time.monotonic() + 5.0
    while not (found := listed(side.get(path.format(word)), paged="search?" in path or kind != "wish")):
        assert time.monotonic() < deadline, "not within 5 s"
        time.sleep(0.1)
    assert found == [thing]


@pytest.mark.contract("list.newest-first")
@pytest.mark.parametrize(
    ("kind", "path"), [("image", "/api/images"), ("album", "/api/albums"), ("image", "/api/gallery")]
)
def test_the_newest_comes_first(side: Side, kind: str, path: str) -> None:
    newest_last = [made(side, kind)["id"] for _ in range(3)]
    found = [thing["id"] for thing in listed(side.get(path), paged="gallery" not in path)]
    assert found[:3] == newest_last[::-1]


@pytest.mark.contract("title.length")
@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
@pytest.mark.parametrize("kind", KINDS)
def test_titles_have_bounds(side: Side, kind: str, title: str) -> None:
    path = path_of(kind, made(side, kind)["id"])
    failed(side.patch(path, {"title": title}), "VALIDATION_ERROR", "title")
    longest = unique("x" * 187)
    assert len(longest) == 200
    assert one(side.patch(path, {"title": f"  {longest}\u3000"}))["title"] == longest
