"""Traces: one request's way through handler, SQL, Redis, OpenSearch and S3; nothing at all where they are off."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

_NOTHING: AbstractContextManager[None] = nullcontext()


def trace_id_of(scope: Mapping[str, Any]) -> str:
    """X-Ray's id of the request's trace, `1-XXXXXXXX-…`: from Lambda's environment or the load balancer's header."""
    return ""


def request(scope: Mapping[str, Any]) -> AbstractContextManager[Any]:
    """Around one request: its segment, ended with route and status."""
    return _NOTHING


def span(name: str, **attributes: str | int) -> AbstractContextManager[Any]:
    """Around one call to a dependency: `with span("s3", operation="PutObject"):`."""
    return _NOTHING
