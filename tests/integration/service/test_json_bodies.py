"""JSON bodies byte by byte: whatever comes in, the answer is a failure in our shape and nothing is stored."""

import json

import pytest

from tests.integration.service.api import MOC, Api, assert_failure

JSON = "application/json"
GOOD = json.dumps(MOC).encode()
LIMIT = 1024 * 1024

UNREADABLE = {
    "empty": b"",
    "one space": b" ",
    "truncated": GOOD[:-3],
    "two values": GOOD + GOOD,
    "null": b"null",
    "an array": b"[]",
    "a string": b'"x"',
    "a number": b"1",
    "true": b"true",
    "not UTF-8": GOOD.replace(b"Ada", b"A\xffa"),
    "an overlong encoding": GOOD.replace(b"Ada", b"A\xc0\xafa"),
    "a surrogate in UTF-8": GOOD.replace(b"Ada", b"\xed\xa0\x80"),
    "nested 100,000 deep": b"[" * 100_000,
    "nested deep under a key nobody reads": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested deep under a known key": b'{"title":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    "UTF-8 with a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a lone surrogate": GOOD.replace(b"Ada", b"\\ud800"),
    "a reversed pair of surrogates": GOOD.replace(b"Ada", b"\\udc00\\ud800"),
    "NaN": GOOD.replace(b'"Ada"', b"NaN"),
    "Infinity": GOOD.replace(b'"Ada"', b"-Infinity"),
    "single quotes": b"{'title': 'a'}",
    "a comment": b"{/* */}",
    "a trailing comma": b'{"title": "a",}',
    "a raw control character": GOOD.replace(b"Ada", b"A\x01a"),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "NUL bytes": b"\x00" * 100,
    "a form": b"title=Falcon&type=moc",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_body_that_is_no_object_in_json_is_400(api: Api, method: str, body: bytes) -> None:
    path = "/api/mocs" if method == "POST" else "/api/mocs/00000000-0000-0000-0000-000000000000"
    answer = await api.call(method, path, content=body, headers={"Content-Type": JSON})
    assert_failure(answer, 400, "VALIDATION_ERROR")
    assert (await api.get("/api/mocs")).json()["total"] == 0


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/x-msgpack",
        "application/json-patch+json",
        "*/*",
        ";;;=,",
        b"\xff\xfe",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json;charset=bogus",
        "application/json; Charset=UTF-16",
        'application/json; version=1; charset="utf-16"',
        "text/plain; a=application/json",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
async def test_another_type_or_charset_or_none_is_415(api: Api, method: str, content_type: str | bytes | None) -> None:
    moc = await api.create(title="Before")
    path = "/api/mocs" if method == "POST" else f"/api/mocs/{moc['id']}"
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await api.call(method, path, content=GOOD, headers=headers)
    assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert [found["title"] for found in (await api.get("/api/mocs")).json()["data"]] == ["Before"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json;charset=utf-8",
        "application/json; charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json; Charset=Utf8",
        "application/json; charset=utf-8; version=1",
        "application/json; version=1",
        "application/json ;",
    ],
)
async def test_json_in_utf_8_is_taken_however_the_header_spells_it(api: Api, content_type: str) -> None:
    answer = await api.call("POST", "/api/mocs", content=GOOD, headers={"Content-Type": content_type})
    assert answer.status_code == 201, answer.text


def padded(size: int) -> bytes:
    """A good body of exactly that many bytes, most of them under a key that nobody reads."""
    start, end = GOOD[:-1] + b', "x": "', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


async def test_a_body_of_one_mebibyte_is_taken(api: Api) -> None:
    answer = await api.call("POST", "/api/mocs", content=padded(LIMIT), headers={"Content-Type": JSON})
    assert answer.status_code == 201, answer.text


async def test_a_byte_more_is_413(api: Api) -> None:
    answer = await api.call("POST", "/api/mocs", content=padded(LIMIT + 1), headers={"Content-Type": JSON})
    assert_failure(answer, 413, "PAYLOAD_TOO_LARGE")
    assert (await api.get("/api/mocs")).json()["total"] == 0


async def test_a_large_body_without_a_length_is_413_too(api: Api) -> None:
    async def chunks() -> object:
        for _ in range(40):
            yield b"x" * 65536

    answer = await api.call("POST", "/api/mocs", content=chunks(), headers={"Content-Type": JSON})
    assert_failure(answer, 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("length", ["5", "0", "999999999999", "-1", "x", "1e3"])
async def test_a_length_that_lies_is_never_a_crash(api: Api, length: str) -> None:
    answer = await api.call(
        "POST", "/api/mocs", content=iter_once(GOOD), headers={"Content-Type": JSON, "Content-Length": length}
    )
    assert answer.status_code in (201, 400, 413), answer.text


async def iter_once(body: bytes) -> object:
    yield body


async def test_keys_that_nobody_knows_are_ignored_and_change_nothing(api: Api) -> None:
    extras = {
        "userId": "bob",
        "user_id": "bob",
        "id": "00000000-0000-0000-0000-000000000000",
        "createdAt": "2001-01-01T00:00:00Z",
        "updatedAt": "2001-01-01T00:00:00Z",
        "totalPieceCount": 5,
        "files": [],
        "__proto__": {},
        "": 1,
    }
    made = (await api.post("/api/mocs", {**MOC, **extras})).json()["data"]
    assert (made["userId"], made["title"]) == ("alice", "Falcon")
    assert made["id"] != extras["id"]
    assert not made["createdAt"].startswith("2001")
    assert "totalPieceCount" not in made
    assert (await api.patch(f"/api/mocs/{made['id']}", extras)).json()["data"] == made


async def test_of_a_key_that_comes_twice_the_last_counts(api: Api) -> None:
    body = b'{"title": "First", "title": "Second", "type": "moc", "author": "Ada"}'
    answer = await api.call("POST", "/api/mocs", content=body, headers={"Content-Type": JSON})
    assert answer.json()["data"]["title"] == "Second"
