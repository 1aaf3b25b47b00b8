"""The DTO of every controller: wire Structs in and out, decoded strictly, encoded once.

Litestar's own MsgspecDTO decodes with `strict=False` (so "5" passes for 5), drops constraints of optional fields, and
copies every value into a generated transfer class. This one hands the Struct itself over.
"""

import re
from collections.abc import Collection, Generator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.dto import AbstractDTO, DTOConfig
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.types import Receive, Scope, Send
from litestar.typing import FieldDefinition

from service.kernel.errors import UnsupportedMediaType, ValidationFailed
from service.web.cors import Header

T = TypeVar("T")

_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)


class Encoded(bytes, Generic[T]):
    """The JSON of a T, encoded already: hot reads send what the cache holds as it is."""


class Ready(Response[T]):
    """The JSON of a T as an answer that has nothing left to be rendered, merged or negotiated.

    `status_code` None: the route's own.
    """

    def __init__(self, body: bytes, status_code: int | None = None, headers: Sequence[Header] = ()) -> None:
        self._bytes = body
        self._status = status_code
        self._more = headers

    def to_asgi_response(self, *_: Any, status_code: int | None = None, **__: Any) -> Any:
        """An ASGI application that sends the bytes."""
        body = self._bytes
        head: Any = {
            "type": "http.response.start",
            "status": self._status or status_code or 200,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
                *self._more,
            ],
        }

        async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send(head)
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return answer


class Wire(AbstractDTO[T], Generic[T]):
    """`Wire[MocIn]` as `dto`: a JSON body becomes a MocIn or a 400 that names the field. As `return_dto`: as it is."""

    config: ClassVar[DTOConfig] = DTOConfig()
    _decoder: ClassVar["msgspec.json.Decoder[Any] | None"] = None

    def decode_bytes(self, value: bytes) -> Any:
        """The body as the Struct. Raises UnsupportedMediaType, ValidationFailed."""
        require_json(self.asgi_connection.headers.get("content-type"))
        return decode(self._decoder or msgspec.json.Decoder(self.model_type), value)

    def data_to_encodable_type(self, data: T | Collection[T]) -> Any:
        """What the handler returned: a Struct for msgspec, or an answer whose bytes are ready."""
        return Ready(data) if isinstance(data, Encoded) else data

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        """Nothing to generate; the decoder is made here, once."""
        if field_definition.name == "data":
            cls._decoder = msgspec.json.Decoder(cls.model_type)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """Every annotation is: nothing is transferred."""
        return True

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any
    ) -> Reference | Schema:
        """The schema of the annotation itself."""
        schema: Reference | Schema = schema_creator.for_field_definition(field_definition)
        return schema

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        """None: nothing is transferred."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """None is looked for."""
        return False


def require_json(content_type: str | None) -> None:
    """Raise UnsupportedMediaType for anything but `application/json` in UTF-8: no form may pass for JSON."""
    media_type, *parameters = (content_type or "").lower().split(";")
    named = (parameter.partition("=") for parameter in parameters)
    charsets = {value.strip(" \t\"'") for name, _, value in named if name.strip() == "charset"}
    if media_type.strip() != "application/json" or not charsets <= {"", "utf-8", "utf8"}:
        raise UnsupportedMediaType("The body has to be application/json in UTF-8")


def decode(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """The decoded body. Raises ValidationFailed with the field and what is wrong with it."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValidationFailed("The body is not valid JSON") from error


def fields_of(shape: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of the Struct's fields as clients write them."""
    return shape.__struct_encode_fields__


def convert(shape: type[T], values: Mapping[str, object]) -> T:
    """A form's values as `shape`: numbers and booleans are text there. Raises ValidationFailed as `decode` does."""
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from error


def _named(error: str) -> ValidationFailed:
    found = _WHERE.match(error)
    what, path = (found["what"], found["path"] or "") if found else (error, "")
    field = path.removeprefix(".")
    missing = re.match(r"Object missing required field `(?P<name>[^`]+)`", what)
    if missing:
        field, what = f"{field}.{missing['name']}".removeprefix("."), "is required"
    elif "matching regex" in what:
        what = "holds a character that is not allowed, or is empty"
    return ValidationFailed.of_field(field or "body", what)
