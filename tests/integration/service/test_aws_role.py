"""The AWS keys that sign for the database where the environment has none: from the container's endpoint, or nowhere."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from service.aws_role import NoKeys, Role
from service.db.credentials import Credentials
from service.kernel.errors import Unavailable
from service.settings import Postgres
from tests.fakes.log_lines import log_lines

PROXY = Postgres("lego.proxy-c1.us-east-1.rds.amazonaws.com", 5432, "lego", "lego_api", iam=True)
AWS_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without any AWS keys."""
    for name in AWS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@contextmanager
def container_endpoint() -> Iterator[tuple[str, list[str | None]]]:
    """Hands out keys as Lambda does under SnapStart, new ones each time: its URL, the authorizations it got."""
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            expires = (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
            keys = {"AccessKeyId": f"ASIA{len(asked)}", "SecretAccessKey": "s", "Token": "t", "Expiration": expires}
            body = json.dumps(keys).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/credentials", asked
        finally:
            server.shutdown()
            thread.join()


async def test_the_containers_endpoint_is_asked_once_and_again_when_all_is_forgotten(
    nowhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with container_endpoint() as (url, asked):
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")
        role = Role(None)
        found = [(await role.keys()).access_key for _ in range(3)]
        role.forget()
        found.append((await role.keys()).access_key)
    assert found == ["ASIA1", "ASIA1", "ASIA1", "ASIA2"]
    assert asked == ["let-me-in", "let-me-in"]


async def test_without_any_keys_the_database_is_not_available_and_the_log_says_what_is_missing(nowhere: None) -> None:
    with log_lines() as lines:
        with pytest.raises(Unavailable):
            await Credentials(PROXY, "us-east-1").password()
        (line,) = lines.of("aws_keys_unavailable")
    assert line["error"] == "this process has no AWS role, and so no credentials to sign with"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/none", "http://evil.test/keys"])
async def test_an_endpoint_that_does_not_answer_or_is_not_trusted_leaves_the_database_unavailable(
    nowhere: None, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    with log_lines() as lines:
        with pytest.raises(NoKeys):
            await Role(None).keys()
        assert len(lines.of("aws_keys_unavailable")) == 1
