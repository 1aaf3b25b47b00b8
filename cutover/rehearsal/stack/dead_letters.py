"""The queue of what the parser could not do, in moto."""

import json
import urllib.request

from cutover.rehearsal.stack.plan import DEAD_LETTERS, REGION

REQUEST_SECONDS = 10.0

# Moto does not check signatures, but tells by them which service is meant.
_HEADERS = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential=rehearsal/20260101/{REGION}/sqs/aws4_request",
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "AmazonSQS.CreateQueue",
}


def make(moto_url: str) -> str:
    """Make the queue, which may be there already; returns its address. Raises OSError, also for a refusal."""
    body = json.dumps({"QueueName": DEAD_LETTERS}).encode()
    request = urllib.request.Request(moto_url, body, _HEADERS)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as answer:  # noqa: S310 - likewise
        url: str = json.loads(answer.read())["QueueUrl"]
    return url
