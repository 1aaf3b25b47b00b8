"""`GET /api/csrf`: the token for writes by cookie that come from elsewhere, on either platform."""

import re
from collections.abc import Iterator
from dataclasses import replace
from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest

from cutover.rehearsal.stack.tokens import TokenMaker
from service.runtime import build_runtime
from service.settings import Settings
from tests.fakes.lambda_events import Context, http_event
from tests.integration.service.api import MOC, ORIGIN, Api, assert_failure
from tests.integration.service.conftest import Open, with_own_keys
from tests.integration.service.lambda_rig import OnLambda, on_lambda

ELSEWHERE = "https://partner.test"


@pytest.fixture
def function(settings: Settings, tokens: TokenMaker) -> Iterator[OnLambda]:
    """The API on Lambda."""
    running = on_lambda(with_own_keys(build_runtime(replace(settings, on_lambda=True)), tokens), tokens)
    yield running
    running.close()


def cookie_of(text: str) -> "Morsel[str]":
    """The one cookie of a Set-Cookie header."""
    [morsel] = SimpleCookie(text).values()
    return morsel


async def test_the_token_is_in_the_answer_twice_and_in_a_cookie_that_scripts_can_read(api: Api) -> None:
    answer = await api.get("/api/csrf", None)
    token = answer.json()["token"]
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"token": token}, "token": token})
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    [set_cookie] = answer.headers.get_list("set-cookie")
    cookie = cookie_of(set_cookie)
    assert (cookie.key, cookie.value) == ("XSRF-TOKEN", token)
    assert (cookie["path"], cookie["max-age"], cookie["samesite"].lower()) == ("/", "7200", "lax")
    assert (cookie["httponly"], cookie["secure"], cookie["domain"]) == ("", "", "")


@pytest.mark.parametrize("stage", ["staging", "production"])
async def test_where_there_is_https_the_cookie_goes_by_it_alone(open_api: Open, stage: str) -> None:
    async with open_api(stage=stage) as api:
        assert cookie_of((await api.get("/api/csrf", None)).headers["set-cookie"])["secure"] is True


async def test_every_token_is_another_one(api: Api) -> None:
    told = {(await api.get("/api/csrf", None)).json()["token"] for _ in range(5)}
    assert len(told) == 5


async def test_whoever_asks_is_told_and_a_bad_token_is_no_matter(api: Api) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Cookie": "token=x"}, {"Origin": ELSEWHERE}):
        answer = await api.get("/api/csrf", None, headers=headers)
        assert answer.status_code == 200


async def test_our_page_may_read_it_and_another_may_not(api: Api) -> None:
    ours = await api.get("/api/csrf", None, headers={"Origin": ORIGIN})
    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert ours.headers["access-control-allow-credentials"] == "true"
    other = await api.get("/api/csrf", None, headers={"Origin": ELSEWHERE})
    assert "access-control-allow-origin" not in other.headers


async def test_it_can_only_be_read(api: Api) -> None:
    assert_failure(await api.call("POST", "/api/csrf", None), 405, "METHOD_NOT_ALLOWED")


class TestThePair:
    """A write by cookie from elsewhere needs the cookie and the header, and the two have to agree."""

    async def write(self, api: Api, pair: str | None, sent: str | None, **headers: str) -> Any:
        cookies = f"token={api.token('alice')}" + (f"; XSRF-TOKEN={pair}" if pair is not None else "")
        given = {"Cookie": cookies, **headers, **({"X-CSRF-Token": sent} if sent is not None else {})}
        api.client.cookies.clear()
        return await api.call("POST", "/api/mocs", None, json=MOC, headers=given)

    async def given_out(self, api: Api) -> str:
        return str((await api.get("/api/csrf", None)).json()["token"])

    @pytest.mark.parametrize("headers", [{}, {"Origin": ELSEWHERE}, {"Origin": "null"}])
    async def test_the_one_that_was_given_out_is_taken(self, api: Api, headers: dict[str, str]) -> None:
        token = await self.given_out(api)
        assert (await self.write(api, token, token, **headers)).status_code == 201

    async def test_half_of_it_or_two_different_ones_are_refused(self, api: Api) -> None:
        first, second = await self.given_out(api), await self.given_out(api)
        for pair, sent in ((first, None), (None, first), (first, second), (first, first.swapcase())):
            assert_failure(await self.write(api, pair, sent), 403, "CSRF_FAILED")
        assert (await api.get("/api/mocs")).json()["total"] == 0

    async def test_from_our_own_page_no_pair_is_needed_and_a_wrong_one_does_no_harm(self, api: Api) -> None:
        assert (await self.write(api, "a", "b", Origin=ORIGIN)).status_code == 201

    async def test_with_a_bearer_token_nothing_of_it_counts(self, api: Api) -> None:
        headers = {**api.signed_in(), "Cookie": "XSRF-TOKEN=a", "X-CSRF-Token": "b", "Origin": ELSEWHERE}
        assert (await api.call("POST", "/api/mocs", None, json=MOC, headers=headers)).status_code == 201


class TestOnLambda:
    """Cookies leave and reach a function beside the headers."""

    def given_out(self, function: OnLambda) -> dict[str, Any]:
        answer: dict[str, Any] = function.handler(http_event("GET", "/api/csrf"), Context())
        return answer

    def test_the_cookie_is_in_the_list_that_the_gateway_reads(self, function: OnLambda) -> None:
        answer = self.given_out(function)
        assert answer["statusCode"] == 200
        assert "set-cookie" not in {name.lower() for name in answer["headers"]}
        assert answer["headers"]["cache-control"] == "no-store"
        [cookie] = answer["cookies"]
        assert cookie_of(cookie).value in answer["body"]
        assert (cookie_of(cookie)["path"], cookie_of(cookie)["max-age"]) == ("/", "7200")

    @pytest.mark.parametrize(("repeated", "status"), [(True, 201), (False, 403)])
    def test_the_pair_is_judged_as_on_ecs(self, function: OnLambda, repeated: bool, status: int) -> None:
        pair = cookie_of(self.given_out(function)["cookies"][0]).value
        cookies = [f"token={function.tokens.token('alice')}", f"XSRF-TOKEN={pair}"]
        headers = {"Content-Type": "application/json", "X-CSRF-Token": pair if repeated else "another"}
        body = b'{"title": "Falcon", "type": "moc", "author": "Ada"}'
        assert function.invoke(http_event("POST", "/api/mocs", headers, body=body, cookies=cookies)).status == status
