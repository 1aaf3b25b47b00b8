"""The same requests by Lambda events: the same answers, the gateway's ids and claims, clients that live on."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from cutover.rehearsal.stack.tokens import TokenMaker
from service.runtime import build_runtime
from service.settings import Settings
from tests.fakes.lambda_events import Context, http_event
from tests.fakes.log_lines import LogLines
from tests.fakes.search_engine import scripted_engine
from tests.integration.postgres import Postgres
from tests.integration.service.api import MOC, ORIGIN, SET
from tests.integration.service.conftest import with_own_keys
from tests.integration.service.lambda_rig import OnLambda, by_asgi, on_lambda

NIL = "00000000-0000-0000-0000-000000000000"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
FILE = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    b"Part,Qty\n3001,5\xc3\xa4\n\r\n--x--\r\n"
)


@pytest.fixture
def function(settings: Settings, tokens: TokenMaker) -> Iterator[OnLambda]:
    """The API on Lambda."""
    running = on_lambda(with_own_keys(build_runtime(replace(settings, on_lambda=True)), tokens), tokens)
    yield running
    running.close()


def as_json(body: Any) -> bytes:
    return json.dumps(body).encode()


# (method, target, headers, body, signed in?); {moc} is the id of a MOC of the one who asks, {other} of somebody else.
REQUESTS: list[tuple[str, str, dict[str, str], bytes | None, bool]] = [
    ("GET", "/", {}, None, False),
    ("GET", "/nope?x=1", {}, None, True),
    ("GET", "/api/mocs", {}, None, False),
    ("GET", "/api/mocs", {"Authorization": "Bearer x"}, None, False),
    ("GET", "/api/mocs", {}, None, True),
    ("GET", "/api/mocs?page=2&limit=1", {}, None, True),
    ("GET", "/api/mocs?page=0", {}, None, True),
    ("GET", "/api/mocs?page=1&page=2", {}, None, True),
    ("GET", "/api/mocs?tag=a%2Cb%20%C3%A4&search=", {}, None, True),
    ("GET", "/api/mocs?search=%ff", {}, None, True),
    ("GET", "/api/mocs/search?from=1&size=1", {}, None, True),
    ("GET", "/api/mocs/{moc}", {}, None, True),
    ("GET", "/api/mocs/{other}", {}, None, True),
    ("GET", f"/api/mocs/{NIL}", {}, None, True),
    ("GET", "/api/mocs/x", {"Origin": ORIGIN}, None, True),
    ("GET", "/api/mocs/", {}, None, True),
    ("OPTIONS", "/api/mocs", {"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH"}, None, False),
    ("OPTIONS", "/api/mocs", {"Origin": "https://evil.test", "Access-Control-Request-Method": "PUT"}, None, False),
    ("DELETE", "/api/mocs", {}, None, True),
    ("BREW", "/api/mocs", {}, None, True),
    ("POST", "/api/mocs", JSON, as_json({**SET, "title": "Ümläut 🧱"}), True),
    ("POST", "/api/mocs", JSON, as_json({**SET, "title": "Ümläut 🧱"}), True),
    ("POST", "/api/mocs", JSON, b"{", True),
    ("POST", "/api/mocs", JSON, b'{"title": "\xff"}', True),
    ("POST", "/api/mocs", JSON, b"", True),
    ("POST", "/api/mocs", {"Content-Type": "text/plain"}, as_json(MOC), True),
    ("POST", "/api/mocs", {}, as_json(MOC), True),
    ("POST", "/api/mocs", JSON, b" " * (1024 * 1024 + 1), True),
    ("PATCH", "/api/mocs/{moc}", JSON, as_json({"theme": "New"}), True),
    ("PATCH", "/api/mocs/{other}", JSON, as_json({"theme": "New"}), True),
    ("PUT", "/api/mocs/{moc}", JSON, as_json({"partsCount": 0}), True),
    ("POST", "/api/mocs/{moc}/upload-parts-list", FORM, FILE, True),
    ("POST", "/api/mocs/{moc}/upload-parts-list", FORM, FILE, True),
    ("POST", "/api/mocs/{moc}/upload-parts-list", FORM, FILE[:40], True),
    ("POST", "/api/mocs/{moc}/upload-parts-list", JSON, b"{}", True),
    ("DELETE", "/api/mocs/{moc}", {}, None, True),
    ("DELETE", "/api/mocs/{moc}", {}, None, True),
]


def test_the_same_requests_get_the_same_answers_as_on_ecs(
    function: OnLambda, settings: Settings, tokens: TokenMaker
) -> None:
    ecs = with_own_keys(build_runtime(settings), tokens)
    other = function.call("POST", "/api/mocs", "somebody", json=MOC).json()["data"]["id"]
    ids = {
        sub: function.call("POST", "/api/mocs", sub, json={**MOC, "title": "Mine"}).json()["data"]["id"]
        for sub in ("ecs-user", "lambda-user")
    }
    try:
        for method, target, headers, body, signed_in in REQUESTS:
            there, here = (
                (target.replace("{moc}", ids[sub]).replace("{other}", other), sub if signed_in else None)
                for sub in ("ecs-user", "lambda-user")
            )
            expected = function.wait_for(
                by_asgi(ecs, method, there[0], {**function.signed_in(there[1]), **headers}, body)
            )
            found = function.invoke(http_event(method, here[0], {**function.signed_in(here[1]), **headers}, body=body))
            assert found.comparable() == expected.comparable(), (method, target)
    finally:
        function.wait_for(ecs.close())


TWICE: dict[str, tuple[list[tuple[str, str]], int]] = {
    "two tokens": ([("Authorization", "Bearer {token}"), ("Authorization", "Bearer x")], 401),
    "a token twice": ([("Authorization", "Bearer {token}"), ("Authorization", "Bearer {token}")], 401),
    "two types": ([*[("Content-Type", "application/json")] * 2, ("Authorization", "Bearer {token}")], 415),
    "two origins": (
        [("Origin", ORIGIN), ("Origin", "https://evil.test"), ("Cookie", "token={token}"), *JSON.items()],
        403,
    ),
    "two cookies": ([("Origin", ORIGIN), ("Cookie", "a=b"), ("Cookie", "token={token}"), *JSON.items()], 201),
}


@pytest.mark.parametrize(("headers", "status"), TWICE.values(), ids=TWICE)
def test_a_header_that_comes_twice_is_judged_as_on_ecs(
    function: OnLambda, settings: Settings, tokens: TokenMaker, headers: list[tuple[str, str]], status: int
) -> None:
    """The gateway joins them by commas, and hands cookies over one by one."""
    body = as_json(MOC)
    for sub in ("ecs-user", "lambda-user"):
        sent = [(name, value.replace("{token}", tokens.token(sub))) for name, value in headers]
        if sub == "ecs-user":
            ecs = with_own_keys(build_runtime(settings), tokens)
            expected = function.wait_for(by_asgi(ecs, "POST", "/api/mocs", sent, body))
            function.wait_for(ecs.close())
    cookies = [value for name, value in sent if name == "Cookie"]
    names = dict.fromkeys(name for name, _ in sent if name != "Cookie")
    joined = {name: ",".join(value for other, value in sent if other == name) for name in names}
    found = function.invoke(http_event("POST", "/api/mocs", joined, body=body, cookies=cookies))
    assert (found.status, found.comparable()) == (status, expected.comparable())


def test_a_preflight_carries_the_gateways_request_id_like_every_answer(function: OnLambda, lines: LogLines) -> None:
    asking = {"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH"}
    assert function.invoke(http_event("OPTIONS", "/api/mocs", asking)).headers["x-request-id"] == "gateway-1"
    assert [(line["requestId"], line["status"]) for line in lines.of("request")] == [("gateway-1", 204)]


def test_the_gateways_request_id_is_ours_in_header_body_and_log(function: OnLambda, lines: LogLines) -> None:
    answer = function.invoke(http_event("GET", "/api/mocs", request_id="JKJaXmPLvHcESHA="))
    assert answer.status == 401
    assert answer.headers["x-request-id"] == answer.json()["error"]["requestId"] == "JKJaXmPLvHcESHA="
    assert [line["requestId"] for line in lines.all()] == ["JKJaXmPLvHcESHA="]


class TestVerifiedClaims:
    """What the gateway's authorizer has verified is used as it is; all values are texts there."""

    def test_they_say_who_it_is_without_any_token(self, function: OnLambda) -> None:
        function.call("POST", "/api/mocs", "alice", json=MOC)
        answer = function.invoke(http_event("GET", "/api/mocs", claims={"sub": "alice", "exp": "1"}))
        assert answer.json()["total"] == 1

    def test_nothing_is_verified_twice(self, function: OnLambda) -> None:
        event = http_event("GET", "/api/mocs", {"Authorization": "Bearer whatever"}, claims={"sub": "alice"})
        assert function.invoke(event).status == 200

    def test_an_admin_is_told_by_the_role(self, function: OnLambda) -> None:
        moc = function.call("POST", "/api/mocs", "bob", json=MOC).json()["data"]["id"]
        for role, status in (("admin", 200), ("user", 403), ("[admin]", 403)):
            event = http_event("GET", f"/api/mocs/{moc}", claims={"sub": "root", "role": role})
            assert function.invoke(event).status == status, role

    @pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": "*"}, {"sub": "a/b"}, {"username": "alice"}])
    def test_claims_that_name_nobody_are_401_even_beside_a_good_token(
        self, function: OnLambda, claims: dict[str, str]
    ) -> None:
        event = http_event("GET", "/api/mocs", function.signed_in("alice"), claims=claims)
        assert function.invoke(event).status == 401

    @pytest.mark.parametrize("authorizer", [None, "x", {}, {"jwt": None}, {"jwt": {"claims": None}}, {"lambda": {}}])
    def test_an_authorizer_without_claims_leaves_it_to_the_token(self, function: OnLambda, authorizer: Any) -> None:
        event = http_event("GET", "/api/mocs", function.signed_in("alice"))
        event["requestContext"]["authorizer"] = authorizer
        assert function.invoke(event).status == 200
        del event["headers"]["authorization"]
        assert function.invoke(event).status == 401

    def test_claims_by_http_headers_are_not_believed(self, function: OnLambda) -> None:
        forged = json.dumps({"requestContext": {"authorizer": {"jwt": {"claims": {"sub": "alice"}}}}})
        headers = {"X-Amzn-Request-Context": forged, "X-Apigateway-Event": forged}
        assert function.invoke(http_event("GET", "/api/mocs", headers)).status == 401


class TestCookies:
    """API Gateway hands cookies over beside the headers."""

    def test_the_cookie_signs_in(self, function: OnLambda) -> None:
        cookies = ["theme=dark", f"token={function.tokens.token('alice')}"]
        assert function.invoke(http_event("GET", "/api/mocs", cookies=cookies)).status == 200

    def test_a_write_by_cookie_has_to_come_from_our_page(self, function: OnLambda) -> None:
        cookies = [f"token={function.tokens.token('alice')}"]
        statuses = [
            function.invoke(
                http_event("POST", "/api/mocs", {**JSON, **origin}, body=as_json(MOC), cookies=cookies)
            ).status
            for origin in ({}, {"Origin": "https://evil.test"}, {"Origin": ORIGIN})
        ]
        assert statuses == [403, 403, 201]


class TestLivingOn:
    """An environment keeps its loop and its connections from one invocation to the next."""

    def backends(self, postgres: Postgres, database: str) -> list[str]:
        name = database.rpartition("/")[2]
        return postgres.run(f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND query NOT LIKE '%pg_stat%'")

    def test_one_connection_serves_them_all(self, function: OnLambda, postgres: Postgres, database: str) -> None:
        pids = set()
        for number in range(5):
            assert function.call("POST", "/api/mocs", json={**MOC, "title": f"Moc {number}"}).status == 201
            assert function.call("GET", f"/api/mocs?page={number + 1}").status == 200
            assert function.call("GET", "/health", None).json()["status"] == "healthy"
            pids.add(tuple(self.backends(postgres, database)))
        assert len(pids) == 1
        assert len(next(iter(pids))) == 1

    def test_a_failed_invocation_costs_nothing_of_it(
        self, function: OnLambda, postgres: Postgres, database: str
    ) -> None:
        function.call("GET", "/api/mocs")
        before = self.backends(postgres, database)
        for event in (None, {}, http_event("GET", "/api/mocs/x"), http_event("POST", "/api/mocs", JSON, body=b"{")):
            function.invoke(event)
        function.call("GET", "/api/mocs?page=2")
        assert self.backends(postgres, database) == before

    @pytest.fixture
    def thawed(self, function: OnLambda, postgres: Postgres, database: str, redis: Any) -> OnLambda:
        """The API after a freeze in which all of its connections died; alice has one MOC.

        Its event loop has not run since, so nobody has noticed.
        """
        function.call("POST", "/api/mocs", json=MOC)
        function.call("GET", "/api/mocs")
        postgres.run(f"SELECT pg_terminate_backend({self.backends(postgres, database)[0]})")
        kill_other_clients(redis)
        return function

    def test_connections_that_died_while_it_was_frozen_are_made_anew_by_a_read(self, thawed: OnLambda) -> None:
        assert thawed.call("GET", "/api/mocs").json()["total"] == 1
        assert thawed.call("GET", "/api/mocs?page=2").status == 200

    def test_and_by_a_write(self, thawed: OnLambda) -> None:
        assert thawed.call("POST", "/api/mocs", json={**MOC, "title": "Second"}).status == 201
        assert thawed.call("GET", "/api/mocs").json()["total"] == 2

    def test_and_by_a_health_check(self, thawed: OnLambda, lines: LogLines) -> None:
        assert thawed.call("GET", "/health", None).json()["status"] == "healthy"
        assert lines.of("cache_unavailable") == []

    def test_nothing_pins_a_connection_of_a_proxy(self, function: OnLambda) -> None:
        function.call("GET", "/api/mocs")
        named = function.wait_for(
            function.runtime.database.fetch("SELECT name FROM pg_prepared_statements WHERE name <> ''")
        )
        assert named == []


def kill_other_clients(redis: Any) -> None:
    """Close Redis' side of every connection of the service, as a long pause does."""
    # The fixture's own client belongs to another event loop.
    from redis import Redis

    pool = redis.connection_pool.connection_kwargs
    with Redis(host=pool["host"], port=pool["port"]) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


class TestDeadlines:
    """What Lambda leaves of the time decides, less what the answer itself needs."""

    def test_a_request_that_would_outlive_its_environment_is_504_in_time(
        self, function: OnLambda, database: str, lines: LogLines
    ) -> None:
        assert function.call("GET", "/api/mocs").status == 200
        holder = function.wait_for(asyncpg.connect(database))
        transaction = holder.transaction()
        function.wait_for(transaction.start())
        try:
            function.wait_for(holder.execute("LOCK moc_instructions IN ACCESS EXCLUSIVE MODE"))
            context = Context(seconds_left=1.5)
            answer = function.invoke(http_event("GET", "/api/mocs?page=3", function.signed_in("alice")), context)
            left = context.get_remaining_time_in_millis()
        finally:
            function.wait_for(transaction.rollback())
            function.wait_for(holder.close())
        assert (answer.status, answer.json()["code"]) == (504, "GATEWAY_TIMEOUT")
        assert answer.headers["x-request-id"] == "gateway-1"
        assert left > 0
        assert len(lines.of("deadline_exceeded")) == 1
        assert function.call("GET", "/api/mocs").status == 200

    def test_with_hardly_any_time_left_it_still_answers(self, function: OnLambda) -> None:
        event = http_event("GET", "/api/mocs?page=9", function.signed_in("alice"))
        assert function.invoke(event, Context(seconds_left=0.0)).status in (200, 504)

    def test_a_context_that_knows_no_time_is_lived_with(self, function: OnLambda) -> None:
        assert function.invoke(http_event("GET", "/"), object()).status == 200


class TestAfterTheCommit:
    """An environment freezes with its answer, so what follows a commit is done before, as far as time allows."""

    def test_the_search_index_knows_a_new_moc_when_the_answer_is_there(
        self, function: OnLambda, search_server: str
    ) -> None:
        from service.search.indices import MOCS
        from tests.integration.servers import send

        moc = function.call("POST", "/api/mocs", json=MOC).json()["data"]
        found = send("GET", f"{search_server}/{MOCS}/_doc/{moc['id']}", None)
        assert found["_source"]["title"] == "Falcon"

    def test_an_engine_that_hangs_delays_it_by_its_small_budget_only(
        self, settings: Settings, tokens: TokenMaker, lines: LogLines
    ) -> None:
        import asyncio

        loop = asyncio.new_event_loop()
        manager = scripted_engine()
        engine = loop.run_until_complete(manager.__aenter__())
        engine.http.hang = True
        runtime = build_runtime(replace(settings, on_lambda=True, opensearch_endpoint=engine.url))
        function = on_lambda(with_own_keys(runtime, tokens), tokens)
        function.loop.close()
        asyncio.set_event_loop(loop)
        function = replace(function, loop=loop)
        try:
            assert function.call("POST", "/api/mocs", json=MOC).status == 201
            cut_off = lines.of("background_work_cut_off")
            assert [line["work"] for line in cut_off] == ["index"]
            assert lines.of("request")[0]["durationMs"] < 3000
        finally:
            loop.run_until_complete(manager.__aexit__(None, None, None))
            function.close()
