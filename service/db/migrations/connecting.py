"""How migrations reach the database: as the service does, but on a new connection, with the time that DDL needs.

Not through RDS Proxy: the lock that makes migrations take turns belongs to one session.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.db.access import Access
from service.db.credentials import Credentials
from service.kernel.environment import EnvironmentReader
from service.kernel.signature_v4 import AwsKeys
from service.settings import Postgres, aws_keys_of, postgres_of, require_all

_CONNECT_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """What a migration is told by its environment: of the service's settings, those that matter to it."""

    postgres: Postgres
    aws_region: str
    aws_keys: AwsKeys | None
    log_level: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "DatabaseSettings":
        """The settings that `env` holds. Raises MissingSettings."""
        found = EnvironmentReader(env)
        settings = cls(postgres_of(found), found.region(), aws_keys_of(env), found.log_level())
        require_all(found)
        return settings


def access_of(settings: DatabaseSettings) -> Access:
    """How these settings get at the database. Raises MissingSettings."""
    return Access(settings.postgres, Credentials(settings.postgres, settings.aws_region, settings.aws_keys))


def access_from(environment: Mapping[str, str]) -> Access:
    """How the POSTGRES_* settings get at the database. Raises MissingSettings."""
    return access_of(DatabaseSettings.from_env(environment))


def engine_to(where: str | Access, statement_timeout_seconds: float = 60) -> AsyncEngine:
    """An engine that connects anew each time and never waits for ever."""
    connect = partial(
        _connect,
        where,
        timeout=_CONNECT_TIMEOUT_SECONDS,
        # The server ends a statement first; this ends the wait for a server that has gone silent.
        command_timeout=statement_timeout_seconds + _CONNECT_TIMEOUT_SECONDS,
    )
    return create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)


async def _connect(where: str | Access, **options: Any) -> Any:
    if isinstance(where, str):
        return await asyncpg.connect(where, **options)
    try:
        return await where.open(**options)
    except asyncpg.InvalidAuthorizationSpecificationError:
        if not where.renewable:
            raise
        return await where.open(**options)  # a rotation was half done
