"""Every failure, whatever went wrong, has the one shape; what went wrong stays in the log."""

from typing import Any
from uuid import UUID

import pytest

from service.db.credentials import Credentials
from service.db.database import Database, Row
from service.settings import Settings
from tests.fakes.log_lines import LogLines
from tests.integration.service.api import MOC, ORIGIN, Api, assert_failure
from tests.integration.service.conftest import Open

NIL = "00000000-0000-0000-0000-000000000000"


class CrashingDatabase(Database):
    """Fails in a way that nobody has thought of."""

    async def fetch(self, statement: str, *values: object) -> list[Row]:
        raise RuntimeError(f"secret-of-the-stack while running {statement}")


def crashing(settings: Settings) -> Database:
    credentials = Credentials(settings.postgres, settings.aws_region)
    return CrashingDatabase(settings.postgres, credentials, pool_size=1, statement_cache=0)


@pytest.mark.parametrize(
    "path",
    ["/nope", "/api", "/api/mocs/x/y", f"/api/mocs/{NIL}/nope", "/API/MOCS", "/schema", "/schema/openapi.json", "/%ff"],
)
@pytest.mark.parametrize("sub", ["alice", None])
async def test_an_unknown_route_is_404_signed_in_or_not(api: Api, path: str, sub: str | None) -> None:
    assert_failure(await api.get(path, sub), 404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"])
async def test_a_method_that_the_route_does_not_take_is_405_and_says_which_it_takes(api: Api, method: str) -> None:
    answer = await api.call(method, "/api/mocs")
    assert_failure(answer, 405, "METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= {taken.strip() for taken in answer.headers["allow"].split(",")}


@pytest.mark.parametrize(("method", "path"), [("POST", "/health"), ("DELETE", "/"), ("POST", f"/api/mocs/{NIL}")])
async def test_other_routes_refuse_other_methods_alike(api: Api, method: str, path: str) -> None:
    assert_failure(await api.call(method, path), 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "identity",
    [
        "x",
        "%00",
        "%ff",
        "..%2f",
        "a%0a",
        "x" * 5000,
        NIL.replace("-", ""),
        f"{{{NIL}}}",
        f"urn:uuid:{NIL}",
        f"{NIL}%0a",
        f"%20{NIL}",
        NIL[:-1],
        NIL.replace("0", "g"),
        NIL.replace("0", "\N{ARABIC-INDIC DIGIT ZERO}"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
async def test_a_malformed_id_is_400(api: Api, method: str, identity: str) -> None:
    body: dict[str, Any] = {"json": {}} if method in ("PATCH", "PUT") else {}
    assert_failure(await api.call(method, f"/api/mocs/{identity}", **body), 400, "VALIDATION_ERROR", "id")


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
async def test_an_id_that_nothing_has_is_404(api: Api, method: str) -> None:
    body: dict[str, Any] = {"json": {"theme": "x"}} if method in ("PATCH", "PUT") else {}
    assert_failure(await api.call(method, f"/api/mocs/{NIL}", **body), 404, "NOT_FOUND")


async def test_an_id_in_upper_case_is_the_same_id(api: Api) -> None:
    moc = await api.create()
    assert (await api.get(f"/api/mocs/{moc['id'].upper()}")).json()["data"]["id"] == moc["id"]


async def test_a_crash_is_500_and_tells_the_log_what_the_client_does_not_learn(open_api: Open, lines: LogLines) -> None:
    async with open_api(database=crashing) as api:
        answer = await api.get("/api/mocs", headers={"Origin": ORIGIN})
    assert_failure(answer, 500, "INTERNAL_SERVER_ERROR")
    assert "secret-of-the-stack" not in answer.text
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    crashed = lines.of("crashed")
    assert len(crashed) == 1
    assert "secret-of-the-stack" in crashed[0]["stack"]
    assert crashed[0]["requestId"] == answer.headers["x-request-id"]
    assert crashed[0]["level"] == "error"


async def test_every_request_has_an_id_of_its_own_in_header_and_log(api: Api, lines: LogLines) -> None:
    answers = [await api.get("/api/mocs"), await api.post("/api/mocs", MOC), await api.get("/nope")]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len({UUID(identity) for identity in ids}) == 3
    requests = lines.of("request")
    assert [line["requestId"] for line in requests] == ids
    assert [(line["method"], line["route"], line["status"]) for line in requests] == [
        ("GET", "/api/mocs", 200),
        ("POST", "/api/mocs", 201),
        ("GET", "unmatched", 404),
    ]
    assert all(line["durationMs"] >= 0 for line in requests)


async def test_a_request_id_that_a_client_makes_up_is_not_used(api: Api) -> None:
    answer = await api.get("/api/mocs", headers={"X-Request-Id": "made-up", "X-Amzn-RequestId": "made-up"})
    assert answer.headers["x-request-id"] != "made-up"


async def test_health_checks_are_not_logged(api: Api, lines: LogLines) -> None:
    await api.get("/health", None)
    assert lines.of("request") == []


async def test_no_line_of_the_log_holds_a_token_a_body_or_a_password(open_api: Open, lines: LogLines) -> None:
    async with open_api() as api:
        token = api.token("alice")
        await api.post("/api/mocs", {**MOC, "description": "what-only-the-body-says"})
        await api.post("/api/mocs", {**MOC, "title": 5, "description": "what-only-the-body-says"})
        await api.get("/api/mocs", headers={"Cookie": f"token={token}"})
        await api.get("/api/mocs", None, headers={"Authorization": f"Bearer {token[:-3]}"})
    logged = lines.stream.getvalue()
    assert "what-only-the-body-says" not in logged
    assert token.rpartition(".")[2] not in logged
    assert token.split(".")[1] not in logged


async def test_a_path_of_odd_characters_is_logged_as_one_line_without_it(api: Api, lines: LogLines) -> None:
    answer = await api.get('/a%0Ab%1B[31m%22}{"level":"x"')
    assert_failure(answer, 404, "NOT_FOUND")
    assert [line["route"] for line in lines.all()] == ["unmatched"]


async def test_a_path_that_is_no_text_is_answered_and_logged(api: Api, lines: LogLines) -> None:
    """Some servers hand undecodable bytes of a path on as lone surrogates."""
    sent = await api.asgi([{"type": "http.request", "body": b""}], path="/nope\udcff", raw_path=b"/nope%ff")
    assert sent[0]["status"] == 404
    assert len(lines.of("request")) == 1
