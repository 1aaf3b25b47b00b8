"""Every outside client, made once for a process or Lambda environment; none connects before it is needed."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from service.aws_role import Role
from service.cache.aside import CacheAside
from service.cache.pipelined import PipelinedRedis, RedisAddress
from service.cache.port import Cache
from service.db.credentials import Credentials
from service.db.database import Database
from service.direct_uploads import DirectUploads
from service.files import REMOVALS_AT_ONCE, Files
from service.identity.cognito import CognitoUserPool
from service.identity.keys import SigningKeys
from service.identity.pool import UserPool
from service.identity.tokens import TokenVerifier
from service.images.port import Images
from service.images.vips import VipsImages
from service.indexing import Indexer
from service.jobs.background import Background, Tasks, WithinRequest
from service.kernel.errors import AppError
from service.scanning.clamd import Clamd, ClamdAddress
from service.scanning.none import NoScanner
from service.scanning.port import Scanner
from service.search.opensearch import OpenSearch, is_on_aws
from service.search.port import SearchIndex
from service.settings import Settings
from service.storage.port import Storage
from service.storage.s3 import S3
from service.writes import Writes

ECS_POOL_SIZE = 10
LAMBDA_POOL_SIZE = 1  # an environment serves one request at a time
ECS_STATEMENT_CACHE = 200
PROXY_STATEMENT_CACHE = 0  # named prepared statements pin the connection in RDS Proxy, where one signs in by IAM


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
    scanner: Scanner
    images: Images
    background: Background
    tokens: TokenVerifier
    user_pool: UserPool
    file_removals: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REMOVALS_AT_ONCE))

    @property
    def index(self) -> Indexer:
        """Tells the search engine of changes."""
        return Indexer(self.search, self.background)

    @property
    def files(self) -> Files:
        """Stores and deletes the files that rows name."""
        return Files(self.database, self.storage, self.background, self.file_removals)

    @property
    def direct_uploads(self) -> DirectUploads:
        """Files that clients put into the file store by themselves."""
        return DirectUploads(self.database, self.storage, self.files)

    async def warm_up(self) -> None:
        """Pay for imports and connections before anybody waits for them; nothing of it has to succeed."""
        self.search.prepare()
        for start in (self.storage.open, self.database.ping):
            with suppress(AppError):  # already logged; it connects when it can
                await start()

    async def sweep(self) -> int:
        """Delete files that no row names, forget uploads that nobody completed: how many files that were.

        Raises Unavailable, DeadlineExceeded.
        """
        await self.direct_uploads.forget_expired()
        return await self.files.sweep()

    async def close(self) -> None:
        """Finish what is under way, then let go of every connection."""
        await self.background.drain(deadline_seconds=15.0)
        self.images.close()
        await self.rest()

    async def rest(self) -> None:
        """Let go of every connection and of what is only true for a while: passwords, AWS keys, others' public keys.

        All of it is had again when it is needed.
        """
        await self.aside.close()
        await self.search.close()
        await self.cache.close()
        await self.storage.close()
        await self.user_pool.close()
        await self.database.close()
        self.tokens.forget_keys()


def build_runtime(settings: Settings) -> Runtime:
    """The real clients that `settings` name. Raises MissingSettings (see `service.db.tls`)."""
    database = Database(
        settings.postgres,
        Credentials(settings.postgres, settings.aws_region, settings.aws_keys),
        pool_size=LAMBDA_POOL_SIZE if settings.on_lambda else ECS_POOL_SIZE,
        statement_cache=PROXY_STATEMENT_CACHE if settings.on_lambda or settings.postgres.iam else ECS_STATEMENT_CACHE,
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
            role=Role(settings.aws_keys),
        ),
        storage=S3(settings.s3_bucket, settings.aws_region),
        scanner=_scanner(settings.clamd_endpoint),
        images=VipsImages(),
        background=WithinRequest() if settings.on_lambda else Tasks(),
        tokens=TokenVerifier(settings.cognito, SigningKeys(settings.cognito.jwks_url)),
        user_pool=CognitoUserPool(settings.cognito.pool_id, settings.aws_region),
    )


def _cache(settings: Settings) -> Cache:
    address = RedisAddress.parse(settings.redis_endpoint)
    if settings.redis_cluster:
        from service.cache.cluster import ClusterRedis

        return ClusterRedis(address)
    return PipelinedRedis(address)


def _scanner(endpoint: str | None) -> Scanner:
    return Clamd(ClamdAddress.parse(endpoint)) if endpoint else NoScanner()
