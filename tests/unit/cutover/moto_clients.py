"""Moto in this process: clients and backends made once, for making them takes longer than most tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import moto
from boto3 import Session
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

REGION = "us-east-1"


@cache
def _session() -> Session:
    return Session("test", "test", region_name=REGION)


@cache
def client(service: str) -> Any:
    """The client of that service; use it within `account_of` only."""
    made: Any = _session().client(service)  # type: ignore[call-overload]  # any service, by its name
    return made


def make(service: str, attempts: int, read_seconds: float, region: str = "") -> Any:
    """As Clients.make does."""
    return client(service)


def backend(service: str) -> Any:
    """What moto keeps of that service."""
    regions: Any = get_backend(service)[DEFAULT_ACCOUNT_ID]  # type: ignore[call-overload]  # likewise
    return regions["aws" if service in {"s3", "route53"} else REGION]


@contextmanager
def account_of(*services: str) -> Iterator[None]:
    """An account in which these services are empty. Moto would reset all that it knows, for seconds."""
    mocked = moto.mock_aws()
    mocked.start(reset=False)
    try:
        for service in services:
            backend(service).reset()
        yield
    finally:
        mocked.stop()
