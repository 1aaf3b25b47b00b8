"""Wire Structs → JSON Schemas, one named component each: what comes in, and what goes out. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from service.web.openapi.facts import JsonObject

REF = "#/components/schemas/{name}"
ENVELOPES = {"One": "Answer", "Listed": "List", "Page": "Page"}
NULL: JsonObject = {"type": "null"}
# What an answer's texts hold, by their names: ids of users come from the user pool and are what it makes them.
_TIME = re.compile(r".*(At|Date)|timestamp")
_UUID = re.compile(r"id|.*Id")
_NO_UUID = frozenset({"userId", "partId", "requestId"})


class Contradiction(Exception):
    """The code can't be described: it contradicts the contract, or itself. The message says where."""


class Shapes:
    """Schemas of Structs; those that were asked for, and all within them, are in `components` by name.

    `rules` are added to the schema of a Struct: what no annotation of a field can say.
    """

    def __init__(self, rules: Mapping[type, JsonObject]) -> None:
        self.components: dict[str, JsonObject] = {}
        self._rules = rules
        self._owners: dict[str, tuple[Any, bool]] = {}

    def received(self, shape: Any) -> JsonObject:
        """The schema of what a client sends: unknown keys are ignored."""
        return self._schema(shape, sent=False)

    def sent(self, shape: Any) -> JsonObject:
        """The schema of what a client gets: nothing but what is named, and never null."""
        return self._schema(shape, sent=True)

    def inline(self, struct: Any) -> JsonObject:
        """The schema of a received Struct itself, which is no component of its own."""
        apart = Shapes(self._rules)
        apart.received(struct)
        return apart.components[name_of(struct)]

    def _schema(self, shape: Any, *, sent: bool) -> JsonObject:
        if get_origin(shape) in (Union, UnionType):
            return {"anyOf": [self._schema(one, sent=sent) for one in get_args(shape)]}
        structs = list(dict.fromkeys(_structs(inspect.type_info(shape), set())))
        (schema, *refs), found = msgspec.json.schema_components([shape, *structs], ref_template="{name}")
        names = {ref["$ref"]: self._named(struct, sent=sent) for ref, struct in zip(refs, structs, strict=True)}
        for struct, ref in zip(structs, refs, strict=True):
            self._add(struct, names[ref["$ref"]], _renamed(found[ref["$ref"]], names), sent=sent)
        made: JsonObject = _renamed(schema, names)
        return made

    def _named(self, struct: Any, *, sent: bool) -> str:
        """The component's name. Raises Contradiction when a Struct is both received and sent."""
        for name in (name_of(struct), _domain_of(struct) + name_of(struct)):
            owner, was_sent = self._owners.setdefault(name, (struct, sent))
            if owner == struct:
                if was_sent != sent:
                    raise Contradiction(f"{struct} is both received and sent: null means something there, nothing here")
                return name
        raise Contradiction(f"two Structs of one domain have the name {name_of(struct)}")

    def _add(self, struct: Any, name: str, schema: JsonObject, *, sent: bool) -> None:
        schema.pop("title", None)
        if get_origin(struct) is not None:
            schema.pop("description", None)  # the envelope's own, which would stand at every component
        made = _as_sent(schema, struct) if sent else _as_received(schema)
        rules = dict(self._rules.get(struct, {}))
        properties = {**made["properties"], **rules.pop("properties", {})}
        self.components[name] = {**made, "properties": properties, **rules}


def name_of(struct: Any) -> str:
    """`MocOut` → Moc, `Page[MocOut]` → MocPage, `One[MocOut]` → MocAnswer."""
    origin = get_origin(struct)
    if origin is None:
        return str(struct.__name__).removesuffix("Out")
    (inner,) = get_args(struct)
    return name_of(inner) + ENVELOPES[origin.__name__]


def is_left_out(struct: Any, field: msgspec.structs.FieldInfo) -> bool:
    """Whether an answer may lack the field."""
    omits = (get_origin(struct) or struct).__struct_config__.omit_defaults
    return not field.required and (omits or field.default is msgspec.UNSET)


def _domain_of(struct: Any) -> str:
    parts = str((get_origin(struct) or struct).__module__).split(".")
    return "".join(word.capitalize() for word in parts[2].split("_")) if "domains" in parts else ""


def _structs(info: Any, seen: set[Any]) -> Iterator[Any]:
    """Every Struct within a type, itself first."""
    if isinstance(info, inspect.StructType):
        if info.cls in seen:
            return
        seen.add(info.cls)
        yield info.cls
        for field in info.fields:
            yield from _structs(field.type, seen)
    elif isinstance(info, msgspec.Struct):
        for name in info.__struct_fields__:
            value = getattr(info, name)
            for one in value if isinstance(value, Sequence) and not isinstance(value, str) else (value,):
                yield from _structs(one, seen)


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    """The schema with references by the components' own names."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return {**schema, "$ref": REF.format(name=names[schema["$ref"]])}
        if "mapping" in schema:  # of a discriminator
            return {**schema, "mapping": {key: REF.format(name=names[ref]) for key, ref in schema["mapping"].items()}}
        return {key: _renamed(value, names) for key, value in schema.items()}
    return [_renamed(value, names) for value in schema] if isinstance(schema, list) else schema


def _as_received(schema: JsonObject) -> JsonObject:
    properties = {name: _without_default(value) for name, value in schema["properties"].items()}
    return {**schema, "properties": properties}


def _without_default(schema: JsonObject) -> JsonObject:
    """Without a default of null, which says no more than that the field may be missing."""
    return {key: value for key, value in schema.items() if (key, value) != ("default", None)}


def _as_sent(schema: JsonObject, struct: Any) -> JsonObject:
    tag = (get_origin(struct) or struct).__struct_config__.tag_field
    required = [tag] if tag else []
    properties = dict(schema["properties"])
    for field in msgspec.structs.fields(struct):
        name = field.encode_name
        properties[name] = _sent_field(name, never_null(properties[name]))
        if not is_left_out(struct, field):
            required.append(name)
            if field.default is None:
                raise Contradiction(f"{struct}.{field.name} would be null: an empty optional field is left out")
    return {**schema, "properties": properties, "required": required, "additionalProperties": False}


def never_null(schema: JsonObject) -> JsonObject:
    """The schema without null, which the contract leaves out instead."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != NULL]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    if not kinds:
        return rest
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": kinds}


def _sent_field(name: str, schema: JsonObject) -> JsonObject:
    if name == "success":
        return {"const": True}
    if schema.get("type") == "string" and "format" not in schema:
        if _TIME.fullmatch(name):
            return {**schema, "format": "date-time"}
        if _UUID.fullmatch(name) and name not in _NO_UUID:
            return {**schema, "format": "uuid"}
    return schema
