"""Request bodies: JSON by its Struct, forms by their declaration. Pure."""

from typing import Any

from service.kernel.received import MEBIBYTE
from service.web.openapi.facts import Facts, FilePart, Form, JsonObject
from service.web.openapi.shapes import Shapes, never_null

BINARY: JsonObject = {"type": "string", "format": "binary"}


def json_body(shape: Any, facts: Facts, shapes: Shapes) -> JsonObject:
    """An `application/json` body."""
    schema = shapes.received(shape)
    content: JsonObject = {"schema": {"allOf": [schema, facts.narrowed]} if facts.narrowed else schema}
    if facts.request is not None:
        content["examples"] = {"request": {"value": facts.request}}
    return {"required": True, "content": {"application/json": content}}


def form_body(form: Form, shapes: Shapes) -> JsonObject:
    """A `multipart/form-data` body: the files in any one of their fields, the text fields as text."""
    properties: dict[str, JsonObject] = {}
    required = list(form.required_texts)
    rules: list[JsonObject] = []
    if form.texts is not None:
        texts = shapes.inline(form.texts)
        properties |= {name: never_null(schema) for name, schema in texts["properties"].items()}
        required += texts.get("required", [])
        rules = [{"anyOf": texts["anyOf"]}] if "anyOf" in texts else []
    properties |= form.more_texts
    for part in form.files:
        properties |= dict.fromkeys(part.fields, _file_schema(part))
        required += part.fields if part.required and len(part.fields) == 1 else []
    rules += [
        # Of the fields of one file, exactly one; files of a kind may come in all of theirs.
        {"oneOf" if part.most == 1 else "anyOf": [{"required": [field]} for field in part.fields]}
        for part in form.files
        if part.required and len(part.fields) > 1
    ]
    schema: JsonObject = {"type": "object", "properties": properties, "required": required, "allOf": rules}
    encoding = {field: _encoding(part, field) for part in form.files for field in part.fields}
    content = {"schema": {key: value for key, value in schema.items() if value}, "encoding": encoding}
    return {"required": True, "content": {"multipart/form-data": content}}


def _file_schema(part: FilePart) -> JsonObject:
    limit = f"At most {part.max_bytes // MEBIBYTE} MB."
    if part.most == 1:
        return {**BINARY, "description": limit}
    return {
        "type": "array",
        "items": BINARY,
        "minItems": 1,
        "maxItems": part.most,
        "description": f"{limit[:-1]} each.",
    }


def _encoding(part: FilePart, field: str) -> JsonObject:
    types: JsonObject = {"contentType": ", ".join(part.types)}
    if part.filename is None:
        return types
    disposition = f'form-data; name="{field}"; filename="{part.filename}"'
    return {**types, "headers": {"Content-Disposition": {"schema": {"type": "string", "example": disposition}}}}
