"""What to compare is read from paths, from a description, from a log; and it never changes anything."""

import json
from pathlib import Path
from typing import Any

import pytest

from cutover.core.asking_for import Operation, filled, logged, operations, parse_request
from cutover.core.mismatch import Asked

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("text", "method", "path"),
    [("/", "GET", "/"), ("/a?b=%20", "GET", "/a?b=%20"), ("GET /a", "GET", "/a"), ("HEAD  /a", "HEAD", "/a")],
)
def test_a_path_is_a_get_if_nothing_else_is_said(text: str, method: str, path: str) -> None:
    assert parse_request(text) == Asked(method, path, path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("POST /a", "only GET and HEAD are compared"),
        ("DELETE /api/mocs/1", "only GET and HEAD are compared"),
        ("", "is not a path"),
        ("a", "is not a path"),
        ("https://a.example/", "is not a path"),
        ("//a.example/", "is not a path"),
        ("/a b", "is not a path"),
        ("/a#b", "is not a path"),
        ("/a\r\nX: y", "is not a path"),
        ("/\u00e9", "is not a path"),
    ],
)
def test_what_is_no_reading_request_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_request(text)


def test_the_gets_of_a_description_are_found() -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/a": {"get": {}, "post": {}},
            "/only-post": {"post": {}},
            "/odd": None,
            "/b": {"parameters": [{"in": "query", "name": "q", "required": True, "schema": {"enum": ["x", "y"]}}],
                   "get": {"parameters": [{"in": "query", "name": "z"}, {"in": "path", "name": "p"}]}},
            "/c": {"get": {"parameters": [{"in": "query", "name": "needed", "required": True}]}},
        },
    }  # fmt: skip

    found, left_out = operations(document)

    assert found == [Operation("/a", {}), Operation("/b", {"q": "x"})]
    assert left_out == ["GET /c: there is no example for needed"]


@pytest.mark.parametrize("document", [{}, [], {"paths": {}}, {"openapi": "3.1.0"}, {"swagger": "2.0", "paths": {}}])
def test_what_is_no_description_is_told(document: Any) -> None:
    with pytest.raises(ValueError, match="no OpenAPI 3 description"):
        operations(document)


ANSWERS: dict[str, Any] = {
    "/api/mocs": {"success": True, "data": [{"id": "m 1"}, {"id": "m2"}]},
    "/api/mocs/m%201": {"data": {"id": "m1", "files": [{"id": 7}], "partsLists": [{"id": "p1"}], "tags": ["x"]}},
}


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/", "/"),
        ("/api/mocs", "/api/mocs"),
        ("/api/mocs/{mocId}", "/api/mocs/m%201"),
        ("/api/mocs/{mocId}/files/{fileId}/download", "/api/mocs/m%201/files/7/download"),
        ("/api/mocs/{mocId}/parts-lists/{listId}", "/api/mocs/m%201/parts-lists/p1"),
        ("/api/users/{userId}", None),
        ("/api/mocs/{mocId}/tags/{tag}", None),
        ("/{all}", None),
    ],
)
def test_ids_are_those_that_the_baseline_names(template: str, path: str | None) -> None:
    found = filled(Operation(template, {}), ANSWERS.get)

    assert found == (Asked("GET", path, template) if path else None)


def test_query_parameters_that_are_needed_are_given() -> None:
    assert filled(Operation("/a", {"q": "x y"}), ANSWERS.get) == Asked("GET", "/a?q=x+y", "/a")


def test_the_services_own_description_can_be_asked_for() -> None:
    found, left_out = operations(json.loads((ROOT / "service/openapi.json").read_text()))

    assert left_out == []
    assert {"/health", "/api/mocs", "/api/mocs/{mocId}", "/api/wishlist"} <= {one.template for one in found}


def line(request: str, status: int = 200) -> str:
    """One line of a load balancer's access log."""
    return (
        "https 2026-11-22T09:00:00.186641Z app/api/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037"
        f' {status} {status} 0 57 "{request}" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2'
        ' arn:aws:elasticloadbalancing:x "Root=1-58337281" "api.example.com" "-" 1 2026-11-22T09:00:00.1Z "forward"\n'
    )


def test_a_log_gives_its_most_frequent_gets_once_each() -> None:
    lines = [
        *[line("GET https://api.example.com:443/api/mocs?page=2 HTTP/2.0")] * 3,
        *[line("GET https://api.example.com:443/health HTTP/1.1")] * 5,
        line("GET http://api.example.com:80 HTTP/1.1"),
        line("POST https://api.example.com:443/api/mocs HTTP/2.0"),
        line("- http://api.example.com:80- -", 400),
        line("GET https://[bad/ HTTP/2.0"),
        "rubbish\n",
    ]

    found, others = logged(lines, 2)

    assert [asked.path for asked in found] == ["/health", "/api/mocs?page=2"]
    assert others == 4
    assert [asked.path for asked in logged(lines, 9)[0]] == ["/health", "/api/mocs?page=2", "/"]
