"""The API's description: it is what the code does, it is valid, and it is whole."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from litestar.handlers import HTTPRouteHandler
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from service.entrypoints import openapi
from service.entrypoints.api import DOMAINS
from service.runtime import build_runtime
from service.settings import Settings
from service.web.openapi.document import handlers_of

JSON = dict[str, Any]


@cache
def description() -> JSON:
    """As it is kept with the code."""
    made: JSON = json.loads(openapi.FILE.read_text(encoding="utf-8"))
    return made


@cache
def routes() -> dict[str, HTTPRouteHandler]:
    """The handlers of the API by their operation ids."""
    runtime = build_runtime(Settings.from_env(openapi.NOWHERE))
    found = handlers_of([domain(runtime) for domain in DOMAINS])
    return {str(handler.operation_id): handler for _, _, handler in found}


def operations() -> list[JSON]:
    """Every operation of the description."""
    return [operation for item in description()["paths"].values() for operation in item.values()]


def walk(node: Any) -> Iterator[JSON]:
    """Every object within, the outer ones first."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def resolved(node: JSON) -> JSON:
    """What a reference refers to."""
    while "$ref" in node:
        found: Any = description()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def media() -> Iterator[tuple[str, JSON]]:
    """Each body and each answer that has a schema: where it is, and its media type object."""
    for operation in operations():
        parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for status, part in parts.items():
            for content in resolved(part).get("content", {}).values():
                yield f"{operation['operationId']} {status}", content


def validator(schema: JSON) -> jsonschema_rs.Draft202012Validator:
    """Of a schema of the description, formats included."""
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": description()["components"]}, validate_formats=True
    )


def test_it_is_what_the_code_does() -> None:
    wanted = openapi.text_of(openapi.described())
    differing = openapi.differences(openapi.FILE.read_text(encoding="utf-8"), wanted)
    assert not differing, "\n".join([*differing, f"renew it: {openapi.RENEW}"])


def test_it_is_openapi_3_1() -> None:
    assert description()["openapi"].startswith("3.1.")
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(description())] == []


def test_every_reference_leads_somewhere() -> None:
    references = [node for node in walk(description()) if isinstance(node.get("$ref"), str)]
    assert len(references) > 500
    for node in references:
        assert resolved(node)


def test_every_handler_has_an_id_of_its_own_a_tag_and_says_what_it_does() -> None:
    ids = Counter(operation["operationId"] for operation in operations())
    assert [name for name, count in ids.items() if count > 1 or name == "None"] == []
    known = {tag["name"] for tag in description()["tags"] if tag["description"]}
    for operation in operations():
        assert operation["tags"], operation["operationId"]
        assert set(operation["tags"]) <= known, operation["operationId"]
        assert (routes()[operation["operationId"]].fn.__doc__ or "").strip(), operation["operationId"]
        assert operation["summary"]


def test_exactly_the_public_routes_ask_nobody_to_sign_in() -> None:
    public = {name for name, handler in routes().items() if handler.opt.get("public")}
    assert (
        {one["operationId"] for one in operations() if one["security"] == []}
        == public
        == {
            "healthCheck",
            "getCsrfToken",
        }
    )
    for operation in operations():
        statuses = set(operation["responses"])
        assert ("401" in statuses) == (operation["operationId"] not in public)


def test_a_get_has_neither_a_body_nor_errors_of_one() -> None:
    for item in description()["paths"].values():
        if "get" in item:
            assert "requestBody" not in item["get"]
            assert not {"409", "413", "415", "422"} & set(item["get"]["responses"])


def test_every_body_and_every_answer_has_an_example_that_fits_its_schema() -> None:
    seen = 0
    for where, content in media():
        if "encoding" in content:  # a form, whose files no JSON example shows
            continue
        checked = validator(content["schema"])
        assert content.get("examples"), where
        for example in content["examples"].values():
            assert [error.message for error in checked.iter_errors(example["value"])] == [], where
            seen += 1
    assert seen > 300


def test_no_answer_holds_null() -> None:
    answers = [content["schema"] for where, content in media() if not where.endswith("request")]
    reached: dict[str, JSON] = {}
    left = [node["$ref"] for node in walk(answers) if "$ref" in node]
    while left:
        name = left.pop()
        if name not in reached:
            reached[name] = resolved({"$ref": name})
            left += [node["$ref"] for node in walk(reached[name]) if "$ref" in node]
    assert len(reached) > 50
    for name, schema in reached.items():
        for node in walk(schema):
            assert node.get("type") != "null", name
            assert node.get("default", "") is not None, name
        if "properties" in schema:
            assert schema["additionalProperties"] is False, name


def test_schemas_have_names_that_people_can_read() -> None:
    names = set(description()["components"]["schemas"])
    assert [name for name in names if not name.isalnum() or not name[0].isupper()] == []


def test_every_pattern_is_one_of_ecmascript() -> None:
    playwright = pytest.importorskip("playwright")
    node = Path(playwright.__file__).parent / "driver" / "node"
    patterns = sorted({one["pattern"] for one in walk(description()) if isinstance(one.get("pattern"), str)})
    assert len(patterns) > 5
    code = "for (const one of JSON.parse(process.argv[1])) new RegExp(one, 'u')"
    told = subprocess.run([str(node), "-e", code, json.dumps(patterns)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_links_lead_to_operations_and_give_all_their_path_parameters() -> None:
    wanted = {
        operation["operationId"]: {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        for operation in operations()
    }
    links = [link for one in operations() for response in one["responses"].values() for link in _links(response)]
    assert len(links) > 40
    for link in links:
        assert set(link.get("parameters", ())) == wanted[link["operationId"]]


def _links(response: JSON) -> list[JSON]:
    return list(response.get("links", {}).values())


def test_checking_tells_what_differs_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "openapi.json"
    monkeypatch.setattr(openapi, "FILE", kept)
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0
    old = kept.read_text(encoding="utf-8").replace('"deleteMOC"', '"removeMOC"')
    kept.write_text(old, encoding="utf-8")
    assert openapi.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert "removeMOC" in told
    assert openapi.RENEW in told
    assert kept.read_text(encoding="utf-8") == old


def test_checking_without_a_file_tells_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "FILE", tmp_path / "nothing.json")
    assert openapi.main(["--check"]) == 1
