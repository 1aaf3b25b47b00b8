"""Which pages may call, and what they may read."""

import pytest

from tests.contract.client import Side, failed

FOREIGN = "https://evil.example"
ALLOWED = {"content-type", "authorization", "x-requested-with", "x-csrf-token", "cache-control"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
PATHS = ["/api/mocs", "/api/images", "/api/wishlist", "/api/users/me/avatar", "/api/mocs/with-files", "/nope"]


def preflight(side: Side, path: str, origin: str) -> tuple[int, dict[str, str]]:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "cache-control",
    }
    answer = side.call("OPTIONS", path, None, headers=asked)
    return answer.status_code, {k: v for k, v in answer.headers.items() if k.startswith("access-control-")}


def words(text: str) -> set[str]:
    return {word.strip() for word in text.split(",")}


@pytest.mark.contract("cors.origins", "cors.methods", "cors.headers", "cors.max-age")
@pytest.mark.parametrize("path", PATHS)
def test_our_page_gets_leave(side: Side, origin: str, path: str) -> None:
    status, headers = preflight(side, path, origin)
    assert status == 204
    assert headers["access-control-allow-origin"] == origin
    assert headers["access-control-allow-credentials"] == "true"
    assert words(headers["access-control-allow-methods"]) == METHODS
    assert words(headers["access-control-allow-headers"].lower()) == ALLOWED
    assert headers["access-control-max-age"] == "3600"


@pytest.mark.contract("cors.origins", "cors.never-star")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("foreign", [FOREIGN, "null", "http://localhost:3003", "https://localhost:3002"])
def test_another_page_gets_none(side: Side, path: str, foreign: str) -> None:
    assert preflight(side, path, foreign)[1] == {}
    answer = side.get("/health", None, headers={"Origin": foreign})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.contract("cors.exposed", "cors.errors", "cors.never-star")
@pytest.mark.parametrize(
    ("path", "code"),
    [("/api/mocs", "UNAUTHORIZED"), ("/nope", "NOT_FOUND"), ("/api/images/x", "UNAUTHORIZED")],
)
def test_failures_can_be_read(side: Side, origin: str, path: str, code: str) -> None:
    answer = side.get(path, None, headers={"Origin": origin})
    failed(answer, code)
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert words(answer.headers["access-control-expose-headers"]) == {"X-Request-Id", "Retry-After"}
    assert "Origin" in answer.headers["vary"]
