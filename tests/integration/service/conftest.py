"""What the service's tests ask for: its settings on fresh parts of the real servers, and the API on them."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import msgspec
import pytest

from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.tokens import CLIENT_ID, ISSUER, TokenMaker
from service.db.database import Database
from service.identity.keys import SigningKeys
from service.identity.tokens import TokenVerifier
from service.runtime import Runtime, build_runtime
from service.settings import Cognito, Settings
from service.writes import Writes
from tests.fakes.log_lines import LogLines, log_lines
from tests.integration.postgres import Postgres
from tests.integration.s3 import s3
from tests.integration.servers import REGION, index, logs, moto, moto_server, search_server, send, valkey
from tests.integration.service.api import ORIGIN, Api, serve
from tests.integration.user_pool import pool

__all__ = ["index", "logs", "moto", "moto_server", "pool", "s3", "search_server", "valkey"]

Open = Callable[..., AbstractAsyncContextManager[Api]]
_bucket_numbers = count()
EMPTY = """DELETE FROM moc_instructions; DELETE FROM gallery_images; DELETE FROM gallery_albums;
 DELETE FROM wishlist_items; DELETE FROM file_leftovers; DELETE FROM direct_uploads; DELETE FROM turns"""


@pytest.fixture(scope="session")
def tokens() -> TokenMaker:
    """Signs tokens; making its key takes a while."""
    return TokenMaker.new()


@pytest.fixture(scope="session")
def shared_database(postgres: Postgres, migrated_template: str) -> str:
    """The DSN of the database that this worker's tests use one after the other."""
    return postgres.create_database(migrated_template)


@pytest.fixture
def database(postgres: Postgres, shared_database: str) -> str:
    """The DSN of a database with the newest schema and no rows; emptied, as making one takes a quarter of a second."""
    postgres.run(EMPTY, shared_database)
    return shared_database


@pytest.fixture
def bucket(moto: str) -> str:
    """A bucket of one test."""
    name = f"bucket-{next(_bucket_numbers)}"
    send("PUT", f"{moto}/{name}", None)
    return name


@pytest.fixture
async def redis(valkey: int) -> AsyncIterator[Any]:
    """A client of the emptied Valkey, to look into it and to meddle."""
    from redis.asyncio import Redis

    async with Redis(host=LOOPBACK, port=valkey) as client:
        await client.flushall()
        yield client


@pytest.fixture
def settings(
    postgres: Postgres, database: str, valkey: int, redis: Any, index: str, search_server: str, bucket: str
) -> Settings:
    """Settings that name fresh parts of every server."""
    return Settings(
        stage="development",
        postgres=postgres.address(database),
        redis_endpoint=f"{LOOPBACK}:{valkey}",
        redis_cluster=False,
        opensearch_endpoint=search_server,
        s3_bucket=bucket,
        cognito=Cognito(ISSUER, CLIENT_ID, "http://no-keys-are-fetched.test"),
        aws_region=REGION,
        allowed_origins=(ORIGIN,),
        on_lambda=False,
        eager=False,
    )


@pytest.fixture
def lines() -> Iterator[LogLines]:
    """What the service logs."""
    with log_lines() as collected:
        yield collected


@pytest.fixture
def open_api(settings: Settings, tokens: TokenMaker) -> Open:
    """Opens an API whose settings differ in what is named; `database` takes the place of the real one."""

    @asynccontextmanager
    async def opened(database: Callable[[Settings], Database] | None = None, **changes: Any) -> AsyncIterator[Api]:
        wanted = replace(settings, **changes)
        runtime = with_own_keys(build_runtime(wanted), tokens)
        if database is not None:
            runtime = with_database(runtime, database(wanted))
        async with serve(runtime, tokens) as api:
            yield api

    return opened


@pytest.fixture
async def api(open_api: Open) -> AsyncIterator[Api]:
    """The API with everything in order."""
    async with open_api() as api:
        yield api


def with_own_keys(runtime: Runtime, tokens: TokenMaker) -> Runtime:
    """The runtime believing the tests' tokens, without fetching keys."""

    async def fetch(_url: str) -> bytes:
        return msgspec.json.encode(tokens.jwks())

    keys = SigningKeys(runtime.settings.cognito.jwks_url, fetch)
    return replace(runtime, tokens=TokenVerifier(runtime.settings.cognito, keys))


def with_database(runtime: Runtime, database: Database) -> Runtime:
    """The runtime on another database; it has not been used yet."""
    return replace(runtime, database=database, writes=Writes(database, runtime.aside))
