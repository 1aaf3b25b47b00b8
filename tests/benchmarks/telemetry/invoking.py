"""The function `mocs`, its arms in turns: for a line `COUNT PATH TOKEN` on stdin, so many invocations of each."""

import json
import os
import random
import sys
import time
from typing import Any

from tests.benchmarks.telemetry.arms import ARMS, Arm, Switch
from tests.benchmarks.telemetry.turns import Turns


class Context:
    """What Lambda hands over with an event."""

    aws_request_id, function_name, memory_limit_in_mb = "r", "f", 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:1:function:f"

    def get_remaining_time_in_millis(self) -> int:
        """As long as the gateway waits."""
        return 30_000


class Rule:
    """X-Ray's: the first of each second, and a share of the others."""

    def __init__(self) -> None:
        self._last = 0.0

    def header(self, arm: Arm) -> str:
        """What the runtime client would be told."""
        now = time.monotonic()
        chosen = now - self._last >= 1 or random.random() < (arm.traced or 0.05)  # noqa: S311 - a sample
        self._last = now if now - self._last >= 1 else self._last
        root = f"1-67891233-{random.getrandbits(96):024x}"
        return f"Root={root};Parent=53995c3f42cd8ad8;Sampled={int(chosen)}"


def event(path: str, token: str) -> dict[str, Any]:
    """One request as API Gateway hands it over."""
    raw, _, query = path.partition("?")
    http = {"method": "GET", "path": raw, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "b"}
    headers = {"host": "api.test", "authorization": f"Bearer {token}"}
    context = {"requestId": "r", "stage": "$default", "http": http, "routeKey": "$default"}
    return {"version": "2.0", "routeKey": "$default", "rawPath": raw, "rawQueryString": query, "headers": headers,
            "isBase64Encoded": False, "requestContext": context}  # fmt: skip


def main() -> None:
    """Answer until stdin ends."""
    import service.web.lean  # noqa: F401 - first, as in the entry point
    from service.entrypoints import lambda_adapter

    boundaries: list[Any] = []
    real = lambda_adapter.unbroken

    def noted(application: Any) -> Any:
        boundaries.append(application)
        return real(application)

    lambda_adapter.unbroken = noted
    from service.entrypoints.mocs import handler
    from service.settings import Settings

    told, rule = os.dup(1), Rule()
    os.dup2(os.open(os.environ["BENCH_LOG"], os.O_WRONLY | os.O_CREAT, 0o600), 1)  # Lambda's pipe is a file here
    # Of the application, what answers the routes that are asked.
    turns = Turns(Switch(boundaries[0]._first, Settings.from_env(os.environ)))
    for line in sys.stdin:
        count, path, token = line.split()
        asked = event(path, token)
        turns.forget()
        for _ in range(int(count) * len(ARMS)):
            os.environ["_X_AMZN_TRACE_ID"] = rule.header(turns.step())
            answer = handler(asked, Context())
            assert answer["statusCode"] == 200, answer
        os.write(told, json.dumps(turns.taken()).encode() + b"\n")


if __name__ == "__main__":
    main()
