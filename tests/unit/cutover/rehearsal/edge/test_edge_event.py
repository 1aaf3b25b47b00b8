"""Building events of payload format 2.0."""

import base64
from typing import Any

import msgspec
import pytest

from cutover.rehearsal.edge.gateway.event import ApiIdentity, Arrival, build_event, encode_body, is_text, split_target
from cutover.rehearsal.edge.gateway.routes import Match
from cutover.rehearsal.edge.http.server import Request
from cutover.rehearsal.edge.http.text import Header

IDENTITY = ApiIdentity("123456789012", "a1b2c3d4e5", "$default", "api.lego-moc.example.test", 8443)
ARRIVAL = Arrival("127.0.0.1", "JKJaXmPLvHcESHA=", "Root=1-67891233-abcdef012345678912345678", 1763805600.25)


def event_of(
    target: bytes = b"/api/mocs",
    headers: list[Header] | None = None,
    body: bytes = b"",
    parameters: dict[str, str] | None = None,
) -> dict[str, Any]:
    request = Request("POST", target, "1.1", headers or [], body, True, 0.0)
    match = Match("ANY /api/mocs", "mocs", parameters or {})
    decoded: dict[str, Any] = msgspec.json.decode(build_event(IDENTITY, match, request, split_target(target), ARRIVAL))
    return decoded


def test_a_whole_event_looks_as_documented() -> None:
    headers = [(b"host", b"api.lego-moc.example.test"), (b"user-agent", b"curl/8"), (b"content-type", b"text/plain")]
    assert event_of(b"/api/mocs?page=1", headers, b"hello") == {
        "version": "2.0",
        "routeKey": "ANY /api/mocs",
        "rawPath": "/api/mocs",
        "rawQueryString": "page=1",
        "headers": {
            "host": "api.lego-moc.example.test",
            "user-agent": "curl/8",
            "content-type": "text/plain",
            "content-length": "5",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-proto": "http",
            "x-forwarded-port": "8443",
            "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678",
        },
        "queryStringParameters": {"page": "1"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "api.lego-moc.example.test",
            "domainPrefix": "api",
            "http": {
                "method": "POST",
                "path": "/api/mocs",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "ANY /api/mocs",
            "stage": "$default",
            "time": "22/Nov/2025:10:00:00 +0000",
            "timeEpoch": 1763805600250,
        },
        "body": "hello",
        "isBase64Encoded": False,
    }


def test_what_is_not_there_is_left_out() -> None:
    event = event_of()
    assert not {"cookies", "queryStringParameters", "pathParameters", "body"} & set(event)
    assert (event["rawQueryString"], event["isBase64Encoded"]) == ("", False)
    assert event["headers"]["content-length"] == "0"


def test_repeated_headers_are_joined_and_cookies_taken_apart() -> None:
    raw = [(b"x-two", b"a"), (b"x-two", b"b"), (b"cookie", b"a=1; b=2"), (b"cookie", b"c=3;")]
    event = event_of(headers=raw)
    assert (event["headers"]["x-two"], event["cookies"]) == ("a,b", ["a=1", "b=2", "c=3"])
    assert "cookie" not in event["headers"]


def test_headers_of_the_connection_do_not_reach_the_event() -> None:
    raw = [(b"connection", b"x"), (b"transfer-encoding", b"chunked"), (b"te", b"x"), (b"expect", b"100-continue")]
    assert set(event_of(headers=raw)["headers"]) == set(event_of()["headers"])


def test_header_bytes_beyond_ascii_survive_as_utf_8() -> None:
    assert event_of(headers=[(b"x-name", "Bjørn".encode()), (b"x-odd", b"\xff")])["headers"]["x-name"] == "Bjørn"


def test_an_earlier_forwarded_for_is_appended_to() -> None:
    assert event_of(headers=[(b"x-forwarded-for", b"203.0.113.9")])["headers"]["x-forwarded-for"] == (
        "203.0.113.9, 127.0.0.1"
    )


def test_query_parameters_are_decoded_and_joined_while_the_raw_query_stays() -> None:
    event = event_of(b"/api/mocs?tag=a%20b&tag=c+d&empty=&x=%C3%A9")
    assert event["rawQueryString"] == "tag=a%20b&tag=c+d&empty=&x=%C3%A9"
    assert event["queryStringParameters"] == {"tag": "a b,c d", "empty": "", "x": "é"}


def test_a_binary_body_is_flagged_in_the_event() -> None:
    event = event_of(headers=[(b"content-type", b"image/png")], body=b"\x89PNG")
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\x89PNG").decode(), True)


def test_path_parameters_are_passed_on() -> None:
    assert event_of(parameters={"proxy": "1/files"})["pathParameters"] == {"proxy": "1/files"}


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/a%2Fb%20c", "/a/b c", ""),
        (b"/caf%C3%A9", "/café", ""),
        (b"/bad%FF", "/bad\ufffd", ""),
        (b"/cut%3Fhere?x=1", "/cut", "x=1"),
        (b"http://host/absolute?x=1", "/absolute", "x=1"),
        (b"http://host", "/", ""),
        (b"*", "*", ""),
    ],
)
def test_the_path_is_decoded_as_the_service_does(target: bytes, path: str, query: str) -> None:
    assert split_target(target) == (path, query)


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("text/plain", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/problem+json", True),
        ("image/svg+xml", True),
        ("application/octet-stream", False),
        ("multipart/form-data; boundary=x", False),
        ("application/x-www-form-urlencoded", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_the_content_type_decides_between_text_and_base64(content_type: str, text: bool) -> None:
    assert is_text(content_type) is text


def test_bodies_keep_every_byte() -> None:
    every = bytes(range(256))
    assert encode_body(every, "image/png") == (base64.b64encode(every).decode(), True)
    assert encode_body(b"\xff\xfe", "application/json") == (base64.b64encode(b"\xff\xfe").decode(), True)
    assert encode_body("é".encode(), "text/plain") == ("é", False)
