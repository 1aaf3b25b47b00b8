"""What the lines of a request say on ECS and on Lambda is the same, and on neither side anything about a person."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cutover.rehearsal.stack.tokens import TokenMaker
from service.runtime import build_runtime
from service.settings import Settings
from service.telemetry import log
from service.telemetry.origin import Origin
from service.telemetry.pseudonym import pseudonym
from tests.fakes.lambda_events import http_event
from tests.fakes.log_lines import LogLines
from tests.integration.service.api import MOC, ORIGIN, Api
from tests.integration.service.conftest import Open, with_own_keys
from tests.integration.service.gallery import sent as sent_image
from tests.integration.service.lambda_rig import OnLambda, by_asgi, on_lambda
from tests.integration.service.wishes import wish

NIL = "00000000-0000-0000-0000-000000000000"
SIDES = {"ecs": Origin("staging"), "lambda": Origin("staging", "lego-api-mocs-staging")}
MAIL, NAME, EVIL = "ada@example.com", "Ada-Lovelace-of-London", "line\nbreak\r\n\x1b[31m"
HOSTILE = f"{MAIL} {NAME} {EVIL}"

REQUESTS: list[tuple[str, str, Mapping[str, Any] | None]] = [
    ("GET", "/api/mocs?search=falcon", None),
    ("POST", "/api/mocs", MOC),
    ("POST", "/api/mocs", {**MOC, "title": ""}),
    ("GET", f"/api/mocs/{NIL}", None),
    ("GET", "/nope", None),
    ("DELETE", "/api/mocs", None),
    ("GET", "/api//mocs", None),
]


@pytest.fixture
def function(settings: Settings, tokens: TokenMaker) -> Iterator[OnLambda]:
    """The API on Lambda."""
    running = on_lambda(with_own_keys(build_runtime(replace(settings, on_lambda=True)), tokens), tokens)
    yield running
    running.close()


def asked_of(side: str, function: OnLambda, sub: str) -> None:
    """Every request, of that side."""
    for method, target, body in REQUESTS:
        headers = {**function.signed_in(sub), **({} if body is None else {"content-type": "application/json"})}
        sent = None if body is None else json.dumps(body).encode()
        if side == "lambda":
            function.invoke(http_event(method, target, headers, body=sent))
        else:
            asyncio.get_event_loop().run_until_complete(by_asgi(function.runtime, method, target, headers, sent))


def test_the_lines_have_the_same_fields_and_say_the_same(function: OnLambda, lines: LogLines) -> None:
    told: dict[str, list[dict[str, Any]]] = {}
    for side, origin in SIDES.items():
        before = len(lines.all())
        log.configure("DEBUG", lines.stream, origin)
        asked_of(side, function, f"{side}-user")
        told[side] = lines.all()[before:]
    varying = {"timestamp", "platform", "function", "requestId", "durationMs", "userId"}

    def kept(one: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in one.items() if name not in varying}

    assert [kept(line) for line in told["ecs"]] == [kept(line) for line in told["lambda"]]
    assert [list(line) for line in told["ecs"]] == [[n for n in line if n != "function"] for line in told["lambda"]]
    assert {line["function"] for line in told["lambda"]} == {"lego-api-mocs-staging"}
    assert len([line for line in told["ecs"] if line["message"] == "request"]) == len(REQUESTS)
    for side, found in told.items():
        users = {line.get("userId") for line in found if line["message"] == "request"}
        assert users == {pseudonym(f"{side}-user"), None}  # what finds no route is nobody's


def test_routes_are_templates(function: OnLambda, lines: LogLines) -> None:
    asked_of("lambda", function, "alice")
    assert [line["route"] for line in lines.of("request")] == [
        "/api/mocs",
        "/api/mocs",
        "/api/mocs",
        "/api/mocs/{moc_id}",
        "unmatched",
        "unmatched",
        "unmatched",
    ]


async def hostile_requests(api: Api) -> None:
    """Everything that a client can put somewhere, put there."""
    sub = f"sub-of-{NAME}"
    token = api.token(sub)
    headers = {"X-Load-Test": NAME, "User-Agent": MAIL, "X-Amzn-Trace-Id": f"Root={MAIL}", "Origin": f"https://{NAME}"}
    await api.post("/api/mocs", {**MOC, "title": HOSTILE, "description": HOSTILE, "tags": [NAME]}, sub)
    await api.post("/api/mocs", {**MOC, "title": HOSTILE}, sub)
    await api.post("/api/mocs", {**MOC, "title": HOSTILE, NAME: 1, "year": MAIL}, sub)
    await api.post("/api/mocs", {**MOC, "title": f"{MAIL} {NAME}", "description": HOSTILE}, sub)
    await api.get("/api/mocs", sub, params={"search": HOSTILE, "tag": NAME}, headers=headers)
    await api.get(f"/api/mocs/{MAIL}%0A{NAME}", sub, headers=headers)
    await api.get(f"/{MAIL}/{NAME}%0A", sub)
    await api.get(f"/api/users/{sub}", sub)
    await api.get("/api/mocs", None, headers={"Authorization": f"Bearer {token}x{MAIL}"})
    await api.get("/api/mocs", None, headers={"Cookie": f"token={token}; name={NAME}"})
    await sent_image(api, sub, f"{NAME}.png", title=HOSTILE, description=MAIL)
    await sent_image(api, sub, f"{NAME}\n.png", b"no picture", title=HOSTILE)
    moc = await api.create(sub, title=f"of {MAIL}")
    await api.upload(moc["id"], f"Part,Qty\n{MAIL},{NAME}\n".encode(), f"{NAME}.csv", sub)
    await api.upload(moc["id"], MAIL.encode(), f"{NAME}.csv", sub)
    item = await wish(api, sub, title=f"{MAIL} {NAME}")
    await api.patch(f"/api/wishlist/{item['id']}", {"title": MAIL}, sub)
    await api.delete(f"/api/mocs/{moc['id']}", sub)
    await api.runtime.background.drain(10.0)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"opensearch_endpoint": f"http://{NAME}:{NAME}@127.0.0.1:1"},
        {"redis_endpoint": f"redis://lego:{NAME}@127.0.0.1:1"},
        {"s3_bucket": "missing"},
    ],
    ids=["nothing", "search", "redis", "s3"],
)
async def test_nothing_that_a_client_sends_or_that_names_somebody_is_in_any_line(
    open_api: Open, lines: LogLines, broken: dict[str, str]
) -> None:
    log.configure("DEBUG", lines.stream)
    async with open_api(**broken) as api:
        token = api.token(f"sub-of-{NAME}")
        await hostile_requests(api)
    logged = lines.stream.getvalue()
    assert len(lines.of("request")) >= 15
    for secret in (MAIL, "example.com", NAME, "break", "\\u001b", token.split(".")[1], token.rpartition(".")[2]):
        assert secret not in logged, secret
    assert pseudonym(f"sub-of-{NAME}") in logged


async def test_a_crash_in_the_database_tells_no_values(api: Api, lines: LogLines, monkeypatch: Any) -> None:
    """PostgreSQL's DETAIL and SQLAlchemy's parameters name what was written."""
    from service.domains.mocs import repository

    monkeypatch.setattr(repository, "violated", lambda _: "unknown", raising=False)
    await api.create(title=MAIL)
    assert (await api.post("/api/mocs", {**MOC, "title": MAIL}, "alice")).status_code == 500
    (crashed,) = lines.of("crashed")
    assert "UniqueViolationError" in crashed["error"]
    assert MAIL not in lines.stream.getvalue()


async def test_preflights_have_a_line(api: Api, lines: LogLines) -> None:
    asking = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    await api.call("OPTIONS", "/api/mocs", None, headers=asking)
    assert [(line["method"], line["route"]) for line in lines.of("request")] == [("OPTIONS", "unmatched")]
