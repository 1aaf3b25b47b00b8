"""`/api/users/{id}`: what users see of themselves, and nobody else does."""

from typing import Any

import pytest

from cutover.rehearsal.stack.tokens import CLIENT_ID
from service.cache import keys
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.user_pool import Pool

NOTHING = {"totalMOCs": 0, "totalImages": 0, "totalWishlistItems": 0}
ALICE = {"sub": "alice", "email": "alice@example.test", "name": "Ada Lovelace", "stats": NOTHING}
OTHERS = ["bob", "nobody", "ME", "Alice", "alice ", "*", "00000000-0000-4000-8000-000000000000", "%00", "%E2%82%AC"]
ROUTES = [
    ("GET", "", None),
    ("PATCH", "", {"name": "New"}),
    ("POST", "/avatar", None),
    ("POST", "/avatar/presign", {"filename": "a.png", "contentType": "image/png", "size": 10}),
    ("POST", "/avatar/complete", {"uploadId": "00000000-0000-4000-8000-000000000000"}),
    ("DELETE", "/avatar", None),
]

pytestmark = pytest.mark.usefixtures("pool")


async def profile(api: Api, sub: str = "alice") -> Any:
    answer = await api.get("/api/users/me", sub)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def asked(api: Api, method: str, path: str, body: Any, sub: str | None) -> Any:
    return await api.call(method, path, sub, **({} if body is None else {"json": body}))


@pytest.mark.parametrize("user_id", ["alice", "me"])
async def test_a_profile_is_the_pools_attributes_and_three_counts(api: Api, user_id: str) -> None:
    answer = await api.get(f"/api/users/{user_id}")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": ALICE})


async def test_what_a_user_has_not_is_left_out(api: Api) -> None:
    assert await profile(api, "bob") == {"sub": "bob", "email": "bob@example.test", "stats": NOTHING}


async def test_a_blank_attribute_counts_as_none(api: Api, pool: Pool) -> None:
    pool.set("alice", "name", "")
    pool.set("alice", "picture", "")
    assert await profile(api) == {"sub": "alice", "email": "alice@example.test", "stats": NOTHING}


async def test_a_picture_from_elsewhere_is_shown_as_it_is(api: Api, pool: Pool) -> None:
    pool.set("alice", "picture", "https://lh3.googleusercontent.com/a/x=s96-c")
    assert (await profile(api))["picture"] == "https://lh3.googleusercontent.com/a/x=s96-c"


async def test_the_counts_are_the_users_own(api: Api, postgres: Postgres, database: str) -> None:
    await api.create(title="One")
    await api.create("bob", title="Two")
    postgres.run(
        """INSERT INTO gallery_albums (id, user_id, title)
         VALUES ('11111111-1111-4111-8111-111111111111', 'alice', 'A');
        INSERT INTO gallery_images (user_id, title, image_url, album_id) VALUES ('alice', 'x', '/uploads/x.jpg', NULL),
         ('alice', 'y', '/uploads/y.jpg', '11111111-1111-4111-8111-111111111111'), ('bob', 'z', '/uploads/z.jpg', NULL);
        INSERT INTO wishlist_items (user_id, title, sort_order) SELECT 'alice', 'w', '1' FROM generate_series(1, 3)""",
        database,
    )
    assert (await profile(api))["stats"] == {"totalMOCs": 1, "totalImages": 2, "totalWishlistItems": 3}
    assert (await profile(api, "bob"))["stats"] == {"totalMOCs": 1, "totalImages": 1, "totalWishlistItems": 0}


class TestWhoseItIs:
    """Nobody but the user themselves, whatever the id, and admins neither."""

    @pytest.mark.parametrize("other", OTHERS)
    @pytest.mark.parametrize("sub", ["alice", "admin"])
    async def test_another_users_profile_is_403_known_or_not(self, api: Api, other: str, sub: str) -> None:
        assert_failure(await api.get(f"/api/users/{other}", sub), 403, "FORBIDDEN")

    @pytest.mark.parametrize(("method", "path", "body"), ROUTES)
    async def test_on_every_route(self, api: Api, pool: Pool, method: str, path: str, body: Any) -> None:
        before = pool.attributes("bob")
        for sub in ("alice", "admin"):
            assert_failure(await asked(api, method, f"/api/users/bob{path}", body, sub), 403, "FORBIDDEN")
        assert pool.attributes("bob") == before

    @pytest.mark.parametrize(("method", "path", "body"), ROUTES)
    async def test_nobody_is_401_on_every_route(self, api: Api, method: str, path: str, body: Any) -> None:
        for user_id in ("me", "alice"):
            assert_failure(await asked(api, method, f"/api/users/{user_id}{path}", body, None), 401, "UNAUTHORIZED")

    async def test_a_hit_is_no_way_around_it(self, api: Api) -> None:
        await profile(api)
        assert_failure(await api.get("/api/users/alice", "bob"), 403, "FORBIDDEN")
        assert (await profile(api, "bob"))["sub"] == "bob"

    async def test_there_is_no_list_and_no_other_method(self, api: Api) -> None:
        assert_failure(await api.get("/api/users"), 404, "NOT_FOUND")
        assert_failure(await api.call("PUT", "/api/users/me", json={"name": "x"}), 405, "METHOD_NOT_ALLOWED")
        assert_failure(await api.get("/api/users/me/avatar"), 405, "METHOD_NOT_ALLOWED")


class TestTheNameInThePool:
    """The calls for administrators take the username of the token, which is not always the subject."""

    GOOGLE = "Google_1234"

    async def seen(self, api: Api, sub: str, **claims: Any) -> Any:
        headers = {"Authorization": f"Bearer {api.tokens.token(sub, **claims)}"}
        return await api.get("/api/users/me", None, headers=headers)

    async def test_an_access_token_tells_it(self, api: Api, pool: Pool) -> None:
        pool.add("grace", self.GOOGLE, name="Grace")
        answer = await self.seen(api, "grace", username=self.GOOGLE)
        assert answer.json()["data"]["name"] == "Grace"

    async def test_an_id_token_tells_it_by_another_name(self, api: Api, pool: Pool) -> None:
        pool.add("grace", self.GOOGLE, name="Grace")
        claims = {"token_use": "id", "aud": CLIENT_ID, "client_id": "", "username": ""}
        answer = await self.seen(api, "grace", **claims, **{"cognito:username": self.GOOGLE})
        assert answer.json()["data"]["name"] == "Grace"

    async def test_without_it_the_subject_is_asked_for(self, api: Api) -> None:
        assert (await self.seen(api, "alice", username="")).json()["data"] == ALICE

    async def test_a_name_that_has_come_to_somebody_else_is_nobodys(self, api: Api, pool: Pool) -> None:
        assert_failure(await self.seen(api, "grace", username="alice"), 404, "NOT_FOUND")
        headers = {"Authorization": f"Bearer {api.tokens.token('grace', username='alice')}"}
        answer = await api.call("PATCH", "/api/users/me", None, json={"name": "Mine"}, headers=headers)
        assert_failure(answer, 404, "NOT_FOUND")
        assert pool.attributes("alice")["name"] == "Ada Lovelace"

    async def test_a_name_that_is_no_text_is_401(self, api: Api) -> None:
        assert_failure(await self.seen(api, "alice", username=5), 401, "UNAUTHORIZED")

    async def test_a_user_who_was_deleted_is_404_and_not_remembered_as_such(self, api: Api, pool: Pool) -> None:
        pool.remove("alice")
        assert_failure(await api.get("/api/users/me"), 404, "NOT_FOUND")
        assert_failure(await api.patch("/api/users/me", {"name": "New"}), 404, "NOT_FOUND")
        assert_failure(await api.delete("/api/users/me/avatar"), 404, "NOT_FOUND")
        pool.add("alice", name="Ada Lovelace")
        assert await profile(api) == ALICE

    async def test_a_user_without_an_address_has_an_empty_one(self, api: Api, pool: Pool) -> None:
        pool.add("carol", email="")
        assert (await profile(api, "carol"))["email"] == ""


class TestTheCache:
    """A profile is remembered for ten minutes, or until its user changes anything."""

    async def test_a_second_read_asks_nobody(self, api: Api, pool: Pool, redis: Any) -> None:
        await profile(api)
        pool.set("alice", "name", "Changed")
        assert await profile(api) == ALICE
        assert (await api.get("/api/users/alice")).json()["data"] == ALICE
        assert 500 < await redis.ttl(keys.profile("alice")) <= keys.PROFILE_TTL_SECONDS

    async def test_a_new_moc_is_counted_at_once(self, api: Api) -> None:
        await profile(api)
        moc = await api.create()
        assert (await profile(api))["stats"]["totalMOCs"] == 1
        await api.delete(f"/api/mocs/{moc['id']}")
        assert (await profile(api))["stats"]["totalMOCs"] == 0

    async def test_another_users_change_does_not_end_it(self, api: Api, pool: Pool) -> None:
        await profile(api)
        pool.set("alice", "name", "Changed")
        await api.patch("/api/users/me", {"name": "Bob"}, "bob")
        assert await profile(api) == ALICE

    async def test_without_redis_it_is_the_same_answer_and_always_a_fresh_one(self, open_api: Open, pool: Pool) -> None:
        async with open_api(redis_endpoint="127.0.0.1:1") as api:
            assert await profile(api) == ALICE
            answer = await api.patch("/api/users/me", {"name": "Ada King"})
            assert (answer.status_code, await profile(api)) == (200, {**ALICE, "name": "Ada King"})


class TestAnotherName:
    """PATCH: the name, and nothing but the name."""

    async def test_it_is_in_the_answer_in_the_pool_and_in_every_later_read(self, api: Api, pool: Pool) -> None:
        await profile(api)
        answer = await api.patch("/api/users/me", {"name": "Ada King"})
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {**ALICE, "name": "Ada King"}})
        assert pool.attributes("alice")["name"] == "Ada King"
        assert (await profile(api))["name"] == "Ada King"
        assert (await profile(api, "bob")).get("name") is None

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("  Ada\u3000", "Ada"),
            ("x", "x"),
            ("x" * 100, "x" * 100),
            ("🧱 Ümläut <b>", "🧱 Ümläut <b>"),
            ("é" * 100, "é" * 100),
        ],
    )
    async def test_a_name_has_1_to_100_characters_once_trimmed(
        self, api: Api, pool: Pool, given: str, kept: str
    ) -> None:
        assert (await api.patch("/api/users/me", {"name": given})).json()["data"]["name"] == kept
        assert pool.attributes("alice")["name"] == kept

    @pytest.mark.parametrize(
        "name",
        [
            "",
            " ",
            "\u3000",
            "x" * 101,
            "x" * 2049,
            "a\0b",
            "a\nb",
            "a\tb",
            "a\x7fb",
            "a\x85b",
            "\nAda",
            None,
            5,
            ["x"],
            {},
        ],
    )
    async def test_any_other_is_400_and_changes_nothing(self, api: Api, pool: Pool, name: Any) -> None:
        assert_failure(await api.patch("/api/users/me", {"name": name}), 400, "VALIDATION_ERROR", "name")
        assert pool.attributes("alice")["name"] == "Ada Lovelace"
        assert await profile(api) == ALICE

    async def test_half_a_character_is_400(self, api: Api) -> None:
        headers = {"Content-Type": "application/json"}
        answer = await api.call("PATCH", "/api/users/me", content=b'{"name": "a\\ud800"}', headers=headers)
        assert_failure(answer, 400, "VALIDATION_ERROR")

    async def test_other_keys_are_ignored_and_never_reach_the_pool(self, api: Api, pool: Pool) -> None:
        before = pool.attributes("alice")
        asked = {
            "name": "Ada King", "email": "eve@evil.test", "sub": "bob", "picture": "x", "email_verified": "true",
            "custom:role": "admin", "stats": {"totalMOCs": 9},
        }  # fmt: skip
        answer = await api.patch("/api/users/me", asked)
        assert answer.json()["data"] == {**ALICE, "name": "Ada King"}
        assert pool.attributes("alice") == {**before, "name": "Ada King"}

    async def test_nothing_asked_is_200_and_changes_nothing(self, api: Api, pool: Pool) -> None:
        before = pool.attributes("alice")
        for body in ({}, {"email": "eve@evil.test"}):
            answer = await api.patch("/api/users/alice", body)
            assert (answer.status_code, answer.json()["data"]) == (200, ALICE)
        assert pool.attributes("alice") == before

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b'{"name": "\xff"}'])
    async def test_a_body_that_is_no_object_is_400(self, api: Api, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        answer = await api.call("PATCH", "/api/users/me", content=body, headers=headers)
        assert_failure(answer, 400, "VALIDATION_ERROR")

    async def test_a_form_is_415(self, api: Api) -> None:
        assert_failure(await api.call("PATCH", "/api/users/me", data={"name": "x"}), 415, "UNSUPPORTED_MEDIA_TYPE")

    async def test_the_counts_and_the_picture_stand_beside_it(self, api: Api, pool: Pool) -> None:
        pool.set("alice", "picture", "https://pictures.test/a.webp")
        await api.create()
        data = (await api.patch("/api/users/me", {"name": "Ada King"})).json()["data"]
        assert data["picture"] == "https://pictures.test/a.webp"
        assert data["stats"] == {**NOTHING, "totalMOCs": 1}

    async def test_by_cookie_it_has_to_come_from_our_page(self, api: Api, pool: Pool) -> None:
        headers = {"Cookie": f"token={api.token('alice')}"}
        answer = await api.call("PATCH", "/api/users/me", None, json={"name": "x"}, headers=headers)
        assert_failure(answer, 403, "CSRF_FAILED")
        assert pool.attributes("alice")["name"] == "Ada Lovelace"
