"""GET, PATCH and DELETE /api/images/{id}, and POST /api/flag."""

from typing import Any

import pytest

from service.domains.gallery.images.repository import ImageRepository
from service.search.indices import IMAGES
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.servers import send
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.gallery import NO_ID, album, image, indexed, titles

MALFORMED = ["abc", "5", NO_ID.replace("-", ""), f"%7B{NO_ID}%7D", f"urn:uuid:{NO_ID}", "%00", "..%2f"]


class TestWhose:
    """Its owner's and the admins'; the check runs on every request, also on a hit."""

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    async def test_somebody_elses_is_403_and_stays_as_it_is(self, api: Api, method: str) -> None:
        mine = await image(api, title="Mine")
        path = f"/api/images/{mine['id']}"
        for _ in range(2):  # the second time its owner has it in the cache
            assert_failure(await api.call(method, path, "bob", json={"title": "Bob's"}), 403, "FORBIDDEN")
            assert (await api.get(path)).json()["data"] == mine

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    @pytest.mark.parametrize("sub", ["alice", "admin"])
    async def test_none_is_404(self, api: Api, method: str, sub: str) -> None:
        assert_failure(await api.call(method, f"/api/images/{NO_ID}", sub, json={}), 404, "NOT_FOUND")

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    @pytest.mark.parametrize("name", MALFORMED)
    async def test_a_malformed_id_is_400(self, api: Api, method: str, name: str) -> None:
        answer = await api.call(method, f"/api/images/{name}", json={})
        assert_failure(answer, 400, "VALIDATION_ERROR", "id")

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    async def test_nobody_is_401(self, api: Api, method: str) -> None:
        assert_failure(await api.call(method, f"/api/images/{NO_ID}", None, json={}), 401, "UNAUTHORIZED")

    async def test_an_admin_reads_changes_and_deletes_it_and_its_owner_sees_that(self, api: Api, redis: Any) -> None:
        mine = await image(api, title="Mine")
        path = f"/api/images/{mine['id']}"
        await api.get(path)
        assert (await api.get(path, "admin")).json()["data"] == mine
        changed = await api.patch(path, {"title": "Changed"}, "admin")
        assert (changed.status_code, changed.json()["data"]["userId"]) == (200, "alice")
        assert (await api.get(path)).json()["data"]["title"] == "Changed"
        assert (await api.delete(path, "admin")).status_code == 200
        assert_failure(await api.get(path), 404, "NOT_FOUND")
        assert [key for key in await redis.keys("*") if b"admin" in key] == []


class TestPatch:
    """Only the fields that are given; null clears an optional one."""

    async def test_given_fields_change_and_the_others_stay(self, api: Api) -> None:
        before = await image(api, title="Old", description="D", tags="a")
        path = f"/api/images/{before['id']}"
        after = (await api.patch(path, {"title": " New ", "tags": ["b", "c"]})).json()["data"]
        assert after == {
            **before, "title": "New", "tags": ["b", "c"], "lastUpdatedAt": after["lastUpdatedAt"]
        }  # fmt: skip
        assert after["lastUpdatedAt"] > before["lastUpdatedAt"]
        assert (await api.get(path)).json()["data"] == after

    async def test_null_clears_what_is_optional(self, api: Api) -> None:
        place = await album(api)
        made = await image(api, description="D", tags="a", albumId=place["id"])
        changed = await api.patch(f"/api/images/{made['id']}", {"description": None, "tags": None, "albumId": None})
        assert not {"description", "tags", "albumId"} & set(changed.json()["data"])
        assert await titles(api, "/api/images") == [made["title"]]

    @pytest.mark.parametrize("blank", ["", "  "])
    async def test_a_blank_album_clears_as_old_clients_ask(self, api: Api, blank: str) -> None:
        made = await image(api, albumId=(await album(api))["id"])
        changed = await api.patch(f"/api/images/{made['id']}", {"albumId": blank})
        assert "albumId" not in changed.json()["data"]

    @pytest.mark.parametrize("sent_back", [False, True])
    async def test_nothing_given_or_nothing_new_changes_nothing(self, api: Api, sent_back: bool) -> None:
        place = await album(api)
        made = await image(api, description="D", tags="a", albumId=place["id"])
        same = {name: made[name] for name in ("title", "description", "tags", "albumId")} if sent_back else {}
        answer = await api.patch(f"/api/images/{made['id']}", {**same, "userId": "bob", "flagged": True})
        assert (answer.status_code, answer.json()["data"]) == (200, made)

    async def test_empty_tags_are_no_tags_but_a_list(self, api: Api) -> None:
        made = await image(api, tags="a")
        assert (await api.patch(f"/api/images/{made['id']}", {"tags": []})).json()["data"]["tags"] == []

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("title", value) for value in (None, "", "  ", "x" * 201, 5, "a\x00b", "two\nlines", ["x"])),
            *(("description", value) for value in ("x" * 2001, "a\x01b", 5)),
            *(("tags", value) for value in ("a,b", ["t"] * 21, 5)),
            *(("albumId", value) for value in ("abc", NO_ID.replace("-", ""), 5)),
        ],
    )
    async def test_what_does_not_fit_is_400_and_changes_nothing(self, api: Api, field: str, value: Any) -> None:
        made = await image(api)
        path = f"/api/images/{made['id']}"
        assert_failure(await api.patch(path, {field: value}), 400, "VALIDATION_ERROR", field)
        assert (await api.get(path)).json()["data"] == made

    @pytest.mark.parametrize("value", [[""], ["t" * 51], [5], ["a\x07"]])
    async def test_a_tag_that_does_not_fit_is_400(self, api: Api, value: Any) -> None:
        made = await image(api)
        answer = await api.patch(f"/api/images/{made['id']}", {"tags": value})
        assert assert_failure(answer, 400, "VALIDATION_ERROR")["details"][0]["field"].startswith("tags")

    async def test_a_body_that_is_not_json_is_415(self, api: Api) -> None:
        made = await image(api)
        answer = await api.call("PATCH", f"/api/images/{made['id']}", data={"title": "x"})
        assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")

    @pytest.mark.parametrize("sub", ["alice", "admin"])
    async def test_an_album_is_of_the_images_owner_whoever_asks(self, api: Api, sub: str) -> None:
        mine, theirs, admins = await image(api), await album(api, "bob"), await album(api, "admin")
        path = f"/api/images/{mine['id']}"
        for place in (theirs, admins):
            assert_failure(await api.patch(path, {"albumId": place["id"]}, sub), 403, "FORBIDDEN")
        assert_failure(await api.patch(path, {"albumId": NO_ID}, sub), 404, "NOT_FOUND")
        assert (await api.get(path)).json()["data"] == mine

    async def test_a_move_is_seen_in_both_albums_and_outside(self, api: Api) -> None:
        one, other = await album(api, title="One"), await album(api, title="Other")
        made = await image(api, title="Falcon", albumId=one["id"])
        where = ["/api/images", f"/api/images?albumId={one['id']}", f"/api/images?albumId={other['id']}"]
        for place, expected in ((other["id"], [0, 0, 1]), (None, [1, 0, 0]), (one["id"], [0, 1, 0])):
            await api.patch(f"/api/images/{made['id']}", {"albumId": place})
            assert [len(await titles(api, path)) for path in where] == expected
            counts = {a["title"]: a["imageCount"] for a in (await api.get("/api/albums")).json()["data"]}
            assert [counts["One"], counts["Other"]] == expected[1:]
            details = [(await api.get(f"/api/albums/{a['id']}")).json()["data"]["images"] for a in (one, other)]
            assert [len(images) for images in details] == expected[1:]

    async def test_a_change_is_seen_in_the_moc_that_shows_the_image(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        moc, made = await api.create(), await image(api, title="Old")
        link = "INSERT INTO moc_gallery_images (moc_id, gallery_image_id) VALUES ('{}', '{}')"
        postgres.run(link.format(moc["id"], made["id"]), database)
        assert [one["alt"] for one in (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["images"]] == ["Old"]
        await api.patch(f"/api/images/{made['id']}", {"title": "New"})
        assert [one["alt"] for one in (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["images"]] == ["New"]
        await api.delete(f"/api/images/{made['id']}")
        assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["images"] == []


class TestDelete:
    """The row, both objects, the document; links and flags go with the row."""

    @pytest.mark.parametrize("on_lambda", [False, True])
    async def test_all_of_it_goes_and_nothing_else(
        self, open_api: Open, on_lambda: bool, s3: Objects, bucket: str, postgres: Postgres, database: str,
        search_server: str,
    ) -> None:  # fmt: skip
        async with open_api(on_lambda=on_lambda) as api:
            kept, gone = await image(api, title="Kept"), await image(api, title="Gone")
            moc = await api.create()
            links = "INSERT INTO moc_gallery_images (moc_id, gallery_image_id) VALUES ('{}', '{}')"
            postgres.run(links.format(moc["id"], gone["id"]), database)
            await api.post("/api/flag", {"imageId": gone["id"]}, "bob")
            await indexed(search_server, 2)
            answer = await api.delete(f"/api/images/{gone['id']}")
            assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": gone["id"]}})
            assert_failure(await api.get(f"/api/images/{gone['id']}"), 404, "NOT_FOUND")
            assert_failure(await api.delete(f"/api/images/{gone['id']}"), 404, "NOT_FOUND")
            assert await titles(api, "/api/images") == ["Kept"]
            await api.runtime.background.drain(10.0)
            assert s3.keys(bucket) == [
                f"images/alice/{kept['id']}.webp", f"images/alice/thumbnails/{kept['id']}.webp"
            ]  # fmt: skip
            await indexed(search_server, 1)
            assert send("GET", f"{search_server}/{IMAGES}/_doc/{kept['id']}", None)["found"]
            counted = [
                f"SELECT count(*) FROM {table};" for table in ("gallery_images", "gallery_flags", "moc_gallery_images",
                                                               "moc_instructions", "file_leftovers")
            ]  # fmt: skip
            assert postgres.run("".join(counted), database) == ["1", "0", "0", "1", "0"]

    async def test_an_albums_cover_that_goes_is_shown_no_more(self, api: Api) -> None:
        place = await album(api)
        made = await image(api, albumId=place["id"])
        shown = (await api.patch(f"/api/albums/{place['id']}", {"coverImageId": made["id"]})).json()["data"]
        assert shown["coverImageUrl"] == made["imageUrl"]
        await api.delete(f"/api/images/{made['id']}")
        for path in ("/api/albums", f"/api/albums/{place['id']}"):
            data = (await api.get(path)).json()["data"]
            found = data[0] if isinstance(data, list) else data
            assert (found["imageCount"], found.get("coverImageUrl")) == (0, None)


class TestFlag:
    """Any image, also somebody else's; each user once."""

    @pytest.mark.parametrize("sub", ["alice", "bob", "admin"])
    async def test_anybody_flags_any_image_once(self, api: Api, sub: str) -> None:
        mine = await image(api)
        answer = await api.post("/api/flag", {"imageId": mine["id"], "reason": "Not a brick"}, sub)
        assert answer.status_code == 201
        flag = answer.json()["data"]
        assert answer.json() == {"success": True, "data": flag, "flag": flag}
        assert flag == {
            "id": flag["id"],
            "imageId": mine["id"],
            "userId": sub,
            "reason": "Not a brick",
            "createdAt": flag["createdAt"],
            "lastUpdatedAt": flag["createdAt"],
        }
        again = await api.post("/api/flag", {"imageId": mine["id"], "reason": "Still none"}, sub)
        assert_failure(again, 409, "CONFLICT", "imageId")

    async def test_the_image_stays_as_it_is(self, api: Api, postgres: Postgres, database: str) -> None:
        mine = await image(api)
        await api.post("/api/flag", {"imageId": mine["id"]}, "bob")
        assert (await api.get(f"/api/images/{mine['id']}")).json()["data"] == mine
        assert postgres.run("SELECT user_id, reason IS NULL FROM gallery_flags", database) == ["bob|t"]

    @pytest.mark.parametrize("reason", [None, "", "  "])
    async def test_a_blank_reason_is_none(self, api: Api, reason: str | None) -> None:
        mine = await image(api)
        flag = (await api.post("/api/flag", {"imageId": mine["id"], "reason": reason}, "bob")).json()["data"]
        assert "reason" not in flag

    async def test_an_image_that_is_not_there_is_404(self, api: Api) -> None:
        assert_failure(await api.post("/api/flag", {"imageId": NO_ID}), 404, "NOT_FOUND")

    async def test_so_is_one_that_goes_at_that_moment(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        async def still_there(self: ImageRepository, image_id: object) -> str:
            return "alice"

        monkeypatch.setattr(ImageRepository, "owner_of", still_there)
        assert_failure(await api.post("/api/flag", {"imageId": NO_ID}, "bob"), 404, "NOT_FOUND")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "imageId"),
            ({"imageId": None}, "imageId"),
            ({"imageId": "abc"}, "imageId"),
            ({"imageId": 5}, "imageId"),
            ({"imageId": NO_ID, "reason": "x" * 2001}, "reason"),
            ({"imageId": NO_ID, "reason": "a\x00b"}, "reason"),
            ({"imageId": NO_ID, "reason": 5}, "reason"),
        ],
    )
    async def test_a_body_that_does_not_fit_is_400(self, api: Api, body: Any, field: str) -> None:
        assert_failure(await api.post("/api/flag", body), 400, "VALIDATION_ERROR", field)

    async def test_nobody_flags_without_signing_in(self, api: Api) -> None:
        assert_failure(await api.post("/api/flag", {"imageId": NO_ID}, None), 401, "UNAUTHORIZED")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    async def test_other_methods_are_405(self, api: Api, method: str) -> None:
        assert_failure(await api.call(method, "/api/flag"), 405, "METHOD_NOT_ALLOWED")


async def test_what_was_deleted_is_not_found_by_words(api: Api, search_server: str) -> None:
    made = await image(api, title="Falcon")
    await indexed(search_server, 1)
    await api.delete(f"/api/images/{made['id']}")

    async def gone() -> bool:
        return await titles(api, "/api/images?search=falcon") == []

    await until(gone, seconds=5.0)
