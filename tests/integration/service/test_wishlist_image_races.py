"""Uploads of one item's image beside each other, beside its deletion, beside a change of its address.

All of them share one object, so whatever the order: a row that names it finds it, and without such a row it goes.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from httpx import Response

from cutover.rehearsal.stack.tokens import TokenMaker
from service.domains.wishlist.pictures import Pictures
from service.files import Files
from service.kernel.errors import Unavailable
from service.kernel.received import ReceivedFile
from service.runtime import build_runtime
from service.settings import Settings
from service.storage.s3 import S3
from service.telemetry.pseudonym import without_owner
from tests.fakes.log_lines import LogLines
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure, serve
from tests.integration.service.conftest import with_own_keys
from tests.integration.service.wishes import LIST, colour_of, detail, leftovers, picture, send_image, wish

COLOURS: Mapping[str, Sequence[int]] = {"red": (200, 30, 30), "blue": (30, 30, 200), "green": (30, 200, 30)}
RED, BLUE, GREEN = (picture(colour=colour) for colour in COLOURS.values())


class HeldStore(S3):
    """S3 that holds on to what is to be stored or deleted while it is told to."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.s3_bucket, settings.aws_region)
        self.held: list[asyncio.Event] = []
        self.holding = False
        self.deleting = asyncio.Event()
        self.deleting.set()
        self.lose_puts = False

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        """Store it when the test lets go of it."""
        if self.holding:
            self.held.append(asyncio.Event())
            await self.held[-1].wait()
        await super().put(key, body, content_type)
        if self.lose_puts:
            raise Unavailable("The answer was lost")

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete when the test lets it."""
        await self.deleting.wait()
        await super().delete(keys)


@pytest.fixture
def store(settings: Settings, moto: str) -> HeldStore:
    return HeldStore(settings)


@pytest.fixture
async def api(settings: Settings, tokens: TokenMaker, store: HeldStore) -> AsyncIterator[Api]:
    """The API on that store."""
    runtime = replace(with_own_keys(build_runtime(settings), tokens), storage=store)
    async with serve(runtime, tokens) as api:
        yield api


@pytest.fixture
async def item(api: Api) -> dict[str, Any]:
    """An item without an image."""
    return await wish(api)


def begun(api: Api, item: dict[str, Any], body: bytes) -> "asyncio.Task[Response]":
    return asyncio.ensure_future(send_image(api, item, body))


async def held(store: HeldStore, api: Api, item: dict[str, Any], *bodies: bytes) -> list["asyncio.Task[Response]"]:
    """Uploads that have announced their object but not stored it yet, in this order."""
    store.holding = True
    uploads = []
    for count, body in enumerate(bodies, 1):
        uploads.append(begun(api, item, body))
        await until(lambda count=count: len(store.held) == count)  # type: ignore[misc]
    return uploads


async def all_is_well(api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str) -> str | None:
    """Once all that is due has been done, the objects are those that rows name: the stored image's colour, if any."""
    await api.runtime.background.drain(10.0)
    postgres.run("UPDATE file_leftovers SET due_at = '2000-01-01'", database)
    await api.runtime.files.sweep()
    assert leftovers(postgres, database) == []
    urls = postgres.run("SELECT image_url FROM wishlist_items WHERE image_url IS NOT NULL", database)
    ours = [key for url in urls if (key := api.runtime.storage.key_of(url)) is not None]
    assert s3.keys(bucket) == sorted(ours)
    if not ours:
        return None
    found = colour_of(s3.read(bucket, ours[0]))
    return next(name for name, colour in COLOURS.items() if list(colour) == found)


@pytest.mark.parametrize("before", [False, True], ids=["the first", "a later one"])
async def test_of_uploads_at_once_all_succeed_and_one_is_kept(
    api: Api, item: dict[str, Any], store: HeldStore, s3: Objects, bucket: str, postgres: Postgres, database: str,
    before: bool,
) -> None:  # fmt: skip
    if before:
        await send_image(api, item, GREEN)
    first, second = await held(store, api, item, RED, BLUE)
    store.held[0].set()
    assert (await first).status_code == 200
    store.held[1].set()
    answer = await second
    assert answer.status_code == 200
    assert (await detail(api, item))["imageUrl"] == answer.json()["data"]["imageUrl"]
    assert await all_is_well(api, s3, bucket, postgres, database) == "blue"


async def test_many_uploads_at_once_all_succeed(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    answers = await asyncio.gather(*(send_image(api, item, body) for body in (RED, BLUE, GREEN) * 2))
    assert [answer.status_code for answer in answers] == [200] * 6
    urls = {answer.json()["data"]["imageUrl"] for answer in answers}
    assert len(urls) == 6
    assert (await detail(api, item))["imageUrl"] in urls
    assert await all_is_well(api, s3, bucket, postgres, database) is not None


@pytest.mark.parametrize("before", [False, True], ids=["without an image", "with an image"])
@pytest.mark.parametrize("gone_first", [False, True])
async def test_an_item_that_is_deleted_during_the_upload_leaves_no_object(
    api: Api, item: dict[str, Any], store: HeldStore, s3: Objects, bucket: str, postgres: Postgres, database: str,
    before: bool, gone_first: bool,
) -> None:  # fmt: skip
    """Its former image, if it has one, is deleted before or after the new one is stored."""
    if before:
        await send_image(api, item, GREEN)
    if not gone_first:
        store.deleting.clear()
    (upload,) = await held(store, api, item, RED)
    assert (await api.delete(f"{LIST}/{item['id']}")).status_code == 200
    if gone_first:
        await api.runtime.background.drain(10.0)
    store.held[0].set()
    assert_failure(await upload, 404, "NOT_FOUND")
    store.deleting.set()
    assert await all_is_well(api, s3, bucket, postgres, database) is None


@pytest.mark.parametrize("gone_first", [False, True])
async def test_an_address_that_is_cleared_during_an_upload_breaks_nothing(
    api: Api, item: dict[str, Any], store: HeldStore, s3: Objects, bucket: str, postgres: Postgres, database: str,
    lines: LogLines, gone_first: bool,
) -> None:  # fmt: skip
    """The former image is deleted before or after the new one is stored, which is stored anew if it went with it."""
    await send_image(api, item, GREEN)
    if not gone_first:
        store.deleting.clear()
    (upload,) = await held(store, api, item, RED)
    assert (await api.patch(f"{LIST}/{item['id']}", {"imageUrl": None})).status_code == 200
    if gone_first:
        await api.runtime.background.drain(10.0)
    store.holding = False
    store.held[0].set()
    store.deleting.set()
    assert (await upload).status_code == 200
    assert len(lines.of("file_swept_meanwhile")) == 1 or not gone_first
    assert await all_is_well(api, s3, bucket, postgres, database) == "red"
    assert (await send_image(api, item, BLUE)).status_code == 200
    assert await all_is_well(api, s3, bucket, postgres, database) == "blue"


async def test_an_upload_that_fails_after_another_has_succeeded_takes_nothing_away(
    api: Api, item: dict[str, Any], store: HeldStore, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    first, second = await held(store, api, item, RED, BLUE)
    store.held[0].set()
    named = (await first).json()["data"]
    store.lose_puts = True
    store.held[1].set()
    assert_failure(await second, 503, "SERVICE_UNAVAILABLE")
    assert await detail(api, item) == named
    assert await all_is_well(api, s3, bucket, postgres, database) == "blue"  # which was stored, as nobody had heard


async def test_an_upload_whose_client_goes_away_leaves_nothing_behind(
    api: Api, item: dict[str, Any], store: HeldStore, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    (upload,) = await held(store, api, item, RED)
    upload.cancel()
    await asyncio.gather(upload, return_exceptions=True)
    assert await detail(api, item) == item
    assert await all_is_well(api, s3, bucket, postgres, database) is None


class DeafFiles(Files):
    """Files whose database is away."""

    async def claim(self, keys: Sequence[str], seconds: float = 0.0) -> None:
        """Not now."""
        raise Unavailable("The database is away")


async def test_an_upload_that_cannot_even_be_written_down_fails_as_it_would_and_is_told(
    api: Api, lines: LogLines, s3: Objects, bucket: str
) -> None:
    runtime = api.runtime
    files = DeafFiles(runtime.database, runtime.storage, runtime.background, runtime.file_removals)
    pictures = Pictures(files, runtime.scanner, runtime.images)
    upload = ReceivedFile("a.jpg", "image/jpeg", RED)
    picture = await pictures.made_of("alice", UUID(int=1), upload)
    with pytest.raises(Unavailable, match="away"):
        async with pictures.storing(picture):
            raise AssertionError("nothing is stored")
    await runtime.background.drain(10.0)
    assert [line["key"] for line in lines.of("upload_not_written_down")] == [without_owner(picture.file.key)]
    assert s3.keys(bucket) == []


async def test_uploads_changes_orders_and_a_deletion_at_once_end_tidily(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    items = [await wish(api, title=str(number)) for number in range(3)]
    for _ in range(3):
        answers = await asyncio.gather(
            *(send_image(api, item, body) for item in items for body in (RED, BLUE)),
            *(api.patch(f"{LIST}/{item['id']}", {"imageUrl": None}) for item in items),
            api.post(f"{LIST}/reorder", {"items": [{"id": item["id"], "sortOrder": 5} for item in items]}),
        )
        assert {answer.status_code for answer in answers} <= {200, 503}
    await asyncio.gather(send_image(api, items[0], RED), *(api.delete(f"{LIST}/{item['id']}") for item in items))
    assert await all_is_well(api, s3, bucket, postgres, database) is None
