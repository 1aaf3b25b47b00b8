"""Events that are none, or odd: an answer in our shape, whatever comes in."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest
from mangum import Mangum
from mangum.types import ASGI

from cutover.rehearsal.stack.tokens import TokenMaker
from service.entrypoints.lambda_adapter import answering, unbroken
from service.runtime import build_runtime
from service.settings import Settings
from service.web.dispatch import Lazily
from tests.fakes.lambda_events import Context, http_event
from tests.fakes.log_lines import LogLines
from tests.integration.service.conftest import with_own_keys
from tests.integration.service.lambda_rig import OnLambda, on_lambda


@pytest.fixture(scope="module")
def function() -> Iterator[OnLambda]:
    """The API on Lambda; none of these events gets as far as a database."""
    from service.settings import Cognito, Postgres

    nowhere = Settings(
        stage="development",
        postgres=Postgres("127.0.0.1", 1, "none", "none", ""),
        redis_endpoint="127.0.0.1:1",
        redis_cluster=False,
        opensearch_endpoint="127.0.0.1:1",
        s3_bucket="none",
        cognito=Cognito("https://issuer.test", "client", "http://127.0.0.1:1/keys"),
        aws_region="us-east-1",
        allowed_origins=(),
        on_lambda=True,
        eager=False,
    )
    tokens = TokenMaker.new()
    running = on_lambda(with_own_keys(build_runtime(replace(nowhere)), tokens), tokens)
    yield running
    running.close()


def without(*path: str) -> Any:
    """A good event less one thing."""
    event = http_event("GET", "/")
    inner: Any = event
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return event


def having(value: Any, *path: str) -> Any:
    """A good event with this in place of what belongs there."""
    event = http_event("GET", "/")
    inner: Any = event
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return event


NO_EVENTS: dict[str, Any] = {
    "nothing": None,
    "a text": "event",
    "a number": 5,
    "a list": [http_event("GET", "/")],
    "an empty object": {},
    "format 1.0": having("1.0", "version"),
    "version a number": having(2.0, "version"),
    "no version": without("version"),
    "no request context": without("requestContext"),
    "request context null": having(None, "requestContext"),
    "request context a list": having([], "requestContext"),
    "no http": without("requestContext", "http"),
    "http a text": having("GET /", "requestContext", "http"),
    "no method": without("requestContext", "http", "method"),
    "method null": having(None, "requestContext", "http", "method"),
    "no path": without("requestContext", "http", "path"),
    "path a number": having(5, "requestContext", "http", "path"),
    "a schedule": {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
    "an S3 event": {"Records": [{"eventSource": "aws:s3", "s3": {}}]},
    "a load balancer's event": {"requestContext": {"elb": {}}, "httpMethod": "GET", "path": "/", "headers": {}},
    "a body that is no text": having({"a": 1}, "body"),
    "a body of bytes": having(b"abc", "body"),
    "a body that is no base64": {**having("a", "body"), "isBase64Encoded": True},
    "a body with a lone surrogate": having("\udc80", "body"),
}


@pytest.mark.parametrize("event", NO_EVENTS.values(), ids=NO_EVENTS)
def test_what_is_no_http_event_is_400_in_our_shape(function: OnLambda, event: Any, lines: LogLines) -> None:
    answer = function.invoke(event)
    body = answer.json()
    assert (answer.status, body["code"]) == (400, "VALIDATION_ERROR")
    assert set(body) == {"error", "message", "code"}
    assert body["error"]["requestId"] == answer.headers["x-request-id"] != ""
    assert answer.headers["content-type"] == "application/json"
    logged = lines.of("malformed_event")
    assert [line["requestId"] for line in logged] == [body["error"]["requestId"]]
    assert lines.of("crashed") == []


ODD_EVENTS: dict[str, Any] = {
    "headers null": having(None, "headers"),
    "no headers": without("headers"),
    "headers a list": having([], "headers"),
    "headers that are no texts": having({"a": None, "b": 5, "c": ["d"], "host": None}, "headers"),
    "no host": without("headers", "host"),
    "an empty host": having("", "headers", "host"),
    "a host of many colons": having("a:b:c", "headers", "host"),
    "an IPv6 host": having("[::1]:8080", "headers", "host"),
    "a host with a port": having("api.test:8443", "headers", "host"),
    "a host with a port that is none": having("api.test:https", "headers", "host"),
    "a host with an empty port": having("api.test:", "headers", "host"),
    "a host with an odd port": having("api.test:²", "headers", "host"),
    "a host with a port of 5000 digits": having("a:" + "5" * 5000, "headers", "host"),
    "a host with a port of six digits": having("a:555555", "headers", "host"),
    "a forwarded port of 5000 digits": having("5" * 5000, "headers", "x-forwarded-port"),
    "a forwarded port that is none": having("abc", "headers", "x-forwarded-port"),
    "a forwarded port that is empty": having("", "headers", "x-forwarded-port"),
    "a negative forwarded port": having("-1", "headers", "x-forwarded-port"),
    "headers in capitals": having({"HOST": "a:b:c", "X-Forwarded-Port": "x"}, "headers"),
    "cookies null": having(None, "cookies"),
    "cookies a text": having("a=b", "cookies"),
    "cookies a number": having(5, "cookies"),
    "cookies that are no texts": having([None, 5, "a=b", {}], "cookies"),
    "no query string": without("rawQueryString"),
    "a query string of null": having(None, "rawQueryString"),
    "a query string that is a number": having(5, "rawQueryString"),
    "no source address": without("requestContext", "http", "sourceIp"),
    "no request id": without("requestContext", "requestId"),
    "a request id that is no text": having(5, "requestContext", "requestId"),
    "an empty body": having("", "body"),
    "a body of null": having(None, "body"),
    "base64 of nothing": {**having("", "body"), "isBase64Encoded": True},
    "no word on base64": without("isBase64Encoded"),
    "keys of the other format": {**http_event("GET", "/"), "resource": "/", "httpMethod": "GET"},
}


@pytest.mark.parametrize("event", ODD_EVENTS.values(), ids=ODD_EVENTS)
def test_an_odd_event_of_a_good_request_is_answered_as_that(function: OnLambda, event: Any, lines: LogLines) -> None:
    answer = function.invoke(event)
    assert (answer.status, answer.text) == (200, "Lego Projects API is running")
    assert lines.of("crashed") == []


def assert_uuid(text: str) -> None:
    assert str(UUID(text)) == text


def test_without_a_request_id_of_the_gateway_there_is_one_all_the_same(function: OnLambda) -> None:
    answer = function.invoke(without("requestContext", "requestId"))
    assert_uuid(answer.headers["x-request-id"])


def test_a_malformed_event_that_has_the_gateways_id_is_answered_with_it(function: OnLambda) -> None:
    assert function.invoke(having({"a": 1}, "body")).headers["x-request-id"] == "gateway-1"


def test_an_event_without_any_id_is_answered_with_the_invocations(function: OnLambda) -> None:
    answer = function.invoke({}, Context(aws_request_id="33333333-2222-4333-8444-555555555555"))
    assert answer.headers["x-request-id"] == "33333333-2222-4333-8444-555555555555"


@pytest.mark.parametrize("context", [None, object(), "context", 5])
def test_a_missing_context_is_lived_with(function: OnLambda, context: Any) -> None:
    assert function.handler(http_event("GET", "/"), context)["statusCode"] == 200
    assert_uuid(function.handler({}, context)["headers"]["x-request-id"])


def test_an_application_that_cannot_be_made_is_500_in_our_shape_logged_and_tried_again(lines: LogLines) -> None:
    tried: list[int] = []

    def make() -> Any:
        tried.append(1)
        raise ModuleNotFoundError("secret")

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    handler = answering(Mangum(cast(ASGI, unbroken(Lazily(make, now=False))), lifespan="off"))
    answers = [handler(http_event("GET", "/"), Context()) for _ in range(2)]
    loop.close()
    for answer in answers:
        body = json.loads(answer["body"])
        assert (answer["statusCode"], body["code"]) == (500, "INTERNAL_SERVER_ERROR")
        assert answer["headers"]["content-type"] == "application/json"
        assert answer["headers"]["x-request-id"] == body["error"]["requestId"] == "gateway-1"
        assert "secret" not in answer["body"]
    assert ["secret" in line["stack"] for line in lines.of("crashed")] == [True] * 2
    assert len(tried) == 2


def test_a_crash_of_the_adapter_itself_is_500_in_our_shape_and_logged(lines: LogLines) -> None:
    def broken(event: Any, context: Any) -> dict[str, Any]:
        raise ZeroDivisionError("secret")

    answer = answering(broken)(http_event("GET", "/"), Context())
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["code"], body["error"]["message"]) == (
        500,
        "INTERNAL_SERVER_ERROR",
        "Internal server error",
    )
    assert "secret" not in answer["body"]
    assert [(line["requestId"], "secret" in line["stack"]) for line in lines.of("crashed")] == [
        (body["error"]["requestId"], True)
    ]
