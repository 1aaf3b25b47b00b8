"""Every outside client, made once for a process or Lambda environment; none connects before it is needed."""

from contextlib import suppress
from dataclasses import dataclass

from service.cache.aside import CacheAside
from service.cache.pipelined import PipelinedRedis, RedisAddress
from service.cache.port import Cache
from service.db.credentials import Credentials
from service.db.database import Database
from service.identity.keys import SigningKeys
from service.identity.tokens import TokenVerifier
from service.jobs.background import Background, Tasks, WithinRequest
from service.kernel.errors import AppError
from service.search.opensearch import OpenSearch, is_on_aws
from service.search.port import SearchIndex
from service.settings import Settings
from service.storage.port import Storage
from service.storage.s3 import S3
from service.writes import Writes

ECS_POOL_SIZE = 10
LAMBDA_POOL_SIZE = 1  # an environment serves one request at a time
ECS_STATEMENT_CACHE = 200
LAMBDA_STATEMENT_CACHE = 0  # named prepared statements pin the connection in RDS Proxy


@dataclass(frozen=True, slots=True)
class Runtime:
    """The service's whole outside world."""

    settings: Settings
    database: Database
    cache: Cache
    aside: CacheAside
    writes: Writes
    search: SearchIndex
    storage: Storage
    background: Background
    tokens: TokenVerifier

    async def warm_up(self) -> None:
        """Pay for imports and connections before anybody waits for them; nothing of it has to succeed."""
        self.search.prepare()
        for start in (self.storage.open, self.database.ping):
            with suppress(AppError):  # already logged; it connects when it can
                await start()

    async def close(self) -> None:
        """Finish what is under way, then let go of every connection."""
        await self.background.drain(deadline_seconds=15.0)
        await self.aside.close()
        await self.search.close()
        await self.cache.close()
        await self.storage.close()
        await self.database.close()


def build_runtime(settings: Settings) -> Runtime:
    """The real clients that `settings` name."""
    database = Database(
        settings.postgres,
        Credentials(settings.postgres, settings.aws_region),
        pool_size=LAMBDA_POOL_SIZE if settings.on_lambda else ECS_POOL_SIZE,
        statement_cache=LAMBDA_STATEMENT_CACHE if settings.on_lambda else ECS_STATEMENT_CACHE,
    )
    cache = _cache(settings)
    aside = CacheAside(cache)
    return Runtime(
        settings=settings,
        database=database,
        cache=cache,
        aside=aside,
        writes=Writes(database, aside),
        search=OpenSearch(
            settings.opensearch_endpoint,
            region=settings.aws_region,
            signed=is_on_aws(settings.opensearch_endpoint),
        ),
        storage=S3(settings.s3_bucket, settings.aws_region),
        background=WithinRequest() if settings.on_lambda else Tasks(),
        tokens=TokenVerifier(settings.cognito, SigningKeys(settings.cognito.jwks_url)),
    )


def _cache(settings: Settings) -> Cache:
    address = RedisAddress.parse(settings.redis_endpoint)
    if settings.redis_cluster:
        from service.cache.cluster import ClusterRedis

        return ClusterRedis(address)
    return PipelinedRedis(address)
