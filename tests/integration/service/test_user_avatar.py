"""A user's avatar: taken, shown, replaced, deleted, one request at a time."""

from typing import Any

import pytest

from tests.fakes.clamd import EICAR, fake_clamd
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import ORIGIN, Api, assert_failure
from tests.integration.service.avatars import (
    BLUE,
    KEY,
    RED,
    assert_whole,
    huge_png,
    picture,
    send,
    send_directly,
    webp_size,
)
from tests.integration.service.conftest import Open
from tests.integration.user_pool import Pool

AVATAR = "/api/users/me/avatar"
TOO_LARGE = 5 * 1024 * 1024 + 1

pytestmark = pytest.mark.usefixtures("pool")


async def shown(api: Api) -> Any:
    return (await api.get("/api/users/me")).json()["data"].get("picture")


async def test_an_avatar_is_a_square_at_its_key_named_with_a_version_by_pool_and_profile(
    api: Api, pool: Pool, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    assert await shown(api) is None
    answer = await send(api, picture())
    assert answer.status_code == 200, answer.text
    body = answer.json()
    url = body["data"]["picture"]
    assert body == {"success": True, "data": {"picture": url, "avatarUrl": url}}
    assert pool.attributes("alice")["picture"] == url == await shown(api)
    assert assert_whole(pool, s3, bucket)
    assert s3.keys(bucket) == [KEY]
    assert webp_size(s3.read(bucket, KEY)) == (256, 256)
    assert pool.attributes("alice")["name"] == "Ada Lovelace"
    assert postgres.run("SELECT count(*) FROM file_leftovers", database) == ["0"]


@pytest.mark.parametrize(
    ("kind", "name", "declared"),
    [
        ("jpg", "me.jpg", "image/jpeg"),
        ("jpg", "C:\\Pictures\\Me.JPEG", "image/jpeg; charset=binary"),
        ("png", "me.png", "image/png"),
        ("webp", "me.webp", "image/webp"),
    ],
)
async def test_each_kind_of_picture_is_taken(api: Api, kind: str, name: str, declared: str) -> None:
    assert (await send(api, picture(kind), name, declared)).status_code == 200


async def test_the_own_id_does_as_well_as_me(api: Api, pool: Pool, s3: Objects, bucket: str) -> None:
    answer = await api.call("POST", "/api/users/alice/avatar", files={"avatar": ("a.png", picture(), "image/png")})
    assert (answer.status_code, assert_whole(pool, s3, bucket)) == (200, True)
    assert (await api.delete("/api/users/alice/avatar")).json() == {"success": True, "data": {"id": "alice"}}


async def test_a_new_avatar_has_a_new_address_at_the_same_key(api: Api, pool: Pool, s3: Objects, bucket: str) -> None:
    first = (await send(api, picture(colour=RED))).json()["data"]["picture"]
    assert await shown(api) == first
    second = (await send(api, picture(colour=BLUE))).json()["data"]["picture"]
    assert first != second
    assert first.partition("?")[0] == second.partition("?")[0]
    assert await shown(api) == second
    assert assert_whole(pool, s3, bucket)
    assert s3.keys(bucket) == [KEY]


async def test_everybody_has_their_own(api: Api, pool: Pool, s3: Objects, bucket: str) -> None:
    await send(api, picture())
    await send(api, picture(), sub="bob")
    assert sorted(s3.keys(bucket)) == [KEY, "avatars/bob/avatar.webp"]
    await api.delete(AVATAR, "bob")
    assert (s3.keys(bucket), assert_whole(pool, s3, bucket)) == ([KEY], True)


class TestRefused:
    """What is refused leaves nothing, and the avatar that there was."""

    CASES: dict[str, tuple[Any, int, str]] = {
        "another field": ({"files": {"image": ("a.png", b"x", "image/png")}}, 400, "VALIDATION_ERROR"),
        "two files": (
            {"files": [("avatar", ("a.png", picture(), "image/png"))] * 2},
            400,
            "VALIDATION_ERROR",
        ),
        "an empty file": ({"files": {"avatar": ("a.png", b"", "image/png")}}, 400, "VALIDATION_ERROR"),
        "no file": ({"files": {"avatar": (None, "text")}}, 400, "VALIDATION_ERROR"),
        "no form": ({"json": {"avatar": "x"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        "a text": ({"files": {"avatar": ("a.png", b"hello", "image/png")}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        "a GIF": ({"files": {"avatar": ("a.gif", b"GIF89a....", "image/gif")}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        "an SVG": ({"files": {"avatar": ("a.svg", b"<svg/>", "image/svg+xml")}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        "another extension": (
            {"files": {"avatar": ("a.jpg", picture(), "image/png")}},
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        "another type": ({"files": {"avatar": ("a.png", picture(), "image/jpeg")}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        "a picture cut off": (
            {"files": {"avatar": ("a.png", picture()[:120], "image/png")}},
            400,
            "VALIDATION_ERROR",
        ),
        "too many pixels": ({"files": {"avatar": ("a.png", huge_png(), "image/png")}}, 400, "VALIDATION_ERROR"),
    }

    @pytest.mark.parametrize(("sent", "status", "code"), CASES.values(), ids=CASES)
    async def test_by_its_shape_or_its_bytes(
        self, api: Api, pool: Pool, s3: Objects, bucket: str, sent: Any, status: int, code: str
    ) -> None:
        before = pool.attributes("alice")
        assert_failure(await api.call("POST", AVATAR, **sent), status, code)
        assert (s3.keys(bucket), pool.attributes("alice")) == ([], before)

    @pytest.mark.parametrize("size", [TOO_LARGE, TOO_LARGE + 1024 * 1024])
    async def test_a_file_over_5_mb_is_413_and_told_of_the_other_way(
        self, api: Api, s3: Objects, bucket: str, size: int
    ) -> None:
        error = assert_failure(await send(api, picture().ljust(size, b"\0")), 413, "PAYLOAD_TOO_LARGE")
        assert [detail["presign"] for detail in error["details"] if "presign" in detail] == [AVATAR]
        assert s3.keys(bucket) == []

    async def test_a_virus_is_422_and_a_missing_scanner_503(
        self, open_api: Open, pool: Pool, s3: Objects, bucket: str
    ) -> None:
        async with fake_clamd() as clamd, open_api(clamd_endpoint=f"127.0.0.1:{clamd.port}") as api:
            assert_failure(await send(api, picture() + EICAR), 422, "MALWARE_DETECTED")
            assert (await send(api, picture())).status_code == 200
            assert len(clamd.scanned) == 2
        before = pool.attributes("alice")
        async with open_api(clamd_endpoint="127.0.0.1:1") as api:
            assert_failure(await send(api, picture(colour=BLUE)), 503, "SERVICE_UNAVAILABLE")
        assert (pool.attributes("alice"), assert_whole(pool, s3, bucket)) == (before, True)

    async def test_of_somebody_who_is_in_the_pool_no_more(self, api: Api, pool: Pool, s3: Objects, bucket: str) -> None:
        pool.remove("alice")
        assert_failure(await send(api, picture()), 404, "NOT_FOUND")
        assert s3.keys(bucket) == []

    async def test_by_cookie_from_another_page(self, api: Api, s3: Objects, bucket: str) -> None:
        files = {"avatar": ("a.png", picture(), "image/png")}
        cookie = {"Cookie": f"token={api.token('alice')}"}
        assert_failure(await api.call("POST", AVATAR, None, files=files, headers=cookie), 403, "CSRF_FAILED")
        assert_failure(await api.call("DELETE", AVATAR, None, headers=cookie), 403, "CSRF_FAILED")
        assert s3.keys(bucket) == []
        ours = {**cookie, "Origin": ORIGIN}
        assert (await api.call("POST", AVATAR, None, files=files, headers=ours)).status_code == 200


class TestDeleting:
    """DELETE: 200 with and without one."""

    async def test_pool_profile_and_file_store_forget_it(self, api: Api, pool: Pool, s3: Objects, bucket: str) -> None:
        await send(api, picture())
        assert await shown(api) is not None
        answer = await api.delete(AVATAR)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": "alice"}})
        assert "picture" not in pool.attributes("alice")
        assert (await shown(api), s3.keys(bucket)) == (None, [])

    async def test_without_one_it_is_a_success_too(self, api: Api, pool: Pool) -> None:
        before = pool.attributes("alice")
        for _ in range(2):
            assert (await api.delete(AVATAR)).json() == {"success": True, "data": {"id": "alice"}}
        assert pool.attributes("alice") == before

    async def test_a_picture_from_elsewhere_goes_too(self, api: Api, pool: Pool) -> None:
        pool.set("alice", "picture", "/uploads/avatars/old.jpg")
        assert await shown(api) == "/uploads/avatars/old.jpg"
        assert (await api.delete(AVATAR)).status_code == 200
        assert ("picture" in pool.attributes("alice"), await shown(api)) == (False, None)

    async def test_a_leftover_that_nobody_names_goes_too(self, api: Api, s3: Objects, bucket: str) -> None:
        await api.runtime.storage.put(KEY, b"x", "image/webp")
        assert (await api.delete(AVATAR)).status_code == 200
        assert s3.keys(bucket) == []

    async def test_a_new_one_can_follow(self, api: Api, pool: Pool, s3: Objects, bucket: str) -> None:
        for colour in (RED, BLUE):
            assert (await send(api, picture(colour=colour))).status_code == 200
            assert assert_whole(pool, s3, bucket)
            assert (await api.delete(AVATAR)).status_code == 200


class TestSentDirectly:
    """Past the limits of the gateway: a form, the file store, then `complete`."""

    async def begun(self, api: Api, body: bytes, sub: str = "alice", user_id: str = "me") -> Any:
        asked = {"filename": "me.png", "contentType": "image/png", "size": len(body)}
        answer = await api.post(f"/api/users/{user_id}/avatar/presign", asked, sub)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def test_it_ends_as_if_it_had_been_sent_in_the_request(
        self, api: Api, pool: Pool, s3: Objects, bucket: str
    ) -> None:
        form = await self.begun(api, picture())
        await send_directly(form, picture())
        answer = await api.post(f"{AVATAR}/complete", {"uploadId": form["uploadId"]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"] == (await send(api, picture())).json()["data"]
        await api.runtime.background.drain(10.0)
        assert (s3.keys(bucket), assert_whole(pool, s3, bucket)) == ([KEY], True)

    async def test_bytes_that_are_no_picture_are_refused_and_deleted(
        self, api: Api, pool: Pool, s3: Objects, bucket: str
    ) -> None:
        form = await self.begun(api, b"not a picture")
        await send_directly(form, b"not a picture")
        answer = await api.post(f"{AVATAR}/complete", {"uploadId": form["uploadId"]})
        assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
        await api.runtime.background.drain(10.0)
        assert (s3.keys(bucket), "picture" in pool.attributes("alice")) == ([], False)

    async def test_more_than_5_mb_are_413_before_anything_is_sent(self, api: Api) -> None:
        asked = {"filename": "me.png", "contentType": "image/png", "size": TOO_LARGE}
        assert_failure(await api.post(f"{AVATAR}/presign", asked), 413, "PAYLOAD_TOO_LARGE", "size")

    async def test_an_upload_is_its_users_own(self, api: Api, pool: Pool) -> None:
        form = await self.begun(api, picture())
        await send_directly(form, picture())
        answer = await api.post(f"{AVATAR}/complete", {"uploadId": form["uploadId"]}, "bob")
        assert_failure(answer, 403, "FORBIDDEN")
        assert "picture" not in pool.attributes("bob")

    async def test_nothing_is_completed_that_was_not_begun_or_sent(self, api: Api) -> None:
        unknown = await api.post(f"{AVATAR}/complete", {"uploadId": "11111111-1111-4111-8111-111111111111"})
        assert_failure(unknown, 404, "NOT_FOUND")
        form = await self.begun(api, picture())
        unsent = await api.post(f"{AVATAR}/complete", {"uploadId": form["uploadId"]})
        assert_failure(unsent, 409, "CONFLICT")
