"""JSON Schemas → HTML: a line for what a value may be, a table for an object. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.domains.docs.text import code, inline, link, value

Schema = Mapping[str, Any]

_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "default": "if not given: {}",
    "pattern": "pattern {}",
}


def kind(schema: Schema) -> str:
    """What a value may be, such as "array of Moc" with Moc as a link."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return link(f"schema-{name}", name)
    for word, joined in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if word in schema and "properties" not in schema:
            return joined.join(dict.fromkeys(kind(one) for one in schema[word]))
    if "const" in schema:
        return value(schema["const"])
    if "enum" in schema:
        return " | ".join(value(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"array of {kind(schema.get('items', {}))}"
    return _named(schema)


def table(schema: Schema) -> str:
    """The fields of an object; nothing for anything else."""
    properties = schema.get("properties", {})
    if not properties:
        return ""
    required = set(schema.get("required", ()))
    rows = "".join(_row(name, one, name in required) for name, one in properties.items())
    return f"<table><tbody>{rows}</tbody></table>{_rules(schema)}"


def bounds(schema: Schema) -> str:
    """What a value has to keep to."""
    return "; ".join(dict.fromkeys(_bounds(schema)))


def _row(name: str, schema: Schema, required: bool) -> str:
    mark = '<b class="required">required</b>' if required else ""
    told = [text for text in (inline(schema.get("description", "")), bounds(schema)) if text]
    return f"<tr><th>{code(name)} {mark}</th><td>{kind(schema)}</td><td>{'<br>'.join(told)}</td></tr>"


def _named(schema: Schema) -> str:
    types = schema.get("type", "")
    text = " or ".join(types) if isinstance(types, list) else types
    name = schema.get("format")
    return f"{text} ({name})" if text and name else text or name or "anything"


def _bounds(schema: Schema) -> Iterator[str]:
    for word, sentence in _BOUNDS.items():
        if word in schema:
            yield sentence.format(value(schema[word]) if word in ("default", "pattern") else schema[word])
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _bounds(part)
    if "items" in schema:
        yield from (f"each {told}" for told in _bounds(schema["items"]))


def _rules(schema: Schema) -> str:
    """What holds between the fields of an object."""
    found = [rule for rule in (*schema.get("allOf", ()), schema) if "anyOf" in rule or "oneOf" in rule]
    return "".join(f"<p>Either {', or '.join(map(_alternative, _alternatives(rule)))}.</p>" for rule in found)


def _alternatives(rule: Schema) -> list[Schema]:
    return [*rule.get("anyOf", ()), *rule.get("oneOf", ())]


def _alternative(schema: Schema) -> str:
    fixed = [
        f"{code(name)} = {value(one['const'])}" for name, one in schema.get("properties", {}).items() if "const" in one
    ]
    return " with ".join([*fixed, *(code(name) for name in schema.get("required", ()))])
