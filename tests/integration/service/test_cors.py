"""Pages of other origins: preflights, and headers on every answer, failures included."""

import pytest

from tests.fakes.log_lines import LogLines
from tests.integration.service.api import MOC, ORIGIN, Api
from tests.integration.service.conftest import Open

PREFLIGHT = {
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,cache-control,content-type",
}
GIVEN = "access-control-allow-origin"


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


@pytest.mark.parametrize("path", ["/api/mocs", "/api/mocs/search", "/health", "/nope", "/"])
async def test_a_preflight_from_our_page_is_granted_without_signing_in(api: Api, path: str) -> None:
    answer = await api.call("OPTIONS", path, None, headers={"Origin": ORIGIN, **PREFLIGHT})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers[GIVEN] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert words(answer.headers["access-control-allow-methods"]) == {
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "options",
    }
    assert words(answer.headers["access-control-allow-headers"]) == {
        "content-type",
        "authorization",
        "x-requested-with",
        "x-csrf-token",
        "cache-control",
    }
    assert answer.headers["access-control-max-age"] == "3600"
    assert words(answer.headers["vary"]) == {"origin"}


async def test_a_preflight_has_a_request_id_and_a_line_in_the_log(api: Api, lines: LogLines) -> None:
    for origin in (ORIGIN, "https://evil.test"):
        answer = await api.call("OPTIONS", "/api/mocs", None, headers={"Origin": origin, **PREFLIGHT})
        assert answer.headers.get_list("vary") == ["Origin"]
        (line,) = [one for one in lines.of("request") if one["requestId"] == answer.headers["x-request-id"]]
        assert (line["method"], line["route"], line["status"]) == ("OPTIONS", "unmatched", 204)


OTHERS = [
    "https://evil.test",
    "null",
    "",
    ORIGIN + "/",
    ORIGIN.upper(),
    ORIGIN + ".evil.test",
    "http://localhost:3003",
    "*",
]


@pytest.mark.parametrize("origin", OTHERS)
async def test_a_preflight_from_elsewhere_is_granted_nothing(api: Api, origin: str) -> None:
    answer = await api.call("OPTIONS", "/api/mocs", None, headers={"Origin": origin, **PREFLIGHT})
    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize("origin", OTHERS)
async def test_an_answer_to_elsewhere_may_not_be_read_there(api: Api, origin: str) -> None:
    answer = await api.get("/api/mocs", headers={"Origin": origin})
    assert answer.status_code == 200
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    assert words(answer.headers["vary"]) == {"origin"}


@pytest.mark.parametrize(
    ("method", "path", "sub", "status"),
    [
        ("GET", "/api/mocs", "alice", 200),
        ("POST", "/api/mocs", "alice", 201),
        ("GET", "/health", None, 200),
        ("GET", "/api/mocs", None, 401),
        ("GET", "/api/mocs/x", "alice", 400),
        ("GET", "/nope", "alice", 404),
        ("DELETE", "/api/mocs", "alice", 405),
    ],
)
async def test_every_answer_to_our_page_may_be_read_there(
    api: Api, method: str, path: str, sub: str | None, status: int
) -> None:
    body = {"json": MOC} if method == "POST" else {}
    answer = await api.call(method, path, sub, headers={"Origin": ORIGIN}, **body)
    assert answer.status_code == status
    assert answer.headers.get_list(GIVEN) == [ORIGIN]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert words(answer.headers["access-control-expose-headers"]) == {"x-request-id", "retry-after"}
    assert words(answer.headers["vary"]) == {"origin"}


async def test_without_an_origin_nothing_is_said_of_origins(api: Api) -> None:
    answer = await api.get("/api/mocs")
    assert [name for name in answer.headers if name.startswith("access-control")] == []


async def test_options_that_is_no_preflight_needs_signing_in_like_any_other_method(api: Api) -> None:
    assert (await api.call("OPTIONS", "/api/mocs", None, headers={"Origin": ORIGIN})).status_code == 401


async def test_each_of_several_allowed_origins_is_answered_with_itself(open_api: Open) -> None:
    origins = ("https://a.test", "https://b.test")
    async with open_api(allowed_origins=origins) as api:
        found = [(await api.get("/health", None, headers={"Origin": origin})).headers[GIVEN] for origin in origins]
    assert found == list(origins)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/health", "get, options"),
        ("/api/mocs", "get, post, options"),
        ("/api/mocs/11111111-1111-4111-8111-111111111111", "get, put, patch, delete, options"),
        ("/api/users/me", "get, patch, options"),
        ("/api/users/me/avatar", "post, delete, options"),
    ],
)
async def test_options_names_every_method_of_the_path_as_405_does(api: Api, path: str, methods: str) -> None:
    answer = await api.call("OPTIONS", path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert words(answer.headers["allow"]) == words(methods)
    refused = await api.call("TRACE", path)
    assert refused.status_code == 405
    assert words(refused.headers["allow"]) == words(methods)
