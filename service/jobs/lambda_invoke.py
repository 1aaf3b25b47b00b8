"""Parts lists parsed by a Lambda function of their own, invoked asynchronously."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

from service.jobs.port import HandOverFailed, ParseJob
from service.telemetry.log import Log

log = Log(__name__)

TIMEOUT_SECONDS = 3.0


class LambdaJobs:
    """Invokes the parser function with `{"partsListId": …}`."""

    def __init__(self, function: str, region: str) -> None:
        self._function = function
        self._region = region
        self._stack = AsyncExitStack()
        self._made: Any = None
        self._making = asyncio.Lock()

    async def hand_over(self, job: ParseJob) -> None:
        """Invoke, type Event: Lambda keeps it and tries again by itself. Raises HandOverFailed."""
        from botocore.exceptions import BotoCoreError, ClientError

        payload = json.dumps({"partsListId": str(job.parts_list_id)}).encode()
        try:
            client = await self._client()
            await client.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)
        except (BotoCoreError, ClientError, OSError, TimeoutError) as error:
            log.warning("parser_not_invoked", function=self._function, error=repr(error))
            raise HandOverFailed(str(error)) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._stack.aclose()
        self._made = None

    async def _client(self) -> Any:
        async with self._making:
            if self._made is None:
                import aioboto3
                from botocore.config import Config

                config = Config(
                    connect_timeout=TIMEOUT_SECONDS,
                    read_timeout=TIMEOUT_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": 2},
                )
                maker = aioboto3.Session().client("lambda", region_name=self._region, config=config)
                self._made = await self._stack.enter_async_context(maker)
        return self._made
