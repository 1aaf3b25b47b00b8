"""The whole page: one file that loads nothing, under a policy that lets it load nothing else."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from service.domains.docs.operations import Description, article, badge
from service.domains.docs.schemas import kind, table
from service.domains.docs.service import Page
from service.domains.docs.text import code, inline, link, paragraphs

ASSETS = Path(__file__).parent / "assets"


def page_of(description: Description) -> Page:
    """The page of an OpenAPI document."""
    style, script = ((ASSETS / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    info = description["info"]
    title = escape(info["title"])
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head><body>'
        f"<header><h1>{title} <small>{escape(info['version'])}</small></h1>"
        '<input id="search" type="search" placeholder="Search: / " aria-label="Search the operations"></header>'
        f"<nav>{''.join(_contents(description))}</nav><main>"
        f"<section>{paragraphs(info['description'])}{_servers(description)}{_security(description)}"
        f'<p>The same for programs: <a href="/openapi.json">openapi.json</a></p></section>'
        f"{''.join(_sections(description))}{_schemas(description)}"
        f"</main><script>{script}</script></body></html>"
    )
    return Page(html.encode(), _policy(style, script))


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _tagged(description: Description) -> Iterator[tuple[Mapping[str, Any], list[tuple[str, str, Mapping[str, Any]]]]]:
    """Each tag with its operations: (method, path, operation)."""
    for tag in description["tags"]:
        yield (
            tag,
            [
                (method, path, operation)
                for path, item in description["paths"].items()
                for method, operation in item.items()
                if tag["name"] in operation["tags"]
            ],
        )


def _contents(description: Description) -> Iterator[str]:
    for tag, operations in _tagged(description):
        yield f"<h2>{link('tag-' + tag['name'], tag['name'])}</h2><ul>"
        for method, path, operation in operations:
            name = escape(operation["operationId"])
            yield f'<li data-for="{name}"><a href="#{name}">{badge(method)} {escape(path)}</a></li>'
        yield "</ul>"


def _sections(description: Description) -> Iterator[str]:
    for tag, operations in _tagged(description):
        name = escape(tag["name"])
        yield f'<section id="tag-{name}"><h2>{name}</h2><p>{inline(tag["description"])}</p>'
        for method, path, operation in operations:
            yield article(method, path, operation, description)
        yield "</section>"


def _servers(description: Description) -> str:
    rows = [f"<li>{code(one['url'])} {inline(one['description'])}</li>" for one in description["servers"]]
    return f"<h2>Servers</h2><ul>{''.join(rows)}</ul>"


def _security(description: Description) -> str:
    schemes = description["components"]["securitySchemes"]
    rows = [
        f'<dt id="security-{escape(name)}">{code(name)}</dt><dd>{inline(one["description"])}</dd>'
        for name, one in schemes.items()
    ]
    return f"<h2>Signing in</h2><dl>{''.join(rows)}</dl>"


def _schemas(description: Description) -> str:
    shown = [
        f'<div class="schema" id="schema-{escape(name)}"><h3>{escape(name)}</h3>'
        f"<p>{inline(schema.get('description', ''))}</p>{table(schema) or f'<p>{kind(schema)}</p>'}</div>"
        for name, schema in description["components"]["schemas"].items()
    ]
    return f'<section id="schemas"><h2>Schemas</h2>{"".join(shown)}</section>'
