"""What tests of the AWS adapters share: moto's account in process, and clients that a script answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from boto3 import Session
from botocore.stub import Stubber
from moto import mock_aws

from cutover.aws.clients import Clients
from cutover.sections import AwsSettings

REGION = "us-east-1"


@cache
def session() -> Any:
    """One session for all tests: it reads AWS's models but once."""
    return Session("testing", "testing", region_name=REGION)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Clients of an account that moto plays."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CREDENTIAL_EXPIRATION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        clients = Clients(AwsSettings(region=REGION))
        clients._session = session()
        yield clients


class Scripted(Clients):
    """Clients whose answers are scripted by Stubber, which checks them and the questions against AWS's model."""

    def __init__(self) -> None:
        super().__init__(AwsSettings(endpoint_url="http://127.0.0.1:1"))
        self._session = session()
        self._made: dict[str, Any] = {}
        self.stubbers: dict[str, Stubber] = {}
        self.asked: list[tuple[str, str]] = []

    def make(self, service: str, attempts: int, read_seconds: float, region: str = "") -> Any:
        self.asked.append((service, region))
        return self.client(service)

    def client(self, service: str) -> Any:
        """The service's client; a call that nobody scripted fails."""
        if service not in self._made:
            client: Any = super().make(service, 1, 1, "us-east-1")
            self._made[service], self.stubbers[service] = client, Stubber(client)
            self.stubbers[service].activate()
        return self._made[service]

    def answers(self, service: str, operation: str, answer: Any, asked: Any = None) -> None:
        """Script the next answer, and what must be asked."""
        self.client(service)
        self.stubbers[service].add_response(operation, answer, asked)

    def refuses(self, service: str, operation: str, code: str, status: int = 400, message: str = "no") -> None:
        """Script a refusal."""
        self.client(service)
        self.stubbers[service].add_client_error(operation, code, message, status)


@contextmanager
def scripted() -> Iterator[Scripted]:
    """Clients with a script, all of which must be used up."""
    clients = Scripted()
    yield clients
    for stubber in clients.stubbers.values():
        stubber.assert_no_pending_responses()
