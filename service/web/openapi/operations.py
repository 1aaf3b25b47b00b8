"""A route handler, with the facts about it → an operation of the description."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from inspect import cleandoc
from typing import Any, get_args, get_origin

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter
from litestar.types import Empty

from service.kernel.envelope import Listed, One, Page
from service.web.openapi.bodies import form_body, json_body
from service.web.openapi.facts import Answer, Facts, JsonObject
from service.web.openapi.failures import REQUEST_ID_HEADER, FailureResponses, Traits, codes_of
from service.web.openapi.shapes import Contradiction, Shapes
from service.web.wire import Encoded

BEARER, COOKIE, CSRF = "BearerAuth", "CookieAuth", "CsrfToken"
ANY_TEXT: JsonObject = {"type": "string"}
_WRAP = re.compile(r"(?<!\n)\n(?!\n)")
_SENTENCE = re.compile(r"(?<=[.!?])\s")


class Operations:
    """Describes one handler after the other, collecting schemas and responses that they share."""

    def __init__(self, shapes: Shapes, failures: FailureResponses) -> None:
        self._shapes = shapes
        self._failures = failures

    def operation(self, handler: HTTPRouteHandler, method: str, path: str, facts: Facts) -> JsonObject:
        """The operation object of that method of the handler."""
        parameters = [*_path_parameters(handler, path), *self._query_parameters(handler)]
        body = self._body(handler, facts)
        made: JsonObject = {
            "operationId": handler.operation_id,
            "tags": handler.resolve_tags(),
            **_words(handler),
            "parameters": parameters,
            "requestBody": body,
            "responses": {
                **self._successes(handler, facts),
                **self._failed(handler, method, path, facts),
            },
            "security": _security(handler, method),
            "deprecated": facts.deprecated,
        }
        return {key: value for key, value in made.items() if value or key == "security"}

    def _query_parameters(self, handler: HTTPRouteHandler) -> list[JsonObject]:
        return [
            _parameter(str(kind.name or name), "query", kind, self._scalar(field.annotation), field.default)
            for name, field in handler.parsed_fn_signature.parameters.items()
            if isinstance(kind := field.kwarg_definition, QueryParameter)
        ]

    def _scalar(self, annotation: Any) -> JsonObject:
        """The schema of a parameter's type; None as a default only means that it is not given."""
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return msgspec.json.schema(kinds[0] if len(kinds) == 1 else annotation)

    def _body(self, handler: HTTPRouteHandler, facts: Facts) -> JsonObject | None:
        if facts.form is not None:
            return form_body(facts.form, self._shapes)
        data = handler.parsed_data_field
        return None if data is None else json_body(data.annotation, facts, self._shapes)

    def _successes(self, handler: HTTPRouteHandler, facts: Facts) -> dict[str, JsonObject]:
        shape = _shape_of(handler.parsed_return_field.annotation)
        usual = Answer(description=HTTPStatus(handler.status_code).phrase, shape=shape, example=facts.example)
        answers = facts.answers or {handler.status_code: usual}
        return {str(status): self._success(answer) for status, answer in answers.items()}

    def _success(self, answer: Answer) -> JsonObject:
        made: JsonObject = {"description": answer.description, "headers": {**REQUEST_ID_HEADER, **answer.headers}}
        if answer.shape is not None:
            content: JsonObject = {"schema": self._shapes.sent(answer.shape)}
            if answer.example is not None:
                content["examples"] = {"success": {"value": enveloped(answer.shape, answer.example)}}
            made["content"] = {"application/json": content}
        return made

    def _failed(self, handler: HTTPRouteHandler, method: str, path: str, facts: Facts) -> dict[str, JsonObject]:
        has_body = facts.form is not None or handler.parsed_data_field is not None
        parameters = [*_path_parameters(handler, path), *self._query_parameters(handler)]
        traits = Traits(
            public=bool(handler.opt.get("public")),
            changes=method != "GET",
            has_ids="{" in path,
            has_input=has_body or any(parameter["schema"] != ANY_TEXT for parameter in parameters),
            has_body=has_body,
            has_files=facts.form is not None,
        )
        return self._failures.of(codes_of(traits, facts.failures), facts.failures)


def enveloped(shape: Any, example: Any) -> Any:
    """The whole body of an answer whose data the example is."""
    kind = get_origin(shape)
    if kind is One:
        return {"success": True, "data": example}
    if kind is Listed:
        return {"success": True, "data": example, "total": len(example)}
    if kind is Page:
        return {"success": True, "data": example, "total": len(example), "page": 1, "limit": 20}
    return example


def camel(name: str) -> str:
    """`moc_id` → mocId."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _words(handler: HTTPRouteHandler) -> Mapping[str, str]:
    """The docstring: its first sentence, and all of it where there is more."""
    text = _WRAP.sub(" ", cleandoc(handler.fn.__doc__ or ""))
    summary, *rest = _SENTENCE.split(text, maxsplit=1)
    return {"summary": summary.removesuffix("."), "description": text if rest else ""}


def _path_parameters(handler: HTTPRouteHandler, path: str) -> list[JsonObject]:
    made = []
    for name, field in handler.parsed_fn_signature.parameters.items():
        if f"{{{camel(name)}}}" in path:
            kind = field.kwarg_definition
            if not isinstance(kind, PathParameter) or not kind.description:
                raise Contradiction(f"{handler.operation_id}: the path parameter {name} says nothing about itself")
            made.append(_parameter(camel(name), "path", kind, msgspec.json.schema(field.annotation), Empty))
    return made


def _parameter(
    name: str, where: str, kind: PathParameter | QueryParameter, schema: JsonObject, default: Any
) -> JsonObject:
    bounds = {
        "minimum": kind.ge,
        "maximum": kind.le,
        "minLength": kind.min_length,
        "maxLength": kind.max_length,
        "pattern": kind.pattern,
        "default": default or None if default is not Empty else None,  # an empty text only means: not given
        **(kind.schema_extra or {}),
    }
    schema = {**schema, **{key: value for key, value in bounds.items() if value is not None}}
    required = {"required": True} if where == "path" or default is Empty else {}
    return {"name": name, "in": where, **required, "description": kind.description or "", "schema": schema}


def _security(handler: HTTPRouteHandler, method: str) -> list[JsonObject]:
    if handler.opt.get("public"):
        return []
    cookie: JsonObject = {COOKIE: []} if method == "GET" else {COOKIE: [], CSRF: []}
    return [{BEARER: []}, cookie]


def _shape_of(annotation: Any) -> Any:
    """What the answer's body is, whatever it is wrapped in; None for nothing."""
    if get_origin(annotation) in (Encoded, Response):
        return get_args(annotation)[0]
    return annotation
