"""GET /api/mocs/stats/by-category and /uploads-over-time: the user's own MOCs, counted."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open

CATEGORIES, MONTHS = "/api/mocs/stats/by-category", "/api/mocs/stats/uploads-over-time"
BOTH = pytest.mark.parametrize("path", [CATEGORIES, MONTHS])


def months_ago(count: int) -> str:
    """The month that many before this one, as YYYY-MM."""
    now = datetime.now(UTC)
    years, month = divmod(now.year * 12 + now.month - 1 - count, 12)
    return f"{years}-{month + 1:02}"


async def data_of(api: Api, path: str, sub: str = "alice") -> list[dict[str, Any]]:
    answer = await api.get(path, sub)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"success", "data", "total"}
    assert (body["success"], body["total"]) == (True, len(body["data"]))
    data: list[dict[str, Any]] = body["data"]
    return data


async def categories(api: Api) -> list[tuple[str, int]]:
    return [(one["category"], one["count"]) for one in await data_of(api, CATEGORIES)]


async def months(api: Api) -> list[tuple[str, str, int]]:
    return [(one["date"], one["category"], one["count"]) for one in await data_of(api, MONTHS)]


@BOTH
async def test_who_has_nothing_gets_an_empty_list(api: Api, path: str) -> None:
    await api.create("bob", theme="Space", tags=["ship"])
    assert await data_of(api, path) == []


async def test_themes_and_tags_are_counted_most_frequent_first_themes_before_tags(api: Api) -> None:
    await api.create(title="1", theme="Space", tags=["Ship", "grey"])
    await api.create(title="2", theme="Space", tags=["SHIP", "ship", "old"])
    await api.create(title="3", theme="Castle", tags=[])
    await api.create(title="4", type="set", brand="LEGO", theme="Castle")
    await api.create(title="5", tags=["ship"])
    assert await categories(api) == [("ship", 3), ("Castle", 2), ("Space", 2), ("grey", 1), ("old", 1)]


async def test_a_tag_that_is_a_theme_counts_as_the_theme(api: Api) -> None:
    await api.create(title="1", theme="Space", tags=["space", "SPACE", "ship"])
    await api.create(title="2", tags=["space"])
    assert await categories(api) == [("Space", 1), ("ship", 1)]


async def test_only_the_ten_most_frequent_are_told(api: Api) -> None:
    for number in range(12):
        await api.create(title=str(number), tags=[f"tag{tag:02}" for tag in range(number + 1)])
    assert await categories(api) == [(f"tag{tag:02}", 12 - tag) for tag in range(10)]


async def test_odd_rows_of_old_are_no_trouble(api: Api, postgres: Postgres, database: str) -> None:
    odd = ["NULL", "'null'", "'\"one\"'", "'{\"a\": 1}'", '\'[1, null, {"a": 1}, ["x"], " ", "Fine "]\'', "'[]'"]
    for number, tags in enumerate(odd):
        postgres.run(
            "INSERT INTO moc_instructions (user_id, title, type, theme, tags)"
            f" VALUES ('alice', '{number}', 'moc', {'NULL' if number % 2 else repr('  ')}, {tags})",
            database,
        )
    assert await categories(api) == [("fine", 1)]
    assert await months(api) == [(months_ago(0), "Unknown", len(odd))]


async def test_uploads_are_counted_by_month_and_theme_for_twelve_months(
    api: Api, postgres: Postgres, database: str
) -> None:
    def add(month: str, theme: str | None, day: str = "01") -> None:
        given = "NULL" if theme is None else f"'{theme}'"
        postgres.run(
            "INSERT INTO moc_instructions (user_id, title, type, theme, created_at) VALUES"
            f" ('alice', gen_random_uuid(), 'moc', {given}, '{month}-{day} 00:00:00')",
            database,
        )

    for month, theme in (
        (0, "Space"),
        (0, "Space"),
        (0, None),
        (3, "Castle"),
        (3, "Art"),
        (11, "Space"),
        (12, "Space"),
    ):
        add(months_ago(month), theme)
    add(months_ago(12), "Space", "28")
    assert await months(api) == [
        (months_ago(11), "Space", 1),
        (months_ago(3), "Art", 1),
        (months_ago(3), "Castle", 1),
        (months_ago(0), "Space", 2),
        (months_ago(0), "Unknown", 1),
    ]


@BOTH
async def test_what_is_changed_is_counted_anew_at_once(api: Api, path: str, redis: Any) -> None:
    assert await data_of(api, path) == []
    moc = await api.create(theme="Space")
    assert [one["category"] for one in await data_of(api, path)] == ["Space"]
    await api.patch(f"/api/mocs/{moc['id']}", {"theme": "Castle"})
    assert [one["category"] for one in await data_of(api, path)] == ["Castle"]
    await api.delete(f"/api/mocs/{moc['id']}")
    assert await data_of(api, path) == []


@BOTH
async def test_a_hit_needs_no_database_and_lives_for_half_an_hour(
    api: Api, path: str, redis: Any, postgres: Postgres, database: str
) -> None:
    await api.create(theme="Space")
    first = await data_of(api, path)
    postgres.run("UPDATE moc_instructions SET theme = 'behind our back'", database)
    assert await data_of(api, path) == first
    (key,) = [key async for key in redis.scan_iter("moc:user:{alice}:stats:*")]
    assert 1500 < await redis.ttl(key) <= 1800


@BOTH
async def test_everybody_sees_their_own_admins_too(api: Api, path: str) -> None:
    await api.create("bob", theme="Space")
    assert await data_of(api, path, "admin") == []
    assert len(await data_of(api, path, "bob")) == 1


@BOTH
async def test_nobody_is_401_and_another_method_405(api: Api, path: str) -> None:
    assert_failure(await api.get(path, None), 401, "UNAUTHORIZED")
    assert_failure(await api.post(path, {}), 405, "METHOD_NOT_ALLOWED")


@BOTH
async def test_they_work_without_the_cache(open_api: Open, path: str) -> None:
    async with open_api(redis_endpoint="127.0.0.1:1") as api:
        await api.create(theme="Space")
        assert [one["category"] for one in await data_of(api, path)] == ["Space"]


async def test_an_unknown_statistic_is_404(api: Api) -> None:
    assert_failure(await api.get("/api/mocs/stats/by-colour"), 404, "NOT_FOUND")
