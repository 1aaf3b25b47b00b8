"""The page that shows the API's description."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from service.domains.docs.page import page_of
from service.domains.docs.schemas import bounds, kind, table
from service.domains.docs.service import Docs, Page
from service.domains.docs.text import inline, paragraphs

EVIL = '</pre><script>alert("x")</script>'
VOID = frozenset({"meta", "input", "br"})


def described(**operation: Any) -> dict[str, Any]:
    """A description of one operation."""
    found = {
        "operationId": "readThing",
        "summary": "One `thing`",
        "tags": ["things"],
        "security": [{"BearerAuth": []}],
        "responses": {"200": {"description": "Success."}, "404": {"$ref": "#/components/responses/NotFound"}},
        **operation,
    }
    return {
        "info": {"title": "A & B", "version": "1", "description": "First.\n\nSecond `x`."},
        "servers": [{"url": "/", "description": "Here"}],
        "tags": [{"name": "things", "description": "All of them."}],
        "paths": {"/things/{id}": {"get": found}},
        "components": {
            "schemas": {"Thing": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}},
            "responses": {"NotFound": {"description": "There is none."}},
            "securitySchemes": {"BearerAuth": {"description": "A token."}},
        },
    }


def html_of(**operation: Any) -> str:
    """The page of it."""
    return page_of(described(**operation)).html.decode()


class Balanced(HTMLParser):
    """Fails at an end that closes something else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def digests(html: str, tag: str) -> list[str]:
    """What the policy has to name."""
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return ["sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found]


def test_the_policy_lets_the_pages_own_style_and_script_in_and_nothing_else() -> None:
    page = page_of(described())
    html = page.html.decode()
    (style,), (script,) = digests(html, "style"), digests(html, "script")
    assert page.policy == (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def test_whatever_the_description_says_is_text() -> None:
    examples = {"evil": {"value": {"a": EVIL}}}
    schema = {"type": "object", "properties": {EVIL: {"description": EVIL, "enum": [EVIL], "pattern": EVIL}}}
    body = {"content": {"application/json": {"schema": schema, "examples": examples}}}
    html = html_of(summary=EVIL, description=EVIL, requestBody=body)
    assert html.count("<script>") == 1
    assert "alert(&quot;x&quot;)" in html


def test_the_real_page_closes_what_it_opens() -> None:
    parser = Balanced()
    parser.feed(Docs().page().html.decode())
    assert parser.open == []


def test_every_link_within_the_page_leads_somewhere() -> None:
    html = Docs().page().html.decode()
    assert set(re.findall(r'href="#([^"]+)"', html)) - set(re.findall(r'id="([^"]+)"', html)) == set()


def test_an_operation_shows_who_may_ask_what_to_send_and_what_comes_back() -> None:
    body = {
        "content": {
            "application/json": {
                "schema": {"allOf": [{"$ref": "#/components/schemas/Thing"}, {"properties": {"a": {"maxLength": 3}}}]},
                "examples": {"request": {"value": {"a": "b"}}},
            }
        }
    }
    parameter = {"name": "id", "in": "path", "description": "Which.", "schema": {"type": "string", "format": "uuid"}}
    html = html_of(requestBody=body, parameters=[parameter], description="More.", deprecated=True)
    assert "Signed in by <a" in html
    assert "<code>id</code>" in html
    assert "string (uuid)" in html
    assert "&quot;a&quot;: &quot;b&quot;" in html
    assert "There is none." in html
    assert "for old clients" in html


def test_a_public_operation_says_so() -> None:
    assert "For everybody." in html_of(security=[])


def test_a_form_says_which_files_it_takes() -> None:
    media = {
        "schema": {"properties": {"image": {"type": "string"}}},
        "encoding": {"image": {"contentType": "image/png"}},
    }
    assert "Files: <code>image</code>: image/png." in html_of(requestBody={"content": {"multipart/form-data": media}})


def test_headers_of_an_answer_are_named() -> None:
    assert "Headers: <code>Location</code>" in html_of(
        responses={"302": {"description": "There.", "headers": {"Location": {}}}}
    )


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"format": "uuid"}, "uuid"),
        ({}, "anything"),
        ({"const": True}, "<code>true</code>"),
        ({"enum": ["a", 1]}, "<code>&quot;a&quot;</code> | <code>1</code>"),
        ({"type": "array"}, "array of anything"),
        ({"anyOf": [{"type": "string"}, {"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object"}]}, '<a href="#schema-A">A</a> and object'),
    ],
)
def test_what_a_value_may_be_is_said_in_words(schema: dict[str, Any], shown: str) -> None:
    assert kind(schema) == shown


def test_what_a_value_has_to_keep_to_is_said_once() -> None:
    schema = {"anyOf": [{"maxLength": 5}, {"maxLength": 5}], "default": "x", "items": {"minimum": 1}}
    assert bounds(schema) == ("if not given: <code>&quot;x&quot;</code>; at most 5 characters; each at least 1")


def test_what_holds_between_fields_is_said_below_them() -> None:
    rule = {"anyOf": [{"properties": {"type": {"const": "moc"}}, "required": ["author"]}, {"required": ["brand"]}]}
    shown = table({"properties": {"type": {"type": "string"}}, **rule})
    assert shown.endswith(
        "<p>Either <code>type</code> = <code>&quot;moc&quot;</code> with <code>author</code>, "
        "or <code>brand</code>.</p>"
    )
    assert table({"type": "string"}) == ""


def test_words_between_backticks_are_code_and_blank_lines_part_paragraphs() -> None:
    assert inline("a `<b>`") == "a <code>&lt;b&gt;</code>"
    assert paragraphs("one\n\ntwo") == "<p>one</p><p>two</p>"


def test_the_page_is_made_once(tmp_path: Path) -> None:
    docs = Docs()
    page = docs.page()
    assert isinstance(page, Page)
    docs.file = tmp_path / "gone"
    assert docs.page() is page
    assert docs.description().startswith(b"{")
