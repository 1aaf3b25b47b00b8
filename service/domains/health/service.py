"""Asks everything that the service stands on, side by side, for a short time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.cache.port import CacheUnavailable
from service.domains.health.schemas import Components, Health, State, Status
from service.kernel.errors import AppError
from service.kernel.wire_time import wire_time
from service.search.port import SearchUnavailable

CHECK_TIMEOUT_SECONDS = 1.8
SERVICE = "lego-projects-api"
REMEMBER_SECONDS = 1.0  # a crowd of load balancers asks once

Ping = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class HealthService:
    """The three checks, and the last answer while it is fresh."""

    database: Ping
    redis: Ping
    opensearch: Ping
    clock: Callable[[], float] = time.monotonic
    _last: tuple[float, Health] | None = field(default=None, init=False)

    async def check(self) -> Health:
        """How the service is now."""
        now = self.clock()
        if self._last is not None and now - self._last[0] < REMEMBER_SECONDS:
            return self._last[1]
        states = await asyncio.gather(_state(self.database), _state(self.redis), _state(self.opensearch))
        health = _judged(Components(*states))
        self._last = (now, health)
        return health


def _judged(components: Components) -> Health:
    return Health(_status(components), SERVICE, components, wire_time(datetime.now(UTC)))


def _status(components: Components) -> Status:
    if components.database != "healthy":
        return "unhealthy"
    if "unhealthy" in (components.redis, components.opensearch):
        return "degraded"
    return "healthy"


async def _state(ping: Ping) -> State:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await ping()
    except (AppError, CacheUnavailable, SearchUnavailable, TimeoutError):
        return "unhealthy"
    return "healthy"
