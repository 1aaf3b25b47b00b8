"""The same through HTTP: what clients write is found, by whom it should be, and PostgreSQL helps out."""

from typing import Any

import pytest

from tests.fakes.log_lines import LogLines
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api
from tests.integration.service.gallery import image
from tests.integration.service.wishes import wish

pytestmark = pytest.mark.usefixtures("patient")
FOUND_WITHIN_SECONDS = 20.0  # it is one; this machine may be busy


async def found(api: Api, path: str, sub: str = "alice") -> list[str]:
    answer = await api.get(path, sub)
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["data"]]


async def found_at_last(api: Api, path: str, expected: list[str], sub: str = "alice") -> None:
    async def as_expected() -> bool:
        return await found(api, path, sub) == expected

    await until(as_expected, seconds=FOUND_WITHIN_SECONDS)


async def test_a_moc_is_found_by_a_word_of_its_tag_with_a_slip(api: Api) -> None:
    await api.create(title="X-wing", tags=["star wars"])
    await api.create("bob", title="Bob's wing", tags=["star wars"])
    await found_at_last(api, "/api/mocs?search=stra", ["X-wing"])
    await found_at_last(api, "/api/mocs?search=star", ["Bob's wing"], "bob")
    assert await found(api, "/api/mocs?search=star&tag=star%20wars") == ["X-wing"]
    assert await found(api, "/api/mocs?search=star&tag=star") == []


async def test_an_image_is_found_by_a_word_of_its_tag_with_a_slip(api: Api) -> None:
    await image(api, title="X-wing", tags=["star wars"])
    await image(api, "bob", title="Bob's wing", tags=["star wars"])
    await found_at_last(api, "/api/images?search=stra", ["X-wing"])
    assert await found(api, "/api/images?search=star&tag=star%20wars") == ["X-wing"]


async def test_a_wish_is_found_by_a_word_of_its_category_with_a_slip(api: Api) -> None:
    await wish(api, title="X-wing", category="star wars")
    await wish(api, "bob", title="Bob's wing", category="star wars")
    await found_at_last(api, "/api/wishlist/search?q=stra", ["X-wing"])
    assert await found(api, "/api/wishlist/search?q=star&category=star%20wars") == ["X-wing"]


async def test_a_change_and_a_deletion_are_found(api: Api) -> None:
    made = await api.create(title="Winter castle")
    await found_at_last(api, "/api/mocs?search=wintre", ["Winter castle"])
    await api.patch(f"/api/mocs/{made['id']}", {"title": "Summer palace"})
    await found_at_last(api, "/api/mocs?search=sumer", ["Summer palace"])
    await found_at_last(api, "/api/mocs?search=wintre", [])
    await api.delete(f"/api/mocs/{made['id']}")
    await found_at_last(api, "/api/mocs?search=sumer", [])


async def test_past_ten_thousand_hits_postgresql_answers(
    api: Api, postgres: Postgres, database: str, lines: LogLines
) -> None:
    postgres.run(
        """INSERT INTO moc_instructions (user_id, title, type, author)
         SELECT 'alice', 'Castle ' || n, 'moc', 'Ada' FROM generate_series(1, 10050) AS n""",
        database,
    )
    body: dict[str, Any] = (await api.get("/api/mocs?search=castle&limit=100&page=101")).json()
    assert (len(body["data"]), body["total"], body["page"]) == (50, 10_050, 101)
    # The engine knows none of these rows, as nobody told it: within its window it is the one that is asked.
    assert (await api.get("/api/mocs?search=castle&limit=100&page=100")).json()["total"] == 0
    assert lines.of("search_fell_back") == []


async def test_odd_words_are_answered(api: Api) -> None:
    await api.create("bob", title="Bob's castle")
    for words in ("%2B%7C-()", "title:*%20OR%20userId:bob", "*", "%F0%9F%8F%B0", "a" * 200):
        for path in ("/api/mocs?search=", "/api/images?search=", "/api/wishlist/search?q="):
            assert await found(api, path + words) == [], path + words
