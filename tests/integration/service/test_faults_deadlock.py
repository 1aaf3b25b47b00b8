"""Two transactions that wait for each other: PostgreSQL ends one, and ours says so honestly."""

import asyncio

import asyncpg

from tests.fakes.log_lines import LogLines
from tests.fakes.waiting import until
from tests.integration.service.api import Api


async def test_the_one_that_is_given_up_is_503_and_may_be_sent_again(api: Api, database: str, lines: LogLines) -> None:
    made = [(await api.post("/api/wishlist", {"title": title})).json()["data"]["id"] for title in ("one", "two")]
    first, second = sorted(made)
    order = {"items": [{"id": first, "sortOrder": "1"}, {"id": second, "sortOrder": "2"}]}
    other = await asyncpg.connect(database)
    try:
        await other.execute("SET deadlock_timeout = '60s'")  # so that it is ours which looks first, and gives way
        async with other.transaction():
            await other.execute("UPDATE wishlist_items SET sort_order = '8' WHERE id = $1", second)
            ours = asyncio.create_task(api.post("/api/wishlist/reorder", order))
            theirs = asyncio.create_task(_waiting(other, first, database))
            answer = await ours
            await theirs
    finally:
        await other.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "Retry-After" in answer.headers
    assert len(lines.of("database_transaction_given_up")) == 1
    assert (await api.post("/api/wishlist/reorder", order)).status_code == 200


async def _waiting(other: asyncpg.Connection, item: str, database: str) -> None:
    """Wait until ours waits for us, then wait for ours."""
    watching = await asyncpg.connect(database)
    try:
        await until(lambda: watching.fetchval("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"))
    finally:
        await watching.close()
    await other.execute("UPDATE wishlist_items SET sort_order = '9' WHERE id = $1", item)
