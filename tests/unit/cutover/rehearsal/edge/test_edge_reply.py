"""What the HTTP API makes of what a function returned."""

import base64
import json
from typing import Any

import pytest

from cutover.rehearsal.edge.gateway.reply import Reply, refusal, reply_of

JSON = (b"content-type", b"application/json")
BROKEN = Reply(500, [JSON], b'{"message":"Internal Server Error"}')


def answered(result: Any) -> Reply:
    return reply_of(json.dumps(result).encode())


def test_a_full_response_is_passed_on() -> None:
    given = {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json", "X-Number": 3, "X-Flag": True},
        "cookies": ["a=1", "b=2"],
        "body": '{"ü":1}',
    }
    headers = [JSON, (b"x-number", b"3"), (b"x-flag", b"true"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert answered(given) == Reply(201, headers, '{"ü":1}'.encode())


def test_a_base64_body_is_decoded() -> None:
    every = bytes(range(256))
    given = {"statusCode": 200, "body": base64.b64encode(every).decode(), "isBase64Encoded": True}
    assert answered(given).body == every


def test_a_body_without_a_type_is_plain_text_and_no_body_has_none() -> None:
    assert answered({"statusCode": 200, "body": "x"}).headers == [(b"content-type", b"text/plain; charset=utf-8")]
    assert answered({"statusCode": 204, "headers": None, "body": None}) == Reply(204, [], b"")


@pytest.mark.parametrize("result", [{"message": "hi"}, {}, "hello", 3, None, [1], {"body": "x"}])
def test_json_without_a_status_is_the_body_itself(result: Any) -> None:
    assert answered(result) == Reply(200, [JSON], json.dumps(result).encode())


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "200"},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": None},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"bad name": "x"}},
        {"statusCode": 200, "headers": {"x": "split\r\nhere"}},
        {"statusCode": 200, "headers": ["x"]},
        {"statusCode": 200, "cookies": ["a\nb"]},
    ],
)
def test_a_malformed_response_is_a_500(result: Any) -> None:
    assert answered(result) == BROKEN


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b'{"statusCode":200,"body":"\xff"}'])
def test_what_is_not_json_is_a_500(payload: bytes) -> None:
    assert reply_of(payload) == BROKEN


def test_headers_that_the_gateway_sets_itself_are_not_taken() -> None:
    headers = {"Connection": "close", "Transfer-Encoding": "chunked", "Date": "x", "apigw-requestid": "x", "te": "x"}
    assert answered({"statusCode": 200, "headers": headers}) == Reply(200, [], b"")


def test_a_length_is_only_remembered() -> None:
    assert answered({"statusCode": 200, "headers": {"content-length": "42"}}) == Reply(200, [], b"", 42)
    assert answered({"statusCode": 200, "headers": {"content-length": "x"}}) == Reply(200, [], b"", None)


@pytest.mark.parametrize(
    ("status", "message"), [(404, "Not Found"), (413, "Request Too Long"), (503, "Service Unavailable")]
)
def test_refusals_have_the_apis_words(status: int, message: str) -> None:
    assert refusal(status) == Reply(status, [JSON], json.dumps({"message": message}, separators=(",", ":")).encode())
