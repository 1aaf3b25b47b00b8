"""PATCH and PUT /api/mocs/{id}: what changes, what can't, and what stays as it is."""

import asyncio
from typing import Any

import pytest

from tests.integration.postgres import Postgres
from tests.integration.service.api import MOC, SET, Api, assert_failure
from tests.integration.service.test_moc_create import EVERYTHING, REFUSED

BOTH = pytest.mark.parametrize("method", ["PATCH", "PUT"])


async def change(api: Api, method: str, moc: dict[str, Any], body: Any, sub: str = "alice") -> Any:
    return await api.call(method, f"/api/mocs/{moc['id']}", sub, json=body)


async def detail(api: Api, moc: dict[str, Any], sub: str = "alice") -> dict[str, Any]:
    """The MOC as a later read sees it, without its lists."""
    data: dict[str, Any] = (await api.get(f"/api/mocs/{moc['id']}", sub)).json()["data"]
    return {name: value for name, value in data.items() if name not in ("files", "images", "partsLists")}


@BOTH
async def test_only_the_given_fields_change_and_the_update_time(api: Api, method: str) -> None:
    moc = await api.create(**EVERYTHING)
    answer = await change(api, method, moc, {"theme": "City", "partsCount": 7})
    assert answer.status_code == 200
    changed = answer.json()["data"]
    assert changed == {**moc, "theme": "City", "partsCount": 7, "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > moc["updatedAt"]
    assert await detail(api, moc) == changed
    assert (await api.get("/api/mocs")).json()["data"] == [changed]


@BOTH
@pytest.mark.parametrize("body", [{}, {"userId": "bob", "nobody": "knows"}, {"type": "moc"}])
async def test_a_patch_of_nothing_is_200_and_changes_nothing(api: Api, method: str, body: dict[str, str]) -> None:
    moc = await api.create(**EVERYTHING)
    answer = await change(api, method, moc, body)
    assert (answer.status_code, answer.json()["data"]) == (200, moc)
    assert await detail(api, moc) == moc


OPTIONAL = [name for name in EVERYTHING if name not in MOC]


@pytest.mark.parametrize("field", OPTIONAL)
async def test_null_clears_an_optional_field(api: Api, field: str) -> None:
    moc = await api.create(**EVERYTHING)
    changed = (await change(api, "PATCH", moc, {field: None})).json()["data"]
    assert set(moc) - set(changed) == {field}
    assert await detail(api, moc) == changed


@pytest.mark.parametrize("field", OPTIONAL)
async def test_every_optional_field_can_be_set_later(api: Api, field: str) -> None:
    moc = await api.create()
    changed = (await change(api, "PATCH", moc, {field: EVERYTHING[field]})).json()["data"]
    assert changed == {**moc, field: EVERYTHING[field], "updatedAt": changed["updatedAt"]}


@pytest.mark.parametrize(("field", "value"), [case for case in REFUSED if case[0] != "type"])
async def test_what_a_create_refuses_a_patch_refuses_and_nothing_changes(api: Api, field: str, value: Any) -> None:
    moc = await api.create(**EVERYTHING)
    answer = await change(api, "PATCH", moc, {"subtheme": "changed as well", field: value})
    assert_failure(answer, 400, "VALIDATION_ERROR", field)
    assert await detail(api, moc) == moc


@BOTH
@pytest.mark.parametrize("value", ["set", "other", None, 5, ""])
async def test_the_type_cannot_change(api: Api, method: str, value: Any) -> None:
    moc = await api.create()
    answer = await change(api, method, moc, {"type": value, "brand": "LEGO"})
    assert_failure(answer, 400, "VALIDATION_ERROR", "type")
    assert await detail(api, moc) == moc


@pytest.mark.parametrize(("body", "field"), [(MOC, "author"), (SET, "brand")])
@pytest.mark.parametrize("value", [None, "", "  "])
async def test_what_the_type_requires_cannot_be_cleared(
    api: Api, body: dict[str, str], field: str, value: str | None
) -> None:
    moc = await api.create(**body)
    assert_failure(await change(api, "PATCH", moc, {field: value}), 400, "VALIDATION_ERROR", field)
    assert await detail(api, moc) == moc


async def test_what_only_the_other_type_requires_can_be_cleared(api: Api) -> None:
    made = await api.create(**{**SET, "author": "Ada"})
    assert "author" not in (await change(api, "PATCH", made, {"author": None})).json()["data"]


@BOTH
async def test_another_mocs_title_is_409_and_changes_nothing(api: Api, method: str) -> None:
    await api.create(title="Taken")
    moc = await api.create()
    answer = await change(api, method, moc, {"title": " Taken ", "theme": "City"})
    assert_failure(answer, 409, "CONFLICT", "title")
    assert await detail(api, moc) == moc


async def test_its_own_title_again_is_no_conflict(api: Api) -> None:
    moc = await api.create()
    assert (await change(api, "PATCH", moc, {"title": "Falcon"})).status_code == 200


async def test_of_two_who_want_one_title_at_once_one_gets_it(api: Api) -> None:
    mocs = [await api.create(title=f"Moc {n}") for n in range(6)]
    answers = await asyncio.gather(*(change(api, "PATCH", moc, {"title": "Wanted"}) for moc in mocs))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    titles = [moc["title"] for moc in (await api.get("/api/mocs")).json()["data"]]
    assert titles.count("Wanted") == 1


async def test_changes_at_once_are_all_kept(api: Api) -> None:
    moc = await api.create()
    fields = ("theme", "subtheme", "setNumber", "brand")
    await asyncio.gather(*(change(api, "PATCH", moc, {field: "new"}) for field in fields))
    found = await detail(api, moc)
    assert [found[field] for field in fields] == ["new"] * 4


@BOTH
async def test_somebody_elses_is_403_and_stays_as_it_is(api: Api, method: str) -> None:
    moc = await api.create("bob")
    assert_failure(await change(api, method, moc, {"theme": "Mine"}), 403, "FORBIDDEN")
    assert_failure(await change(api, method, moc, {}), 403, "FORBIDDEN")
    assert await detail(api, moc, "bob") == moc


async def test_an_admin_may_change_it_and_its_owner_keeps_it(api: Api) -> None:
    moc = await api.create("bob")
    await detail(api, moc, "bob")  # so that it is cached
    changed = (await change(api, "PATCH", moc, {"theme": "Moderated"}, "admin")).json()["data"]
    assert (changed["userId"], changed["theme"]) == ("bob", "Moderated")
    assert await detail(api, moc, "bob") == changed
    assert (await api.get("/api/mocs", "bob")).json()["data"] == [changed]
    assert (await api.get("/api/mocs", "admin")).json()["total"] == 0


async def test_an_admin_collides_with_the_owners_titles_not_with_their_own(api: Api) -> None:
    await api.create("admin", title="Admin's")
    await api.create("bob", title="Bob's")
    moc = await api.create("bob")
    assert (await change(api, "PATCH", moc, {"title": "Admin's"}, "admin")).status_code == 200
    assert_failure(await change(api, "PATCH", moc, {"title": "Bob's"}, "admin"), 409, "CONFLICT", "title")


async def test_update_times_grow_even_within_one_millisecond(api: Api) -> None:
    moc = await api.create()
    times = [moc["updatedAt"]]
    for number in range(5):
        times.append((await change(api, "PATCH", moc, {"theme": str(number)})).json()["data"]["updatedAt"])
    assert times == sorted(set(times))


async def test_tags_are_stored_as_a_json_array(api: Api, postgres: Postgres, database: str) -> None:
    moc = await api.create(tags=["a"])
    await change(api, "PATCH", moc, {"tags": ["b", "c"]})
    assert postgres.run("SELECT tags, jsonb_typeof(tags) FROM moc_instructions", database) == ['["b", "c"]|array']
    await change(api, "PATCH", moc, {"tags": None})
    assert postgres.run("SELECT tags IS NULL FROM moc_instructions", database) == ["t"]
