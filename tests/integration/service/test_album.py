"""/api/albums: list, detail, create, change, delete."""

from typing import Any

import pytest

from service.search.indices import IMAGES
from tests.fakes.search_engine import scripted_engine
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.servers import send
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.gallery import (
    ALBUM_ID,
    ID,
    NO_ID,
    album,
    image,
    insert_album,
    insert_image,
    many_images,
    titles,
)

PATH = "/api/albums"


class TestList:
    """A user's own albums, the newest first, with how many images lie in them."""

    async def test_without_any_it_is_an_empty_first_page(self, api: Api) -> None:
        assert (await api.get(PATH)).json() == {"success": True, "data": [], "total": 0, "page": 1, "limit": 20}
        assert_failure(await api.get(PATH, None), 401, "UNAUTHORIZED")

    async def test_parts_follow_each_other_the_newest_first_and_those_of_one_moment_by_their_id(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        postgres.run(
            """INSERT INTO gallery_albums (user_id, title, created_at)
             SELECT 'alice', 'Album ' || n, timestamp '2025-01-01' - n / 2 * interval '1 s' FROM generate_series(1, 9) n
            """,
            database,
        )
        everything = (await api.get(PATH)).json()["data"]
        assert everything == sorted(
            sorted(everything, key=lambda a: a["id"]), key=lambda a: a["createdAt"], reverse=True
        )
        names = [one["title"] for one in everything]
        assert [await titles(api, f"{PATH}?limit=4&page={page}") for page in (1, 2, 3, 4)] == [
            names[:4], names[4:8], names[8:], []
        ]  # fmt: skip
        assert await titles(api, f"{PATH}?limit=4&cursor=3") == names[3:7]
        assert (await api.get(f"{PATH}?page=9")).json()["total"] == 9

    async def test_counts_and_covers_are_shown_and_nobody_elses_albums(self, api: Api) -> None:
        place, empty = await album(api, title="Full"), await album(api, title="Empty")
        await album(api, "bob", title="Bob's")
        made = [await image(api, albumId=place["id"]) for _ in range(2)]
        await api.patch(f"{PATH}/{place['id']}", {"coverImageId": made[0]["id"]})
        for _ in range(2):
            shown = {one["title"]: one for one in (await api.get(PATH)).json()["data"]}
            assert set(shown) == {"Full", "Empty"}
            assert shown["Empty"] == {**empty, "imageCount": 0}
            assert (shown["Full"]["imageCount"], shown["Full"]["coverImageUrl"]) == (2, made[0]["imageUrl"])
        assert await titles(api, PATH, "admin") == []

    @pytest.mark.parametrize(
        ("name", "value"), [("page", "0"), ("page", "x"), ("limit", "101"), ("limit", ""), ("cursor", "-1")]
    )
    async def test_a_parameter_that_does_not_fit_is_400(self, api: Api, name: str, value: str) -> None:
        assert_failure(await api.get(f"{PATH}?{name}={value}"), 400, "VALIDATION_ERROR", name)


class TestDetail:
    """An album with its images, the newest first."""

    async def test_it_shows_the_images_as_they_are_shown_elsewhere(self, api: Api) -> None:
        place = await album(api, description="D")
        await image(api, title="Outside")
        made = [await image(api, title=f"Image {n}", tags="a", albumId=place["id"]) for n in range(3)]
        shown = (await api.get(f"{PATH}/{place['id']}")).json()
        assert shown == {"success": True, "data": {**place, "imageCount": 3, "images": made[::-1]}}

    async def test_without_images_it_has_an_empty_list(self, api: Api) -> None:
        place = await album(api)
        assert (await api.get(f"{PATH}/{place['id']}")).json()["data"] == {**place, "images": []}

    async def test_images_of_one_moment_are_ordered_by_their_id(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        place = await album(api)
        many_images(postgres, database, 9, album_id=place["id"])
        found = (await api.get(f"{PATH}/{place['id']}")).json()["data"]["images"]
        assert [one["id"] for one in found] == postgres.run(
            "SELECT id FROM gallery_images ORDER BY created_at DESC, id", database
        )

    async def test_a_cover_that_lies_elsewhere_is_named_but_not_shown(self, api: Api) -> None:
        made = await image(api)
        place = await album(api, coverImageId=made["id"])
        assert (place["coverImageId"], place.get("coverImageUrl")) == (made["id"], None)
        await api.patch(f"/api/images/{made['id']}", {"albumId": place["id"]})
        for path in (PATH, f"{PATH}/{place['id']}"):
            data = (await api.get(path)).json()["data"]
            assert (data[0] if path == PATH else data)["coverImageUrl"] == made["imageUrl"]

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    async def test_somebody_elses_is_403_and_stays_as_it_is(self, api: Api, method: str) -> None:
        place = await album(api)
        path = f"{PATH}/{place['id']}"
        for _ in range(2):  # the second time its owner has it in the cache
            assert_failure(await api.call(method, path, "bob", json={"title": "Bob's"}), 403, "FORBIDDEN")
            assert (await api.get(path)).json()["data"] == {**place, "images": []}

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    async def test_none_is_404_a_malformed_id_400_and_nobody_401(self, api: Api, method: str) -> None:
        for sub in ("alice", "admin"):
            assert_failure(await api.call(method, f"{PATH}/{NO_ID}", sub, json={}), 404, "NOT_FOUND")
        for name in ("abc", NO_ID.replace("-", ""), f"%7B{NO_ID}%7D", "%00"):
            assert_failure(await api.call(method, f"{PATH}/{name}", json={}), 400, "VALIDATION_ERROR", "id")
        assert_failure(await api.call(method, f"{PATH}/{NO_ID}", None, json={}), 401, "UNAUTHORIZED")

    async def test_an_admin_reads_changes_and_deletes_it_and_its_owner_sees_that(self, api: Api, redis: Any) -> None:
        place = await album(api)
        path = f"{PATH}/{place['id']}"
        mine = await image(api, albumId=place["id"])
        await api.get(path)
        assert (await api.get(path, "admin")).json()["data"]["images"] == [mine]
        changed = (await api.patch(path, {"title": "Changed", "coverImageId": mine["id"]}, "admin")).json()["data"]
        assert (changed["userId"], changed["imageCount"], changed["coverImageUrl"]) == ("alice", 1, mine["imageUrl"])
        assert (await api.get(path)).json()["data"] == {**changed, "images": [mine]}
        assert (await api.delete(path, "admin")).status_code == 200
        assert_failure(await api.get(path), 404, "NOT_FOUND")
        assert await titles(api, "/api/images") == [mine["title"]]
        assert [key for key in await redis.keys("*") if b"admin" in key] == []


class TestCreate:
    """A title, and what else is wanted."""

    async def test_it_answers_the_album(self, api: Api) -> None:
        made = await api.post(PATH, {"title": " Ships ", "description": "Two\nlines", "userId": "bob", "imageCount": 9})
        assert made.status_code == 201
        data = made.json()["data"]
        assert data == {
            "id": data["id"],
            "userId": "alice",
            "title": "Ships",
            "description": "Two\nlines",
            "imageCount": 0,
            "createdAt": data["createdAt"],
            "lastUpdatedAt": data["createdAt"],
        }
        assert (await api.get(PATH)).json()["data"] == [data]

    async def test_the_same_title_twice_is_fine(self, api: Api) -> None:
        assert (await album(api))["id"] != (await album(api))["id"]

    @pytest.mark.parametrize("optional", [None, "", " "])
    async def test_blank_and_null_count_as_not_given(self, api: Api, optional: str | None) -> None:
        made = await album(api, description=optional, coverImageId=optional)
        assert not {"description", "coverImageId"} & set(made)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "title"),
            *(({"title": title}, "title") for title in (None, "", "  ", "x" * 201, 5, "a\x00b", "two\nlines")),
            *(({"title": "x", "description": d}, "description") for d in ("x" * 2001, "a\x01b", 5)),
            *(({"title": "x", "coverImageId": c}, "coverImageId") for c in ("abc", NO_ID.replace("-", ""), 5)),
        ],
    )
    async def test_what_does_not_fit_is_400_and_makes_nothing(self, api: Api, body: Any, field: str) -> None:
        assert_failure(await api.post(PATH, body), 400, "VALIDATION_ERROR", field)
        assert (await api.get(PATH)).json()["total"] == 0

    @pytest.mark.parametrize("sub", ["alice", "admin"])
    async def test_a_cover_has_to_be_there_and_the_users_own(self, api: Api, sub: str) -> None:
        theirs = await image(api, "bob")
        assert_failure(await api.post(PATH, {"title": "x", "coverImageId": theirs["id"]}, sub), 403, "FORBIDDEN")
        assert_failure(await api.post(PATH, {"title": "x", "coverImageId": NO_ID}, sub), 404, "NOT_FOUND")
        assert (await api.get(PATH, sub)).json()["total"] == 0

    async def test_a_body_that_is_not_json_is_415_and_nobody_401(self, api: Api) -> None:
        assert_failure(await api.call("POST", PATH, data={"title": "x"}), 415, "UNSUPPORTED_MEDIA_TYPE")
        assert_failure(await api.post(PATH, {"title": "x"}, None), 401, "UNAUTHORIZED")


class TestPatch:
    """Only the fields that are given; null clears an optional one."""

    async def test_given_fields_change_and_the_others_stay(self, api: Api) -> None:
        before = await album(api, description="D")
        after = (await api.patch(f"{PATH}/{before['id']}", {"title": " New "})).json()["data"]
        assert after == {**before, "title": "New", "lastUpdatedAt": after["lastUpdatedAt"]}
        assert after["lastUpdatedAt"] > before["lastUpdatedAt"]
        assert (await api.get(PATH)).json()["data"] == [after]

    async def test_null_clears_what_is_optional(self, api: Api) -> None:
        place = await album(api, description="D", coverImageId=(await image(api))["id"])
        changed = await api.patch(f"{PATH}/{place['id']}", {"description": None, "coverImageId": None})
        assert not {"description", "coverImageId"} & set(changed.json()["data"])

    async def test_nothing_given_or_nothing_new_changes_nothing(self, api: Api) -> None:
        place = await album(api, description="D")
        mine = await image(api, albumId=place["id"])
        await api.patch(f"{PATH}/{place['id']}", {"coverImageId": mine["id"]})
        before = (await api.get(PATH)).json()["data"][0]
        for body in ({}, {name: before[name] for name in ("title", "description", "coverImageId")}, {"userId": "bob"}):
            answer = await api.patch(f"{PATH}/{place['id']}", body)
            assert (answer.status_code, answer.json()["data"]) == (200, before)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("title", value) for value in (None, "", " ", "x" * 201, 5, "a\x00b")),
            *(("description", value) for value in ("x" * 2001, "a\x01b", 5)),
            *(("coverImageId", value) for value in ("abc", 5)),
        ],
    )
    async def test_what_does_not_fit_is_400_and_changes_nothing(self, api: Api, field: str, value: Any) -> None:
        place = await album(api)
        assert_failure(await api.patch(f"{PATH}/{place['id']}", {field: value}), 400, "VALIDATION_ERROR", field)
        assert (await api.get(PATH)).json()["data"] == [place]

    @pytest.mark.parametrize("sub", ["alice", "admin"])
    async def test_a_cover_is_of_the_albums_owner_whoever_asks(self, api: Api, sub: str) -> None:
        place = await album(api)
        for owner in ("bob", "admin"):
            theirs = await image(api, owner)
            answer = await api.patch(f"{PATH}/{place['id']}", {"coverImageId": theirs["id"]}, sub)
            assert_failure(answer, 403, "FORBIDDEN")
        answer = await api.patch(f"{PATH}/{place['id']}", {"coverImageId": NO_ID}, sub)
        assert_failure(answer, 404, "NOT_FOUND")


class TestDelete:
    """The images stay."""

    @pytest.mark.parametrize("on_lambda", [False, True])
    async def test_its_images_lie_outside_any_afterwards_for_every_reader(
        self, open_api: Open, on_lambda: bool, search_server: str
    ) -> None:
        async with open_api(on_lambda=on_lambda) as api:
            place, other = await album(api), await album(api, title="Other")
            made = [await image(api, title=f"Image {n}", albumId=place["id"]) for n in range(3)]
            kept = await image(api, title="Kept", albumId=other["id"])
            for path in ("/api/images", PATH, f"{PATH}/{place['id']}", f"/api/images/{made[0]['id']}"):
                await api.get(path)
            answer = await api.delete(f"{PATH}/{place['id']}")
            assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": place["id"]}})
            assert_failure(await api.get(f"{PATH}/{place['id']}"), 404, "NOT_FOUND")
            assert_failure(await api.delete(f"{PATH}/{place['id']}"), 404, "NOT_FOUND")
            assert await titles(api, "/api/images") == [one["title"] for one in reversed(made)]
            assert await titles(api, PATH) == ["Other"]
            shown = (await api.get(f"/api/images/{made[0]['id']}")).json()["data"]
            assert "albumId" not in shown
            assert shown["lastUpdatedAt"] > made[0]["lastUpdatedAt"]
            assert (await api.get(f"/api/images/{kept['id']}")).json()["data"] == kept
            await until(lambda: all("albumId" not in document(search_server, one["id"]) for one in made), seconds=5.0)
            assert document(search_server, kept["id"]) == kept
            assert document(search_server, made[0]["id"]) == shown

    async def test_an_old_foreign_key_takes_no_image_along(
        self, open_api: Open, postgres: Postgres, migrated_template: str
    ) -> None:
        dsn = postgres.create_database(migrated_template)
        postgres.run(
            "ALTER TABLE gallery_images ADD FOREIGN KEY (album_id) REFERENCES gallery_albums (id) ON DELETE CASCADE",
            dsn,
        )
        async with open_api(postgres=postgres.address(dsn)) as api:
            place = await album(api)
            made = await image(api, albumId=place["id"])
            assert (await api.delete(f"{PATH}/{place['id']}")).status_code == 200
            assert await titles(api, "/api/images") == [made["title"]]

    async def test_a_moc_that_shows_the_album_stays(self, api: Api, postgres: Postgres, database: str) -> None:
        moc, place = await api.create(), await album(api)
        link = f"INSERT INTO moc_gallery_albums (moc_id, gallery_album_id) VALUES ('{moc['id']}', '{place['id']}')"
        postgres.run(link, database)
        assert (await api.delete(f"{PATH}/{place['id']}")).status_code == 200
        assert (await api.get(f"/api/mocs/{moc['id']}")).status_code == 200
        assert postgres.run("SELECT count(*) FROM moc_gallery_albums", database) == ["0"]

    async def test_an_image_that_somebody_else_once_put_in_is_let_go_and_its_owner_sees_that(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        insert_album(postgres, database)
        insert_image(postgres, database, user_id="'bob'", title="'Bob''s'", album_id=f"'{ALBUM_ID}'")
        assert (await api.get(f"{PATH}/{ALBUM_ID}")).json()["data"]["imageCount"] == 0
        assert (await api.get(PATH)).json()["data"][0]["imageCount"] == 0
        assert await titles(api, "/api/images", "bob") == []
        assert (await api.get(f"/api/images/{ID}", "bob")).json()["data"]["albumId"] == ALBUM_ID
        assert (await api.delete(f"{PATH}/{ALBUM_ID}")).status_code == 200
        assert await titles(api, "/api/images", "bob") == ["Bob's"]
        assert "albumId" not in (await api.get(f"/api/images/{ID}", "bob")).json()["data"]

    async def test_many_images_are_told_to_the_engine_in_a_few_calls(
        self, open_api: Open, postgres: Postgres, database: str
    ) -> None:
        async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url, on_lambda=True) as api:
            place = await album(api)
            many_images(postgres, database, 1200, album_id=place["id"])
            answer = await api.delete(f"{PATH}/{place['id']}")
            assert answer.status_code == 200
            assert [path for method, path in engine.calls if method == "POST"] == ["/_bulk"] * 3

    async def test_an_engine_that_is_down_changes_nothing(self, open_api: Open) -> None:
        async with open_api(opensearch_endpoint="http://127.0.0.1:1") as api:
            place = await album(api)
            made = await image(api, albumId=place["id"])
            assert (await api.delete(f"{PATH}/{place['id']}")).status_code == 200
            assert await titles(api, "/api/images") == [made["title"]]


def document(search_server: str, image_id: str) -> dict[str, Any]:
    found: dict[str, Any] = send("GET", f"{search_server}/{IMAGES}/_doc/{image_id}", None)["_source"]
    return found
