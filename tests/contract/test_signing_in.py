"""Who is asking, and whether a page may ask in their name."""

import base64
import json

import pytest

from tests.contract.client import Side, failed, listed, new_moc, one

FOREIGN = "https://evil.example"
ROUTES = [
    ("GET", "/api/mocs"),
    ("POST", "/api/mocs"),
    ("GET", "/api/images"),
    ("POST", "/api/images"),
    ("GET", "/api/albums"),
    ("POST", "/api/albums"),
    ("GET", "/api/gallery"),
    ("POST", "/api/flag"),
    ("GET", "/api/wishlist"),
    ("POST", "/api/wishlist/reorder"),
    ("GET", "/api/users/me"),
    ("POST", "/api/users/me/avatar"),
    ("GET", "/api/mocs/stats/by-category"),
    ("POST", "/api/mocs/with-files"),
    ("POST", "/api/images/presign"),
]


def cookie(side: Side, user: str = "alice", *more: str) -> dict[str, str]:
    return {"Cookie": "; ".join((f"token={side.tokens[user]}", *more))}


def changed(token: str, part: int, **changes: object) -> str:
    """The token with other values in its header (0) or claims (1), and the old signature."""
    parts = token.split(".")
    values = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    parts[part] = base64.urlsafe_b64encode(json.dumps({**values, **changes}).encode()).decode().rstrip("=")
    return ".".join(parts)


@pytest.mark.contract("public", "auth.statuses")
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_is_401(side: Side, method: str, path: str) -> None:
    answer = side.call(method, path, None)
    failed(answer, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.contract("token.where", "csrf.bearer")
def test_a_header_or_a_cookie(side: Side) -> None:
    mine = {moc["id"] for moc in (side.moc(),)}
    assert mine <= {moc["id"] for moc in listed(side.get("/api/mocs"))}
    assert mine <= {moc["id"] for moc in listed(side.get("/api/mocs", None, headers=cookie(side)))}


@pytest.mark.contract("token.header-decides")
@pytest.mark.parametrize("given", ["Bearer nonsense", "Bearer", "", "Basic YTpi"])
def test_a_cookie_does_not_rescue_a_bad_header(side: Side, given: str) -> None:
    failed(side.get("/api/mocs", None, headers={**cookie(side), "Authorization": given}), "UNAUTHORIZED")


@pytest.mark.contract("token.header-decides")
def test_the_header_decides_whose_things_are_shown(side: Side) -> None:
    moc = side.moc()
    path = f"/api/mocs/{moc['id']}"
    failed(side.get(path, "eve", headers=cookie(side)), "FORBIDDEN")
    one(side.get(path, "alice", headers=cookie(side, "eve")))


@pytest.mark.contract("token.cognito", "token.algorithms")
@pytest.mark.parametrize(
    ("part", "changes"),
    [
        (1, {"sub": "somebody"}),
        (1, {"role": "admin"}),
        (1, {"exp": 9_999_999_999}),
        (0, {"alg": "none"}),
        (0, {"alg": "HS256"}),
        (0, {"kid": "unknown"}),
    ],
)
def test_a_token_that_was_changed_is_nobodys(side: Side, part: int, changes: dict[str, object]) -> None:
    token = changed(side.tokens["alice"], part, **changes)
    failed(side.get("/api/mocs", None, headers={"Authorization": f"Bearer {token}"}), "UNAUTHORIZED")
    unsigned = token.rpartition(".")[0] + "."
    failed(side.get("/api/mocs", None, headers={"Authorization": f"Bearer {unsigned}"}), "UNAUTHORIZED")


@pytest.mark.contract("token.no-headers")
def test_claims_in_headers_are_not_believed(side: Side) -> None:
    claims = {"X-User-Id": "alice", "X-Amzn-Oidc-Identity": "alice", "X-Amzn-Oidc-Data": side.tokens["alice"]}
    failed(side.get("/api/mocs", None, headers=claims), "UNAUTHORIZED")


@pytest.mark.contract("csrf.origin")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_by_cookie_from_elsewhere(side: Side, method: str) -> None:
    path = f"/api/mocs/{side.moc()['id']}" if method != "POST" else "/api/mocs"
    for headers in ({}, {"Origin": FOREIGN}, {"Origin": "null"}):
        answer = side.call(method, path, None, json={}, headers={**cookie(side), **headers})
        failed(answer, "CSRF_FAILED")


@pytest.mark.contract("csrf.origin")
def test_a_write_by_cookie_from_our_page(side: Side, origin: str) -> None:
    moc = side.moc()
    headers = {**cookie(side), "Origin": origin}
    one(side.call("PATCH", f"/api/mocs/{moc['id']}", None, json={"theme": "Space"}, headers=headers))


@pytest.mark.contract("csrf.origin", "csrf.route")
def test_a_write_by_cookie_with_the_double_submit_pair(side: Side) -> None:
    given = side.get("/api/csrf", None)
    token = given.json()["token"]
    set_cookie = given.headers["set-cookie"]
    assert set_cookie.startswith(f"XSRF-TOKEN={token};")
    assert "httponly" not in set_cookie.lower()
    assert "samesite=lax" in set_cookie.lower()
    assert "no-store" in given.headers["cache-control"]
    path = f"/api/mocs/{side.moc()['id']}"
    pair = {**cookie(side, "alice", f"XSRF-TOKEN={token}"), "X-CSRF-Token": token}
    one(side.call("PATCH", path, None, json={"theme": "Space"}, headers=pair))
    failed(side.call("PATCH", path, None, json={}, headers={**pair, "X-CSRF-Token": "other"}), "CSRF_FAILED")
    failed(side.call("PATCH", path, None, json={}, headers={**cookie(side), "X-CSRF-Token": token}), "CSRF_FAILED")


@pytest.mark.contract("csrf.route")
def test_no_two_csrf_tokens_are_alike(side: Side) -> None:
    assert len({side.get("/api/csrf", None).json()["token"] for _ in range(5)}) == 5


@pytest.mark.contract("csrf.bearer")
def test_a_write_with_a_bearer_token_needs_no_page(side: Side) -> None:
    one(side.post("/api/mocs", new_moc(), headers={"Origin": FOREIGN}), 201)


@pytest.mark.contract("admin")
@pytest.mark.parametrize(("kind", "path"), [("moc", "mocs"), ("image", "images"), ("album", "albums")])
def test_an_admin_may(side: Side, kind: str, path: str) -> None:
    thing = getattr(side, kind)()
    where = f"/api/{path}/{thing['id']}"
    assert one(side.get(where, "admin"))["userId"] == thing["userId"]
    assert one(side.patch(where, {"description": "moderated"}, "admin"))["userId"] == thing["userId"]
    assert one(side.get(where))["description"] == "moderated"
    assert side.delete(where, "admin").status_code == 200
    failed(side.get(where), "NOT_FOUND")


@pytest.mark.contract("admin")
def test_an_admin_may_not_touch_wishes_or_profiles(side: Side) -> None:
    where = f"/api/wishlist/{side.wish()['id']}"
    failed(side.get(where, "admin"), "FORBIDDEN")
    failed(side.patch(where, {}, "admin"), "FORBIDDEN")
    failed(side.delete(where, "admin"), "FORBIDDEN")
    failed(side.get(f"/api/users/{one(side.get('/api/users/me'))['sub']}", "admin"), "FORBIDDEN")
