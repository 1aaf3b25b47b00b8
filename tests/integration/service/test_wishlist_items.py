"""One wishlist item: made, read, changed, deleted; by its owner and by nobody else."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.wishes import LIST, NOBODYS, detail, insert, titles, wish

BOTH = pytest.mark.parametrize("method", ["PATCH", "PUT"])
EVERYTHING: dict[str, Any] = {
    "title": "Falcon",
    "description": "Two lines,\n\ta tab, and ümläuts 🧱",
    "productLink": "https://shop.example.com/falcon?x=1#buy",
    "imageUrl": "https://img.example.com/a.webp?v=1",
    "category": "Star Wars",
    "sortOrder": "10",
}
OPTIONAL = ["description", "productLink", "imageUrl", "category"]

REFUSED: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", "   "),
    ("title", "x" * 201),
    ("title", 5),
    ("title", None),
    ("title", "a\nb"),
    ("title", "a\0b"),
    ("title", "a\x85b"),
    ("description", "x" * 2001),
    ("description", 5),
    ("description", "a\0b"),
    ("productLink", ""),
    ("productLink", "javascript:alert(1)"),
    ("productLink", "file:///etc/passwd"),
    ("productLink", "http://169.254.169.254/latest/meta-data"),
    ("productLink", "http://u:p@shop.example.com/"),
    ("productLink", "https://shop.example.com/" + "x" * 3000),
    ("productLink", "https://\u0430pple.com/"),
    ("productLink", 5),
    ("imageUrl", "/uploads/a.jpg"),
    ("imageUrl", "data:image/png;base64,AAAA"),
    ("imageUrl", []),
    ("category", "x" * 101),
    ("category", "a\nb"),
    ("category", 5),
    ("sortOrder", ""),
    ("sortOrder", "  "),
    ("sortOrder", "x" * 101),
    ("sortOrder", True),
    ("sortOrder", ["1"]),
    ("sortOrder", {}),
    ("sortOrder", "a\0"),
    ("sortOrder", 10**400),
]


async def change(api: Api, method: str, item: dict[str, Any], body: Any, sub: str | None = "alice") -> Any:
    return await api.call(method, f"{LIST}/{item['id']}", sub, json=body)


async def test_a_new_item_is_201_with_what_was_sent_and_nothing_empty(api: Api) -> None:
    answer = await api.post(LIST, {"title": "  Falcon "})
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"success", "data"}
    assert body["success"] is True
    assert set(body["data"]) == {"id", "userId", "title", "sortOrder", "createdAt", "updatedAt"}
    assert (body["data"]["title"], body["data"]["userId"], body["data"]["sortOrder"]) == ("Falcon", "alice", "1")
    assert body["data"]["createdAt"] == body["data"]["updatedAt"]
    assert body["data"]["id"] == str(UUID(body["data"]["id"]))


async def test_every_field_comes_back_as_it_was_sent_in_every_later_answer(api: Api) -> None:
    made = await wish(api, **EVERYTHING)
    assert {name: made[name] for name in EVERYTHING} == EVERYTHING
    assert await detail(api, made) == made
    assert (await api.get(LIST)).json()["data"] == [made]
    assert (await api.get(f"{LIST}/search")).json()["data"] == [made]


async def test_null_on_a_create_is_not_given_and_unknown_keys_are_ignored(api: Api) -> None:
    nulls: dict[str, Any] = dict.fromkeys([*OPTIONAL, "sortOrder"])
    made = await wish(api, **nulls, userId="bob", price=5)
    assert set(made) == {"id", "userId", "title", "sortOrder", "createdAt", "updatedAt"}
    assert made["userId"] == "alice"


@pytest.mark.parametrize(("field", "value"), REFUSED)
async def test_a_value_that_does_not_fit_is_400_and_names_its_field(api: Api, field: str, value: Any) -> None:
    assert_failure(await api.post(LIST, {**EVERYTHING, field: value}), 400, "VALIDATION_ERROR", field)
    assert await titles(api) == []


async def test_a_missing_title_is_named(api: Api) -> None:
    assert_failure(await api.post(LIST, {"sortOrder": 1}), 400, "VALIDATION_ERROR", "title")


@pytest.mark.parametrize(("content", "type_", "status"), [
    (b"{", "application/json", 400),
    (b"[]", "application/json", 400),
    (b'{"title":"\\ud800"}', "application/json", 400),
    (b'{"title":"a","sortOrder":1e999}', "application/json", 400),
    (b'{"title":"a","sortOrder":NaN}', "application/json", 400),
    (b'{"title":"a"}', "text/plain", 415),
    (b'{"title":"a"}', None, 415),
    (b'{"title":"' + b"a" * 1_100_000 + b'"}', "application/json", 413),
])  # fmt: skip
async def test_a_body_that_cannot_be_read_is_refused(api: Api, content: bytes, type_: str | None, status: int) -> None:
    headers = {"Content-Type": type_} if type_ else {}
    code = {400: "VALIDATION_ERROR", 415: "UNSUPPORTED_MEDIA_TYPE", 413: "PAYLOAD_TOO_LARGE"}[status]
    assert_failure(await api.call("POST", LIST, content=content, headers=headers), status, code)
    assert await titles(api) == []


async def test_the_longest_values_are_fine(api: Api) -> None:
    longest = {"title": "x" * 200, "description": "x" * 2000, "category": "x" * 100, "sortOrder": "x" * 100}
    link = "https://shop.example.com/" + "x" * (2048 - 25)
    made = await wish(api, **longest, productLink=link, imageUrl=link)
    assert {name: made[name] for name in longest} == longest
    assert made["productLink"] == made["imageUrl"] == link


@BOTH
async def test_only_the_given_fields_change_and_the_update_time(api: Api, method: str) -> None:
    item = await wish(api, **EVERYTHING)
    answer = await change(api, method, item, {"category": "City", "sortOrder": 7})
    assert answer.status_code == 200
    changed = answer.json()["data"]
    assert changed == {**item, "category": "City", "sortOrder": "7", "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > item["updatedAt"]
    assert await detail(api, item) == changed
    assert (await api.get(LIST)).json()["data"] == [changed]


@BOTH
@pytest.mark.parametrize("body", [{}, {"userId": "bob", "nobody": "knows"}, {"sortOrder": 10}, {"title": " Falcon "}])
async def test_a_patch_of_nothing_is_200_and_changes_nothing(api: Api, method: str, body: dict[str, Any]) -> None:
    item = await wish(api, **EVERYTHING)
    answer = await change(api, method, item, body)
    assert (answer.status_code, answer.json()["data"]) == (200, item)
    assert await detail(api, item) == item


@pytest.mark.parametrize("field", OPTIONAL)
async def test_null_clears_an_optional_field_and_it_can_be_set_later(api: Api, field: str) -> None:
    item = await wish(api, **EVERYTHING)
    changed = (await change(api, "PATCH", item, {field: None})).json()["data"]
    assert set(item) - set(changed) == {field}
    assert await detail(api, item) == changed
    restored = (await change(api, "PATCH", item, {field: EVERYTHING[field]})).json()["data"]
    assert restored == {**item, "updatedAt": restored["updatedAt"]}


@pytest.mark.parametrize(("field", "value"), [*REFUSED, ("sortOrder", None)])
async def test_what_a_create_refuses_a_patch_refuses_and_nothing_changes(api: Api, field: str, value: Any) -> None:
    item = await wish(api, **EVERYTHING)
    body = {"title": "Changed as well", field: value}
    assert_failure(await change(api, "PATCH", item, body), 400, "VALIDATION_ERROR", field)
    assert await detail(api, item) == item


async def test_changes_at_once_are_all_kept(api: Api) -> None:
    item = await wish(api)
    wanted = {"description": "d", "category": "c", "productLink": "https://a.example/", "sortOrder": "9"}
    await asyncio.gather(*(change(api, "PATCH", item, {field: value}) for field, value in wanted.items()))
    found = await detail(api, item)
    assert {field: found[field] for field in wanted} == wanted


async def test_update_times_grow_even_within_one_millisecond(api: Api) -> None:
    item = await wish(api)
    times = [item["updatedAt"]]
    for number in range(5):
        times.append((await change(api, "PATCH", item, {"category": str(number)})).json()["data"]["updatedAt"])
    assert times == sorted(set(times))


async def test_a_deleted_item_is_gone_from_every_later_answer(api: Api) -> None:
    item = await wish(api)
    await titles(api), await detail(api, item)  # so that they are cached
    answer = await api.delete(f"{LIST}/{item['id']}")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": item["id"]}})
    assert await titles(api) == []
    assert_failure(await api.get(f"{LIST}/{item['id']}"), 404, "NOT_FOUND")
    assert_failure(await api.delete(f"{LIST}/{item['id']}"), 404, "NOT_FOUND")


@pytest.mark.parametrize("sub", ["bob", "admin"])
async def test_somebody_elses_is_403_for_admins_too_and_stays_as_it_is(api: Api, sub: str) -> None:
    item = await wish(api, **EVERYTHING)
    await detail(api, item)  # cached for its owner
    path = f"{LIST}/{item['id']}"
    for answer in (
        await api.get(path, sub),
        await api.get(path, sub),
        await change(api, "PATCH", item, {"title": "Mine"}, sub),
        await change(api, "PUT", item, {}, sub),
        await api.delete(path, sub),
    ):
        assert_failure(answer, 403, "FORBIDDEN")
    assert await detail(api, item) == item


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
async def test_an_item_that_is_not_there_is_404_and_a_malformed_id_400(api: Api, method: str) -> None:
    body: dict[str, Any] = {"json": {}} if method in ("PATCH", "PUT") else {}
    assert_failure(await api.call(method, f"{LIST}/{NOBODYS}", **body), 404, "NOT_FOUND")
    for bad in ("zz", "123", f"%7B{NOBODYS}%7D", NOBODYS.replace("-", "")):
        assert_failure(await api.call(method, f"{LIST}/{bad}", **body), 400, "VALIDATION_ERROR", "id")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", LIST),
        ("POST", LIST),
        ("GET", f"{LIST}/search"),
        ("POST", f"{LIST}/reorder"),
        ("GET", f"{LIST}/{NOBODYS}"),
        ("PATCH", f"{LIST}/{NOBODYS}"),
        ("PUT", f"{LIST}/{NOBODYS}"),
        ("DELETE", f"{LIST}/{NOBODYS}"),
        ("POST", f"{LIST}/{NOBODYS}/image"),
        ("POST", f"{LIST}/{NOBODYS}/image/presign"),
        ("POST", f"{LIST}/{NOBODYS}/image/complete"),
    ],
)
async def test_nobody_is_401_everywhere(api: Api, method: str, path: str) -> None:
    assert_failure(await api.call(method, path, None), 401, "UNAUTHORIZED")


@pytest.mark.parametrize(("method", "path"), [("PUT", f"{LIST}/reorder"), ("DELETE", LIST), ("POST", f"{LIST}/search")])
async def test_a_wrong_method_is_405(api: Api, method: str, path: str) -> None:
    assert_failure(await api.call(method, path, json={}), 405, "METHOD_NOT_ALLOWED")


async def test_a_write_by_cookie_from_a_foreign_page_is_refused(api: Api) -> None:
    headers = {"Cookie": f"token={api.token('alice')}", "Origin": "https://evil.example"}
    answer = await api.call("POST", LIST, None, headers=headers, json={"title": "x"})
    assert_failure(answer, 403, "CSRF_FAILED")
    assert await titles(api) == []


async def test_an_old_row_is_served_as_it_is_and_keeps_what_a_patch_does_not_touch(
    api: Api, postgres: Postgres, database: str
) -> None:
    identity = insert(
        postgres, database, title="repeat('x', 255)", sort_order="''", image_url="'/uploads/a b.jpg'",
        product_link="'not a url'", created_at="'2020-01-02 03:04:05'", updated_at="'2020-01-02 03:04:05.6789'",
    )  # fmt: skip
    old = {
        "id": identity,
        "userId": "alice",
        "title": "x" * 255,
        "sortOrder": "",
        "imageUrl": "/uploads/a b.jpg",
        "productLink": "not a url",
        "createdAt": "2020-01-02T03:04:05.000Z",
        "updatedAt": "2020-01-02T03:04:05.678Z",
    }
    assert await detail(api, old) == old
    assert (await api.get(LIST)).json()["data"] == [old]
    answer = await change(api, "PATCH", old, {**old, "category": "City"})
    changed = answer.json()["data"]
    assert (answer.status_code, changed) == (200, {**old, "category": "City", "updatedAt": changed["updatedAt"]})
    assert_failure(await change(api, "PATCH", old, {"title": "y" * 255}), 400, "VALIDATION_ERROR", "title")
    assert (await change(api, "PATCH", old, {"title": "Short", "imageUrl": None})).status_code == 200
    assert (await api.delete(f"{LIST}/{identity}")).status_code == 200
