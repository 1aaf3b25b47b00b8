"""Where asynchronous events go that were given up: the SQS queue that is the function's destination on failure."""

import asyncio
import logging
from datetime import UTC, datetime

import msgspec

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.config import DeadLettersConfig
from cutover.rehearsal.edge.functions.invocation import Ending, Outcome
from cutover.rehearsal.edge.http.posting import post

SEND_SECONDS = 5.0
_HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}

_log = logging.getLogger(__name__)


class DeadLetters:
    """Sends what Lambda's destination would; an event that can't be sent is lost, and said to be."""

    def __init__(self, config: DeadLettersConfig, clock: CompressedClock, region: str, account_id: str) -> None:
        self._config = config
        self._clock = clock
        self._arn = f"arn:aws:lambda:{region}:{account_id}:function:{config.function}:$LATEST"
        # Nothing is signed: moto reads of a signature which service and account are meant.
        scope = f"rehearsal/20260101/{region}/sqs/aws4_request"
        self._headers = {**_HEADERS, "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=none"}

    async def keep(self, function: str, request_id: str, payload: bytes, outcome: Outcome, attempts: int) -> None:
        """Send one event to the queue, if it is of the function that has one."""
        if function != self._config.function:
            return
        text = msgspec.json.encode(self._letter(request_id, payload, outcome, attempts)).decode()
        body = msgspec.json.encode({"QueueUrl": self._config.queue_url, "MessageBody": text})
        try:
            async with asyncio.timeout(SEND_SECONDS):
                status = await post(self._config.sqs_url, body, self._headers)
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
            status, why = 0, f"{type(error).__name__} {error}"
        else:
            why = f"status {status}"
        if status != 200:
            _log.warning("%s: event %s was not taken by the dead-letter queue: %s", function, request_id, why)

    def _letter(self, request_id: str, payload: bytes, outcome: Outcome, attempts: int) -> object:
        """AWS Lambda Developer Guide, "Capturing records of asynchronous invocations"."""
        failed = outcome.ending is Ending.FAILED
        at = datetime.fromtimestamp(self._clock.timestamp(), UTC).isoformat(timespec="milliseconds")
        return {
            "version": "1.0",
            "timestamp": at.removesuffix("+00:00") + "Z",
            "requestContext": {
                "requestId": request_id,
                "functionArn": self._arn,
                "condition": "RetriesExhausted" if failed else "EventAgeExceeded",
                "approximateInvokeCount": attempts,
            },
            "requestPayload": msgspec.Raw(payload),
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": msgspec.Raw(outcome.payload or b"null"),
        }
