"""What API Gateway and Lambda hand a function: events of HTTP APIs, payload format 2.0, and the context."""

import base64
import time
from collections.abc import Mapping, Sequence
from typing import Any


class Context:
    """The invocation's context as far as the service looks at it."""

    def __init__(
        self, seconds_left: float = 28.0, aws_request_id: str = "11111111-2222-4333-8444-555555555555"
    ) -> None:
        self.aws_request_id = aws_request_id
        self._ends_at = time.monotonic() + seconds_left

    def get_remaining_time_in_millis(self) -> int:
        """What Lambda leaves the function."""
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def http_event(
    method: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    *,
    body: bytes | None = None,
    cookies: Sequence[str] = (),
    claims: Mapping[str, str] | None = None,
    request_id: str = "gateway-1",
) -> dict[str, Any]:
    """The event of one request; bodies that are no text come as base64, as from the gateway."""
    path, _, query = target.partition("?")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "host": "api.example.test",
            "x-forwarded-for": "203.0.113.9",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            **{name.lower(): value for name, value in (headers or {}).items()},
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "domainName": "api.example.test",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": "test",
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": 1762078530123,
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = list(cookies)
    if body is not None:
        event.update(_body(body, (headers or {}).get("Content-Type", "")))
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    return event


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    if content_type.startswith("application/json"):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
