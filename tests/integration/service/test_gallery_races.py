"""Many at once on the same images and albums: no answer but the contract's, no image left in an album that is gone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any

import asyncpg
import pytest
from httpx import Response

from service.images.port import GalleryRendition
from service.storage.s3 import S3
from tests.fakes.log_lines import LogLines
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api
from tests.integration.service.gallery import album, image, png, sent, titles

ROUNDS = 15
LOST = """SELECT count(*) FROM gallery_images
 WHERE album_id IS NOT NULL AND album_id NOT IN (SELECT id FROM gallery_albums)"""
BLOCKED = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture(autouse=True)
def stored(api: Api, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The keys in the file store. How pictures are rendered and stored does not matter here, and takes a while."""
    keys: set[str] = set()

    async def gallery(self: Any, body: bytes) -> GalleryRendition:
        return GalleryRendition(png(), png(), 40, 30, 40, 30)

    async def put(self: S3, key: str, body: bytes, content_type: str) -> None:
        keys.add(key)

    async def delete(self: S3, gone: Sequence[str]) -> None:
        keys.difference_update(gone)

    monkeypatch.setattr(type(api.runtime.images), "gallery", gallery)
    monkeypatch.setattr(S3, "put", put)
    monkeypatch.setattr(S3, "delete", delete)
    return keys


async def all_of(calls: Sequence[Awaitable[Response]]) -> list[int]:
    """What they are answered, asked all at once."""
    return [answer.status_code for answer in await asyncio.gather(*calls)]


async def test_of_many_flags_by_one_user_one_is_set(api: Api, postgres: Postgres, database: str) -> None:
    for _ in range(ROUNDS):
        mine = await image(api)
        flag = {"imageId": mine["id"]}
        assert Counter(await all_of([api.post("/api/flag", flag, "bob") for _ in range(8)])) == {201: 1, 409: 7}
    assert postgres.run("SELECT count(*) FROM gallery_flags", database) == [str(ROUNDS)]


async def test_a_flag_on_an_image_that_goes_is_201_or_404(api: Api, postgres: Postgres, database: str) -> None:
    for _ in range(ROUNDS):
        mine = await image(api)
        flags = [api.post("/api/flag", {"imageId": mine["id"]}, f"user-{n}") for n in range(4)]
        gone, *flagged = await all_of([api.delete(f"/api/images/{mine['id']}"), *flags])
        assert gone == 200
        assert set(flagged) <= {201, 404}
    assert postgres.run("SELECT count(*) FROM gallery_flags", database) == ["0"]


async def test_uploads_into_an_album_that_goes_are_201_or_404_and_none_is_lost(
    api: Api, postgres: Postgres, database: str, stored: set[str], lines: LogLines
) -> None:
    taken = 0
    for _ in range(ROUNDS):
        place = await album(api)
        uploads = [sent(api, albumId=place["id"]) for _ in range(4)]
        gone, *sent_in = await all_of([api.delete(f"/api/albums/{place['id']}"), *uploads])
        assert gone == 200
        assert set(sent_in) <= {201, 404}
        taken += sent_in.count(201)
    assert postgres.run(LOST, database) == ["0"]
    assert (await api.get("/api/images")).json()["total"] == taken
    await api.runtime.background.drain(20.0)
    assert len(stored) == 2 * taken
    assert lines.of("crashed") == []


async def test_moves_between_albums_that_change_and_go_never_deadlock(
    api: Api, postgres: Postgres, database: str, lines: LogLines
) -> None:
    for _ in range(ROUNDS):
        one, other = await album(api), await album(api)
        made = [await image(api, albumId=place["id"]) for place in (one, other, one, other)]
        moves = [
            api.patch(f"/api/images/{mine['id']}", {"albumId": place["id"]})
            for mine, place in zip(made, (other, one, other, one), strict=True)
        ]
        changes = [
            api.patch(f"/api/albums/{one['id']}", {"coverImageId": made[0]["id"]}),
            api.delete(f"/api/images/{made[3]['id']}"),
            api.delete(f"/api/albums/{one['id']}"),
            api.delete(f"/api/albums/{other['id']}", "admin"),
        ]
        assert set(await all_of([*moves, *changes])) <= {200, 404}
    assert postgres.run(LOST, database) == ["0"]
    assert postgres.run("SELECT count(*) FROM gallery_albums", database) == ["0"]
    assert (await api.get("/api/images")).json()["total"] == 3 * ROUNDS
    assert lines.of("crashed") == []


async def test_of_many_deletions_one_is_200(api: Api) -> None:
    for _ in range(ROUNDS):
        place = await album(api)
        mine = await image(api, albumId=place["id"])
        for path in (f"/api/albums/{place['id']}", f"/api/images/{mine['id']}"):
            assert Counter(await all_of([api.delete(path) for _ in range(4)])) == {200: 1, 404: 3}


async def test_what_readers_see_while_an_album_goes_is_before_or_after_and_then_after(api: Api) -> None:
    for number in range(ROUNDS):
        place = await album(api)
        mine = await image(api, title=f"Image {number}", albumId=place["id"])
        path = f"/api/albums/{place['id']}"
        reads = [api.get(path) for _ in range(3)]
        assert set(await all_of([api.delete(path), *reads])) <= {200, 404}
        assert mine["title"] in await titles(api, "/api/images")
        assert (await api.get(path)).status_code == 404
        await api.delete(f"/api/images/{mine['id']}")


class TestLocks:
    """The album is held before its images, by whoever puts one in and by whoever deletes it."""

    @pytest.fixture
    async def other(self, database: str) -> AsyncIterator[Any]:
        """Somebody else's connection."""
        connection = await asyncpg.connect(database)
        yield connection
        await connection.close()

    async def test_a_deletion_waits_for_an_upload_that_holds_the_album(
        self, api: Api, postgres: Postgres, other: Any
    ) -> None:
        place = await album(api)
        async with other.transaction():
            await other.execute("SELECT FROM gallery_albums WHERE id = $1 FOR KEY SHARE", place["id"])
            deletion = asyncio.ensure_future(api.delete(f"/api/albums/{place['id']}"))
            await until(lambda: postgres.run(BLOCKED) == ["t"])
            await other.execute(
                "INSERT INTO gallery_images (user_id, title, image_url, album_id) VALUES ('alice', 'In', '/', $1)",
                place["id"],
            )
        assert (await deletion).status_code == 200
        assert await titles(api, "/api/images") == ["In"]

    @pytest.mark.parametrize("move", [False, True])
    async def test_an_upload_and_a_move_wait_for_a_deletion_and_find_no_album(
        self, api: Api, postgres: Postgres, database: str, other: Any, move: bool
    ) -> None:
        place, outside = await album(api), await image(api)
        path, body = f"/api/images/{outside['id']}", {"albumId": place["id"]}
        async with other.transaction():
            await other.execute("DELETE FROM gallery_albums WHERE id = $1", place["id"])
            waiting = asyncio.ensure_future(api.patch(path, body) if move else sent(api, albumId=place["id"]))
            await until(lambda: postgres.run(BLOCKED) == ["t"])
        assert (await waiting).status_code == 404
        assert postgres.run(LOST, database) == ["0"]

    async def test_uploads_into_an_album_do_not_wait_for_each_other_nor_for_its_new_name(
        self, api: Api, other: Any
    ) -> None:
        place = await album(api)
        async with other.transaction():
            await other.execute("UPDATE gallery_albums SET title = 'New' WHERE id = $1", place["id"])
            await other.execute("SELECT FROM gallery_albums WHERE id = $1 FOR KEY SHARE", place["id"])
            assert (await sent(api, albumId=place["id"])).status_code == 201

    @pytest.mark.parametrize("kind", ["image", "album"])
    async def test_a_change_of_what_goes_meanwhile_is_404(
        self, api: Api, postgres: Postgres, other: Any, kind: str
    ) -> None:
        made = await (image if kind == "image" else album)(api)
        async with other.transaction():
            await other.execute(f"DELETE FROM gallery_{kind}s WHERE id = $1", made["id"])
            waiting = asyncio.ensure_future(api.patch(f"/api/{kind}s/{made['id']}", {"title": "New"}))
            await until(lambda: postgres.run(BLOCKED) == ["t"])
        assert (await waiting).status_code == 404

    @pytest.mark.parametrize("kind", ["image", "album"])
    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    async def test_what_changes_hands_meanwhile_is_404_and_stays(
        self, api: Api, postgres: Postgres, database: str, other: Any, kind: str, method: str
    ) -> None:
        made = await (image if kind == "image" else album)(api)
        async with other.transaction():
            await other.execute(f"UPDATE gallery_{kind}s SET user_id = 'bob' WHERE id = $1", made["id"])
            waiting = asyncio.ensure_future(api.call(method, f"/api/{kind}s/{made['id']}", json={"title": "New"}))
            await until(lambda: postgres.run(BLOCKED) == ["t"])
        assert (await waiting).status_code == 404
        assert postgres.run(f"SELECT title FROM gallery_{kind}s", database) == [made["title"]]
