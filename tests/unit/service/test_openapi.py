"""How the API's description is made of Structs, handlers and facts."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from service.kernel.envelope import Listed, One, Page
from service.kernel.errors import Conflict, Forbidden, ValidationFailed
from service.web.assembly import Domain
from service.web.openapi.bodies import form_body
from service.web.openapi.document import document, merged
from service.web.openapi.facts import Answer, Described, Facts, FilePart, Form, JsonObject
from service.web.openapi.failures import FailureResponses, Traits, codes_of
from service.web.openapi.operations import camel, enveloped
from service.web.openapi.shapes import REF, Contradiction, Shapes, name_of
from service.web.parameters import Id
from service.web.wire import Encoded, Wire

INFO = {"title": "T", "version": "1"}


class Small(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A small thing."""

    made_at: str
    user_id: str
    thing_id: str
    count: int = 0


class ThingOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A thing."""

    id: UUID
    parts: Sequence[Small]
    note: str | None = None
    either: int | str | None = None


class ThingIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A new thing."""

    title: Annotated[str, Meta(max_length=9)]
    note: str | None = None
    more: int | UnsetType = UNSET


class Forgetful(msgspec.Struct):
    """Sends null."""

    note: str | None = None


class Cat(msgspec.Struct, tag_field="kind", tag="cat"):
    """A cat."""

    lives: int


class Dog(msgspec.Struct, tag_field="kind", tag="dog"):
    """A dog."""

    tricks: int


class Zoo(msgspec.Struct):
    """Animals."""

    animals: list[Cat | Dog]


def test_what_comes_in_may_hold_more_and_null_where_the_struct_takes_it() -> None:
    shapes = Shapes({})
    assert shapes.received(ThingIn) == {"$ref": REF.format(name="ThingIn")}
    assert shapes.components["ThingIn"] == {
        "type": "object",
        "description": "A new thing.",
        "properties": {
            "title": {"type": "string", "maxLength": 9},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "more": {"type": "integer"},
        },
        "required": ["title"],
    }


def test_what_goes_out_holds_nothing_else_and_never_null() -> None:
    shapes = Shapes({})
    shapes.sent(One[ThingOut])
    assert shapes.components["Thing"] == {
        "type": "object",
        "description": "A thing.",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "parts": {"type": "array", "items": {"$ref": REF.format(name="Small")}},
            "note": {"type": "string"},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        },
        "required": ["id", "parts"],
        "additionalProperties": False,
    }
    assert shapes.components["ThingAnswer"]["properties"]["success"] == {"const": True}
    assert shapes.components["ThingAnswer"]["required"] == ["success", "data"]


def test_a_default_that_is_always_sent_is_required_and_names_tell_formats() -> None:
    shapes = Shapes({})
    shapes.sent(Small)
    found = shapes.components["Small"]
    assert found["required"] == ["madeAt", "userId", "thingId", "count"]
    assert found["properties"] == {
        "madeAt": {"type": "string", "format": "date-time"},
        "userId": {"type": "string"},
        "thingId": {"type": "string", "format": "uuid"},
        "count": {"type": "integer"},
    }


def test_a_field_that_would_be_sent_as_null_is_a_contradiction() -> None:
    with pytest.raises(Contradiction, match="note would be null"):
        Shapes({}).sent(Forgetful)


def test_a_struct_that_comes_in_and_goes_out_is_a_contradiction() -> None:
    shapes = Shapes({})
    shapes.received(Small)
    with pytest.raises(Contradiction, match="both received and sent"):
        shapes.sent(Small)


def test_rules_are_added_to_what_the_annotations_say() -> None:
    shapes = Shapes({ThingIn: {"anyOf": [{"required": ["note"]}], "properties": {"title": {"minLength": 1}}}})
    shapes.received(ThingIn)
    found = shapes.components["ThingIn"]
    assert found["anyOf"] == [{"required": ["note"]}]
    assert found["properties"]["title"] == {"minLength": 1}
    assert "note" in found["properties"]


def test_tagged_unions_name_their_tag_and_refer_by_the_components_own_names() -> None:
    shapes = Shapes({})
    shapes.sent(Zoo)
    assert shapes.components["Cat"]["required"] == ["kind", "lives"]
    discriminator = shapes.components["Zoo"]["properties"]["animals"]["items"]["discriminator"]
    assert discriminator["mapping"] == {"cat": REF.format(name="Cat"), "dog": REF.format(name="Dog")}


def test_a_union_of_answers_is_any_of_them() -> None:
    schema = Shapes({}).sent(One[ThingOut] | Page[ThingOut])
    assert schema == {"anyOf": [{"$ref": REF.format(name="ThingAnswer")}, {"$ref": REF.format(name="ThingPage")}]}


def struct_of(module: str) -> Any:
    """A Struct of the same name as others, in that module."""
    return msgspec.defstruct("Same", [("a", int)], module=module)


def test_structs_of_one_name_are_told_apart_by_their_domains() -> None:
    shapes = Shapes({})
    shapes.received(struct_of("service.domains.mocs.schemas"))
    assert shapes.received(struct_of("service.domains.moc_files.schemas")) == {"$ref": REF.format(name="MocFilesSame")}
    with pytest.raises(Contradiction, match="two Structs"):
        shapes.received(struct_of("service.domains.moc_files.more"))


@pytest.mark.parametrize(
    ("shape", "name"), [(ThingOut, "Thing"), (One[ThingOut], "ThingAnswer"), (Listed[ThingOut], "ThingList")]
)
def test_names_of_envelopes_can_be_read(shape: Any, name: str) -> None:
    assert name_of(shape) == name


def traits(**holds: bool) -> Traits:
    """All that is not named does not hold."""
    usual = dict.fromkeys(("public", "changes", "has_ids", "has_input", "has_body", "has_files"), False)
    return Traits(**{**usual, **holds})


@pytest.mark.parametrize(
    ("holds", "codes"),
    [
        ({"public": True}, []),
        ({}, ["UNAUTHORIZED", "SERVICE_UNAVAILABLE"]),
        (
            {"has_ids": True, "has_input": True},
            ["VALIDATION_ERROR", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "SERVICE_UNAVAILABLE"],
        ),
        (
            {"changes": True, "has_input": True, "has_body": True, "has_files": True},
            [
                "VALIDATION_ERROR",
                "UNAUTHORIZED",
                "CSRF_FAILED",
                "PAYLOAD_TOO_LARGE",
                "UNSUPPORTED_MEDIA_TYPE",
                "MALWARE_DETECTED",
                "SERVICE_UNAVAILABLE",
            ],
        ),
    ],
)
def test_what_an_operation_is_decides_which_errors_it_gives(holds: dict[str, bool], codes: list[str]) -> None:
    found = codes_of(traits(**holds), ())
    assert sorted(found) == sorted([*codes, "INTERNAL_SERVER_ERROR", "GATEWAY_TIMEOUT"])


def test_an_operations_own_errors_are_added() -> None:
    assert "CONFLICT" in codes_of(traits(), (Conflict("taken"),))


def test_usual_failures_are_shared_and_an_operations_own_are_not() -> None:
    failures = FailureResponses()
    own = (Forbidden("not yours"), Forbidden("not theirs"))
    found = failures.of(["FORBIDDEN", "CSRF_FAILED", "NOT_FOUND"], own)
    assert found["404"] == {"$ref": "#/components/responses/NotFound"}
    examples = found["403"]["content"]["application/json"]["examples"]
    assert list(examples) == ["Forbidden", "Forbidden2", "CsrfFailed"]
    assert examples["Forbidden"]["value"]["message"] == "not yours"
    assert failures.schemas["ForbiddenOrCsrfFailedFailure"]["allOf"][1] == {
        "properties": {"code": {"enum": ["FORBIDDEN", "CSRF_FAILED"]}}
    }


def test_details_are_shown_where_an_error_has_them() -> None:
    found = FailureResponses().of(["VALIDATION_ERROR"], (ValidationFailed.of_field("title", "is missing"),))
    value = found["400"]["content"]["application/json"]["examples"]["ValidationError"]["value"]
    assert value["error"]["details"] == [{"field": "title", "message": "is missing"}]


def test_a_form_takes_each_file_in_one_of_its_fields_and_texts_without_null() -> None:
    one = FilePart(fields=("a", "b"), types=("text/csv", "text/plain"), max_bytes=10 * 1024 * 1024, filename="a.csv")
    many = FilePart(fields=("c", "d"), types=("image/png",), max_bytes=1024 * 1024, filename="c.png", most=3)
    sole = FilePart(fields=("e",), types=("image/png",), max_bytes=1024 * 1024, filename="e.png")
    extra = FilePart(fields=("f",), types=("image/png",), max_bytes=1024 * 1024, required=False)
    form = Form(
        files=(one, many, sole, extra),
        texts=ThingIn,
        more_texts={"mocId": {"type": "string"}},
        required_texts=("mocId",),
    )
    content = form_body(form, Shapes({ThingIn: {"anyOf": [{"required": ["note"]}]}}))["content"]["multipart/form-data"]
    schema = content["schema"]
    assert schema["required"] == ["mocId", "title", "e"]
    assert schema["allOf"] == [
        {"anyOf": [{"required": ["note"]}]},
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"anyOf": [{"required": ["c"]}, {"required": ["d"]}]},
    ]
    assert schema["properties"]["note"] == {"type": "string"}
    assert schema["properties"]["a"] == {"type": "string", "format": "binary", "description": "At most 10 MB."}
    assert (schema["properties"]["c"]["type"], schema["properties"]["c"]["maxItems"]) == ("array", 3)
    disposition = {"type": "string", "example": 'form-data; name="a"; filename="a.csv"'}
    assert content["encoding"]["a"] == {
        "contentType": "text/csv, text/plain",
        "headers": {"Content-Disposition": {"schema": disposition}},
    }
    assert content["encoding"]["f"] == {"contentType": "image/png"}


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (One[Small], {"success": True, "data": [7]}),
        (Listed[Small], {"success": True, "data": [7], "total": 1}),
        (Page[Small], {"success": True, "data": [7], "total": 1, "page": 1, "limit": 20}),
        (Small, [7]),
    ],
)
def test_examples_stand_in_the_envelope_of_their_answer(shape: Any, body: Any) -> None:
    assert enveloped(shape, [7]) == body


def test_names_in_paths_are_written_as_clients_write_names() -> None:
    assert [camel("moc_id"), camel("id")] == ["mocId", "id"]


class Things(Controller):
    """Routes for these tests."""

    path = "/things"
    tags = ["things"]

    @get("/{thing_id:str}", operation_id="getThing", return_dto=Wire[ThingOut])
    async def read(
        self,
        thing_id: FromPath[Id],
        size: Annotated[int | None, QueryParameter(name="old-size", ge=1, le=5, description="How many.")] = None,
    ) -> Encoded[One[ThingOut]]:
        """One thing. It is
        described at length.
        """
        return Encoded(thing_id.encode() * (size or 1))

    @post(operation_id="makeThing", dto=Wire[ThingIn], return_dto=Wire[ThingOut], opt={"public": True})
    async def make(self, data: JSONBody[ThingIn]) -> Encoded[One[ThingOut]]:
        """Make a thing."""
        return Encoded(data.title.encode())


class Vague(Controller):
    """A route that says nothing about its path parameter."""

    @get("/{name:str}", operation_id="vague")
    async def read(self, name: FromPath[str]) -> str:
        """Something."""
        return name


TOLD = Described(
    tags={"things": "Things."},
    operations={
        "getThing": Facts(),
        "makeThing": Facts(
            request={"title": "x"},
            narrowed={"properties": {"title": {"minLength": 2}}},
            gives={"thingId": "/data/id"},
            feeds={"makeThing": {"title": "$response.body#/data/note"}},
            deprecated=True,
        ),
    },
)


def described(controller: type[Controller] = Things, told: Described = TOLD) -> JsonObject:
    """The description of these routes."""
    return document(INFO, [], [Domain([controller], {})], told)


def test_a_handler_becomes_an_operation() -> None:
    operation = described()["paths"]["/things/{thingId}"]["get"]
    assert operation["summary"] == "One thing"
    assert operation["description"] == "One thing. It is described at length."
    assert operation["parameters"] == [
        {
            "name": "thingId",
            "in": "path",
            "required": True,
            "description": "The resource's UUID.",
            "schema": {"type": "string", "format": "uuid"},
        },
        {
            "name": "old-size",
            "in": "query",
            "description": "How many.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 5},
        },
    ]
    assert operation["security"] == [{"BearerAuth": []}, {"CookieAuth": []}]
    assert list(operation["responses"]) == ["200", "400", "401", "403", "404", "500", "503", "504"]


def test_a_public_operation_asks_nobody_to_sign_in_and_links_lead_on() -> None:
    operation = described()["paths"]["/things"]["post"]
    assert operation["security"] == []
    assert operation["deprecated"] is True
    assert operation["requestBody"]["content"]["application/json"] == {
        "schema": {"allOf": [{"$ref": REF.format(name="ThingIn")}, {"properties": {"title": {"minLength": 2}}}]},
        "examples": {"request": {"value": {"title": "x"}}},
    }
    assert list(operation["responses"]) == ["201", "400", "413", "415", "500", "504"]
    assert operation["responses"]["201"]["links"] == {
        "getThing": {"operationId": "getThing", "parameters": {"thingId": "$response.body#/data/id"}},
        "makeThing": {"operationId": "makeThing", "requestBody": {"title": "$response.body#/data/note"}},
    }


def test_answers_that_are_told_take_the_place_of_the_annotation() -> None:
    answers = {302: Answer(description="Elsewhere.", headers={"Location": {"schema": {"type": "string"}}})}
    told = merged([TOLD, Described(tags={}, operations={"getThing": Facts(answers=answers)})])
    responses = described(told=told)["paths"]["/things/{thingId}"]["get"]["responses"]
    assert set(responses["302"]) == {"description", "headers"}
    assert "Location" in responses["302"]["headers"]
    assert "200" not in responses


def test_an_operation_that_nothing_is_told_about_is_a_contradiction() -> None:
    with pytest.raises(Contradiction, match=r"nothing about \['getThing', 'makeThing'\]"):
        described(told=Described(tags={}, operations={}))


def test_facts_about_no_operation_are_a_contradiction() -> None:
    told = merged([TOLD, Described(tags={}, operations={"gone": Facts()})])
    with pytest.raises(Contradiction, match="gone"):
        described(told=told)


def test_a_path_parameter_that_says_nothing_about_itself_is_a_contradiction() -> None:
    with pytest.raises(Contradiction, match="vague"):
        described(Vague, Described(tags={}, operations={"vague": Facts()}))
