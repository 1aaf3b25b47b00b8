"""Operations → HTML: what to send, what comes back, an example of each. Pure."""

from collections.abc import Mapping
from html import escape
from typing import Any

from service.domains.docs.schemas import bounds, kind, table
from service.domains.docs.text import code, example, inline, link, paragraphs

Description = Mapping[str, Any]


def article(method: str, path: str, operation: Mapping[str, Any], description: Description) -> str:
    """One operation."""
    name = operation["operationId"]
    words = " ".join((name, method, path, operation["summary"])).lower()
    state = ' <b class="old">for old clients</b>' if operation.get("deprecated") else ""
    return (
        f'<article id="{escape(name)}" data-words="{escape(words)}">'
        f"<h3>{badge(method)} {code(path)}{state}</h3>"
        f"<p class=summary>{inline(operation['summary'])}.</p>{paragraphs(operation.get('description', ''))}"
        f"<p class=who>{_who(operation)}</p>"
        f"{_parameters(operation)}{_body(operation, description)}{_responses(operation, description)}"
        "</article>"
    )


def badge(method: str) -> str:
    """The method, coloured."""
    return f'<span class="method {escape(method)}">{escape(method.upper())}</span>'


def _who(operation: Mapping[str, Any]) -> str:
    if not operation["security"]:
        return "For everybody."
    ways = [" and ".join(link(f"security-{name}", name) for name in way) for way in operation["security"]]
    return f"Signed in by {', or by '.join(ways)}."


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = "".join(map(_parameter, operation.get("parameters", ())))
    return f"<h4>Parameters</h4><table><tbody>{rows}</tbody></table>" if rows else ""


def _parameter(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"]
    mark = f'<b class="required">in the {parameter["in"]}</b>'
    told = [text for text in (inline(parameter.get("description", "")), bounds(schema)) if text]
    return f"<tr><th>{code(parameter['name'])} {mark}</th><td>{kind(schema)}</td><td>{'<br>'.join(told)}</td></tr>"


def _body(operation: Mapping[str, Any], description: Description) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return "".join(
        f"<h4>Body: {code(media_type)}</h4>{_content(media)}{_fields(media, description)}{_types(media)}"
        for media_type, media in content.items()
    )


def _fields(media: Mapping[str, Any], description: Description) -> str:
    """The fields of a JSON body, which its schema only refers to."""
    parts = media["schema"].get("allOf", [media["schema"]])
    names = [part["$ref"].rpartition("/")[2] for part in parts if "$ref" in part]
    return "".join(table(description["components"]["schemas"][name]) for name in names)


def _types(media: Mapping[str, Any]) -> str:
    """Which files a form's fields take."""
    told = [f"{code(name)}: {escape(one['contentType'])}" for name, one in media.get("encoding", {}).items()]
    return f"<p>Files: {'; '.join(told)}.</p>" if told else ""


def _responses(operation: Mapping[str, Any], description: Description) -> str:
    made = "".join(_response(status, one, description) for status, one in operation["responses"].items())
    return f"<h4>Answers</h4>{made}"


def _response(status: str, response: Mapping[str, Any], description: Description) -> str:
    if "$ref" in response:
        response = description["components"]["responses"][response["$ref"].rpartition("/")[2]]
    shown = " open" if status.startswith("2") else ""
    media = "".join(map(_content, response.get("content", {}).values()))
    names = [code(name) for name in response.get("headers", {})]
    headers = f"<p>Headers: {', '.join(names)}</p>" if names else ""
    summary = f'<summary><b class="s{status[0]}">{escape(status)}</b> {inline(response["description"])}</summary>'
    return f"<details{shown}>{summary}{media}{headers}</details>"


def _content(media: Mapping[str, Any]) -> str:
    schema = media["schema"]
    shape = table(schema) or f"<p>{kind(schema)}</p>"
    return shape + "".join(example(one["value"]) for one in media.get("examples", {}).values())
