"""What the description says of an operation that its code does not: examples, forms, the errors of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.kernel.errors import AppError

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A file in a form, in any one of these fields; `types` are the media types that the route takes.

    `filename` is an example, where all of them can have the same: the route wants name, type and bytes to agree.
    """

    fields: tuple[str, ...]
    types: tuple[str, ...]
    max_bytes: int
    filename: str | None = None
    most: int = 1
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A multipart/form-data body, which the handler reads by itself. `texts` is the Struct of the text fields."""

    files: tuple[FilePart, ...]
    texts: type | None = None
    more_texts: Mapping[str, JsonObject] = field(default_factory=dict)
    required_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A success beside, or instead of, what the handler's annotation says. `shape` None: there is no JSON body."""

    description: str
    shape: Any = None
    example: Any = None
    headers: Mapping[str, JsonObject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Of one operation.

    `request`: an example of the JSON body. `narrowed`: what this route asks of it beyond its Struct, as JSON Schema.
    `example`: one of the answer's data (its envelope is put around it). `answers`: successes by status.
    `failures`: errors that this operation gives beyond the rules, or in words of its own.
    `gives`: path parameters that later requests can take from the answer, as JSON pointers.
    `feeds`: bodies of later requests that can, by their operation ids, with OpenAPI's runtime expressions.
    """

    request: Any = None
    narrowed: JsonObject | None = None
    form: Form | None = None
    example: Any = None
    answers: Mapping[int, Answer] = field(default_factory=dict)
    failures: tuple[AppError, ...] = ()
    gives: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, JsonObject] = field(default_factory=dict)
    deprecated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Of one domain: its tags, its operations by id, and what Structs can't say about themselves, as JSON Schema."""

    tags: Mapping[str, str]
    operations: Mapping[str, Facts]
    rules: Mapping[type, JsonObject] = field(default_factory=dict)
