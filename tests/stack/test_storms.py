"""Many users' requests at once that are in each other's way, on both sides: no 5xx, and nothing is left behind."""

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from cutover.rehearsal.stack.plan import BUCKET
from tests.contract import pictures
from tests.contract.client import CSV, SECONDS, Side, unique
from tests.integration.consistency import Stores
from tests.integration.rehearsal.stack_rig import PUBLIC_NAME, SIDES, Up

pytestmark = pytest.mark.xdist_group("stack")

ROUNDS = 12
SETTLE_SECONDS, POLL_SECONDS = 30.0, 0.3


@dataclass(frozen=True, slots=True)
class Storm:
    """Both sides, and threads to ask them with."""

    sides: Sequence[Side]
    threads: ThreadPoolExecutor
    chance: random.Random

    def any_side(self) -> Side:
        return self.chance.choice(list(self.sides))

    def at_once(self, *calls: Callable[[Side], httpx.Response]) -> list[httpx.Response]:
        """Each call on one side or the other, all at the same moment: the answers in that order, none of them 5xx."""
        answers = list(self.threads.map(lambda call: call(self.any_side()), calls))
        assert [answer.text for answer in answers if answer.status_code >= 500] == []
        return answers


@pytest.fixture
def storm(stack: Up) -> Any:
    clients = [httpx.Client(base_url=stack.url(side), headers={"Host": PUBLIC_NAME}, timeout=SECONDS) for side in SIDES]
    tokens = stack.described["tokens"]
    sides = [Side(name, http, {**tokens, "eve": tokens["bob"]}) for name, http in zip(SIDES, clients, strict=True)]
    with ThreadPoolExecutor(8) as threads:
        yield Storm(sides, threads, random.Random(7))  # noqa: S311 - decides who is asked, guards nothing
    for side in sides:
        side.clean_up()
        side.http.close()


@pytest.fixture
def stores(stack: Up) -> Stores:
    told = stack.described
    return Stores(told["database_url"], told["aws_endpoint_url"], BUCKET, told["opensearch_url"])


async def settled(stores: Stores) -> list[str]:
    """What does not hang together once what goes on behind the answers is done."""
    found: list[str] = []
    for _ in range(round(SETTLE_SECONDS / POLL_SECONDS)):
        found = await stores.findings()
        if not found:
            break
        await asyncio.sleep(POLL_SECONDS)
    return found


async def test_the_checker_finds_what_does_not_hang_together(stack: Up, storm: Storm, stores: Stores) -> None:
    side = storm.sides[0]
    image, wish = side.image(albumId=side.album()["id"]), side.wish()
    assert await settled(stores) == []
    connection = await asyncpg.connect(stores.dsn)
    try:
        async with connection.transaction():
            changed = await connection.fetchval(
                "UPDATE gallery_images SET image_url = image_url || 'x', album_id = gen_random_uuid() WHERE id = $1"
                " RETURNING image_url",
                UUID(image["id"]),
            )
            await connection.execute("UPDATE wishlist_items SET title = 'other' WHERE id = $1", UUID(wish["id"]))
        key = changed.partition(".com/")[2]
        assert sorted(await stores.findings()) == sorted(
            [
                f"image in no album: {image['id']}",
                f"object without a row: {key[:-1]}",
                f"row without its object: {key}",
                f"old document: gallery_images {image['id']}",
                f"old document: wishlist_items {wish['id']}",
            ]
        )
        await connection.execute(
            "UPDATE gallery_images SET image_url = $2 WHERE id = $1", UUID(image["id"]), changed[:-1]
        )
    finally:
        await connection.close()


async def test_opposite_reorders_end_in_one_of_the_two_orders(storm: Storm, stores: Stores) -> None:
    side = storm.sides[0]
    ids = [side.wish()["id"] for _ in range(20)]
    orders = (ids, ids[::-1])
    bodies = [{"items": [{"id": i, "sortOrder": n} for n, i in enumerate(order)]} for order in orders]
    for _ in range(ROUNDS):
        answers = storm.at_once(*(lambda side, b=body: side.post("/api/wishlist/reorder", b) for body in bodies * 3))
        assert {answer.status_code for answer in answers} == {200}
        seen = [item["id"] for item in storm.any_side().get("/api/wishlist").json()["data"] if item["id"] in ids]
        assert seen in orders
    assert await settled(stores) == []


async def test_an_album_goes_while_images_come(storm: Storm, stores: Stores) -> None:
    body = pictures.png()
    for _ in range(ROUNDS):
        album = storm.any_side().album()["id"]

        def upload(side: Side, album: str = album) -> httpx.Response:
            files = {"image": ("ship.png", body, "image/png")}
            return side.send("/api/images", files, {"title": unique("Ship"), "albumId": album})

        def delete(side: Side, album: str = album) -> httpx.Response:
            return side.delete(f"/api/albums/{album}")

        *uploads, gone = storm.at_once(upload, upload, upload, delete)
        assert gone.status_code == 200
        assert {answer.status_code for answer in uploads} <= {201, 404}
    assert await settled(stores) == []


async def test_a_moc_goes_while_its_parts_lists_come_and_are_parsed(storm: Storm, stores: Stores) -> None:
    for _ in range(ROUNDS):
        moc = f"/api/mocs/{storm.any_side().moc()['id']}"
        numbers = itertools.count()

        def upload(side: Side, moc: str = moc, numbers: Any = numbers) -> httpx.Response:
            files = {"partsListFile": (f"{next(numbers)}.csv", CSV * 50, "text/csv")}
            return side.send(f"{moc}/upload-parts-list", files)

        def delete(side: Side, moc: str = moc) -> httpx.Response:
            return side.delete(moc)

        first, *others, gone = storm.at_once(upload, upload, upload, delete)
        assert gone.status_code == 200
        assert {answer.status_code for answer in (first, *others)} <= {202, 404}
    assert await settled(stores) == []


async def test_an_image_goes_while_it_is_linked_flagged_and_moved(storm: Storm, stores: Stores) -> None:
    side = storm.sides[0]
    moc, album = side.moc()["id"], side.album()["id"]
    for _ in range(ROUNDS):
        image = storm.any_side().image()["id"]
        wanted = {"galleryImageId": image}
        answers = storm.at_once(
            lambda side, w=wanted: side.post(f"/api/mocs/{moc}/gallery-images", w),  # type: ignore[misc]
            lambda side, w=wanted: side.post(f"/api/mocs/{moc}/gallery-images", w),  # type: ignore[misc]
            lambda side, i=image: side.post("/api/flag", {"imageId": i}, "eve"),  # type: ignore[misc]
            lambda side, i=image: side.post("/api/flag", {"imageId": i}, "eve"),  # type: ignore[misc]
            lambda side, i=image: side.patch(f"/api/images/{i}", {"albumId": album}),  # type: ignore[misc]
            lambda side, i=image: side.delete(f"/api/images/{i}"),  # type: ignore[misc]
        )
        found = [answer.status_code for answer in answers]
        assert found[-1] == 200
        assert found[:2].count(201) <= 1
        assert found[2:4].count(201) <= 1
        assert set(found[:4]) <= {201, 404, 409}
        assert found[4] in (200, 404)
    assert await settled(stores) == []


async def test_a_wish_goes_while_its_image_comes(storm: Storm, stores: Stores) -> None:
    body = pictures.png()
    for number in range(ROUNDS):
        wish = f"/api/wishlist/{storm.any_side().wish()['id']}"

        def upload(side: Side, wish: str = wish) -> httpx.Response:
            return side.send(f"{wish}/image", {"image": ("a.png", body, "image/png")})

        def delete(side: Side, wish: str = wish, number: int = number) -> httpx.Response:
            return side.delete(wish) if number % 2 else side.patch(wish, {"imageUrl": None})

        answers = storm.at_once(upload, upload, delete)
        assert {answer.status_code for answer in answers} <= {200, 201, 404, 409}
    assert await settled(stores) == []
