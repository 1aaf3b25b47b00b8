"""Parts lists parsed by a Lambda function of their own, invoked asynchronously."""

import json

from service.aws_client import LazyClient
from service.jobs.port import HandOverFailed, ParseJob
from service.telemetry import tracing
from service.telemetry.log import Log

log = Log(__name__)

TIMEOUT_SECONDS = 3.0


class LambdaJobs:
    """Invokes the parser function with `{"partsListId": …}`."""

    def __init__(self, function: str, region: str) -> None:
        self._function = function
        self._client = LazyClient("lambda", region, TIMEOUT_SECONDS)

    async def hand_over(self, job: ParseJob) -> None:
        """Invoke, type Event: Lambda keeps it and tries again by itself. Raises HandOverFailed."""
        from botocore.exceptions import BotoCoreError, ClientError

        payload = json.dumps({"partsListId": str(job.parts_list_id)}).encode()
        try:
            client = await self._client.get()
            with tracing.span("lambda", operation="Invoke", function=self._function):
                await client.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)
        except (BotoCoreError, ClientError, OSError, TimeoutError) as error:
            log.warning("parser_not_invoked", parser=self._function, error=error)
            raise HandOverFailed(str(error)) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
