"""One aioboto3 client for the life of a process, made when first needed: the import costs a cold start a second."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any


class LazyClient:
    """The client of one AWS service; every call is tried twice and has `timeout_seconds` each time."""

    def __init__(self, service: str, region: str, timeout_seconds: float) -> None:
        self._service, self._region, self._timeout_seconds = service, region, timeout_seconds
        self._stack = AsyncExitStack()
        self._made: Any = None
        self._making = asyncio.Lock()

    async def get(self) -> Any:
        """The client, made now if it was not; never two, however many ask at once."""
        async with self._making:
            if self._made is None:
                self._made = await self._stack.enter_async_context(self._maker())
        return self._made

    async def close(self) -> None:
        """Close the connections."""
        await self._stack.aclose()
        self._made = None

    def _maker(self) -> Any:
        import aioboto3
        from botocore.config import Config

        config = Config(
            connect_timeout=self._timeout_seconds,
            read_timeout=self._timeout_seconds,
            retries={"mode": "standard", "total_max_attempts": 2},
            signature_version="s3v4" if self._service == "s3" else None,  # else presigned POSTs are signed as in 2006
        )
        return aioboto3.Session().client(self._service, region_name=self._region, config=config)
