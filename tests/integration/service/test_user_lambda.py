"""The user routes by Lambda events: the same answers, and the name in the pool also by the gateway's claims."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cutover.rehearsal.stack.tokens import TokenMaker
from service.runtime import build_runtime
from service.settings import Settings
from tests.fakes.lambda_events import http_event
from tests.integration.s3 import Objects
from tests.integration.service.api import ORIGIN
from tests.integration.service.avatars import KEY, assert_whole, picture
from tests.integration.service.conftest import with_own_keys
from tests.integration.service.lambda_rig import OnLambda, by_asgi, on_lambda
from tests.integration.user_pool import Pool

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
FILE = (
    b'--x\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n%b\r\n--x--\r\n"
)
USERS = ("ecs-user", "lambda-user")
NIL = "00000000-0000-4000-8000-000000000000"

REQUESTS: list[tuple[str, str, dict[str, str], bytes | None]] = [
    ("GET", "/api/users/me", {}, None),
    ("GET", "/api/users/me/", {}, None),
    ("GET", "/api/users/{sub}", {"Origin": ORIGIN}, None),
    ("GET", "/api/users/somebody", {}, None),
    ("GET", "/api/users", {}, None),
    ("PATCH", "/api/users/me", JSON, '{"name": " Grace Brewster Hopper ümläut "}'.encode()),
    ("PATCH", "/api/users/me", JSON, b'{"name": ""}'),
    ("PATCH", "/api/users/me", JSON, b"{"),
    ("PATCH", "/api/users/me", JSON, b"{}"),
    ("PATCH", "/api/users/somebody", JSON, b"{}"),
    ("PATCH", "/api/users/me", {}, b"{}"),
    ("PUT", "/api/users/me", JSON, b"{}"),
    ("POST", "/api/users/me/avatar", FORM, FILE % b"no picture"),
    ("POST", "/api/users/me/avatar", JSON, b"{}"),
    ("POST", "/api/users/me/avatar", FORM, FILE % picture()),
    ("GET", "/api/users/me", {}, None),
    ("POST", "/api/users/me/avatar/presign", JSON, b'{"filename": "a.png", "contentType": "x", "size": 1}'),
    ("POST", "/api/users/me/avatar/complete", JSON, f'{{"uploadId": "{NIL}"}}'.encode()),
    ("DELETE", "/api/users/me/avatar", {}, None),
    ("DELETE", "/api/users/me/avatar", {}, None),
    ("DELETE", "/api/users/somebody/avatar", {}, None),
    ("GET", "/api/users/{sub}", {}, None),
]


@pytest.fixture
def function(settings: Settings, tokens: TokenMaker) -> Iterator[OnLambda]:
    """The API on Lambda."""
    running = on_lambda(with_own_keys(build_runtime(replace(settings, on_lambda=True)), tokens), tokens)
    yield running
    running.close()


def test_the_same_requests_get_the_same_answers_as_on_ecs(
    function: OnLambda, settings: Settings, tokens: TokenMaker, pool: Pool
) -> None:
    ecs = with_own_keys(build_runtime(settings), tokens)
    for sub in USERS:
        pool.add(sub, name="Grace")
    try:
        for method, target, headers, body in REQUESTS:
            asked = {sub: (target.replace("{sub}", sub), {**function.signed_in(sub), **headers}) for sub in USERS}
            there, here = asked["ecs-user"], asked["lambda-user"]
            expected = function.wait_for(by_asgi(ecs, method, *there, body))
            found = function.invoke(http_event(method, *here, body=body))
            assert found.comparable() == expected.comparable(), (method, target)
            assert found.status < 500, (method, target, found.text)
    finally:
        function.wait_for(ecs.close())


@pytest.mark.parametrize("name", ["username", "cognito:username"])
def test_the_gateways_claims_tell_the_name_in_the_pool(function: OnLambda, pool: Pool, name: str) -> None:
    pool.add("grace", "Google_1234", name="Grace")
    answer = function.invoke(http_event("GET", "/api/users/me", claims={"sub": "grace", name: "Google_1234"}))
    assert (answer.status, answer.json()["data"]["name"]) == (200, "Grace")


def test_an_avatar_is_stored_and_deleted_within_the_invocation(
    function: OnLambda, pool: Pool, s3: Objects, bucket: str
) -> None:
    stored = function.call("POST", "/api/users/me/avatar", headers=FORM, body=FILE % picture())
    assert (stored.status, s3.keys(bucket), assert_whole(pool, s3, bucket)) == (200, [KEY], True)
    assert function.call("DELETE", "/api/users/me/avatar").status == 200
    assert (s3.keys(bucket), "picture" in pool.attributes("alice")) == ([], False)
