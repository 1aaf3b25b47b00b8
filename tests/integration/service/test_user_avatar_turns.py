"""One request at a time changes a user's avatar, whichever process it has come to."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cutover.rehearsal.stack.tokens import TokenMaker
from service.runtime import Runtime, build_runtime
from service.settings import Settings
from service.storage.s3 import S3
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, serve
from tests.integration.service.avatars import KEY, assert_whole, picture, send
from tests.integration.service.conftest import Open, with_own_keys
from tests.integration.user_pool import Pool

AVATAR = "/api/users/me/avatar"


class SlowS3(S3):
    """The real one, which waits at `gate` before it stores or deletes."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.s3_bucket, settings.aws_region)
        self.gate = asyncio.Event()
        self.reached = asyncio.Event()

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        """Wait, then store."""
        await self._pass()
        await super().put(key, body, content_type)

    async def delete(self, keys: Sequence[str]) -> None:
        """Wait, then delete."""
        await self._pass()
        await super().delete(keys)

    async def _pass(self) -> None:
        self.reached.set()
        await self.gate.wait()


def slow(settings: Settings, tokens: TokenMaker, s3: SlowS3) -> Runtime:
    """Clients of which the file store is slow."""
    return replace(with_own_keys(build_runtime(settings), tokens), storage=s3)


async def someone_waits(postgres: Postgres, database: str) -> None:
    """Wait until a request waits for another one's end."""
    name = database.rpartition("/")[2]
    waiting = f"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '{name}'"
    await until(lambda: postgres.run(waiting) == ["1"])


async def test_who_deletes_waits_for_the_one_who_stores(
    open_api: Open, settings: Settings, tokens: TokenMaker, pool: Pool, s3: Objects, bucket: str, postgres: Postgres,
    database: str,
) -> None:  # fmt: skip
    store = SlowS3(settings)
    async with serve(slow(settings, tokens, store), tokens) as first, open_api() as second:
        storing = asyncio.ensure_future(send(first, picture()))
        await store.reached.wait()
        deleting = asyncio.ensure_future(second.delete(AVATAR))
        await someone_waits(postgres, database)
        store.gate.set()
        assert [(await storing).status_code, (await deleting).status_code] == [200, 200]
    assert (assert_whole(pool, s3, bucket), s3.keys(bucket)) == (False, [])


async def test_who_stores_waits_for_the_one_who_deletes(
    open_api: Open, settings: Settings, tokens: TokenMaker, pool: Pool, s3: Objects, bucket: str, postgres: Postgres,
    database: str,
) -> None:  # fmt: skip
    store = SlowS3(settings)
    async with serve(slow(settings, tokens, store), tokens) as first, open_api() as second:
        deleting = asyncio.ensure_future(first.delete(AVATAR))
        await store.reached.wait()
        storing = asyncio.ensure_future(send(second, picture()))
        await someone_waits(postgres, database)
        store.gate.set()
        assert [(await storing).status_code, (await deleting).status_code] == [200, 200]
    assert (assert_whole(pool, s3, bucket), s3.keys(bucket)) == (True, [KEY])


async def test_nobody_waits_for_another_user(
    open_api: Open, settings: Settings, tokens: TokenMaker, pool: Pool
) -> None:
    store = SlowS3(settings)
    async with serve(slow(settings, tokens, store), tokens) as first, open_api() as second:
        storing = asyncio.ensure_future(send(first, picture()))
        await store.reached.wait()
        assert (await send(second, picture(), sub="bob")).status_code == 200
        store.gate.set()
        assert (await storing).status_code == 200


async def shown(api: Api) -> Any:
    return (await api.get("/api/users/me")).json()["data"].get("picture")


async def test_many_at_once_on_both_platforms_end_with_a_whole_avatar_or_none(
    open_api: Open, pool: Pool, s3: Objects, bucket: str
) -> None:
    async with open_api() as ecs, open_api(on_lambda=True) as other:
        for _ in range(3):
            colours = [(float(shade), 0.0, 0.0) for shade in range(0, 200, 50)]
            uploads = [send(api, picture(colour=c)) for c, api in zip(colours, (ecs, other, ecs, other), strict=True)]
            deletions = [api.delete(AVATAR) for api in (ecs, other, ecs)]
            work = [job for pair in zip(uploads, [*deletions, ecs.get("/api/users/me")], strict=True) for job in pair]
            answers = await asyncio.gather(*work)
            assert {answer.status_code for answer in answers} <= {200, 503}, [a.text for a in answers]
            named = assert_whole(pool, s3, bucket)
            assert s3.keys(bucket) == ([KEY] if named else [])
            assert (await shown(ecs)) == pool.attributes("alice").get("picture") == (await shown(other))
