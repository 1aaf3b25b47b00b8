"""IAM tokens in a password's place: the bytes that botocore makes, and never an old one."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import asyncpg
import pytest
from botocore import auth
from botocore.session import Session

from service.db.credentials import Credentials
from service.db.database import Database
from service.db.iam import VALID_SECONDS, auth_token
from service.kernel.signature_v4 import AwsKeys
from service.settings import Postgres

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
KEYS = AwsKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
LAMBDAS = AwsKeys("ASIAEXAMPLE", "secret", "IQoJb3JpZ2luX2VjE//+aGk= with/odd+characters~&?")
PROXY = Postgres("lego.proxy-c1.us-east-1.rds.amazonaws.com", 5432, "lego", "lego_api", iam=True)


@pytest.mark.parametrize("keys", [KEYS, LAMBDAS], ids=["a user's", "a role's"])
@pytest.mark.parametrize(
    ("host", "port", "user", "region"),
    [
        ("lego.proxy-c1.us-east-1.rds.amazonaws.com", 5432, "lego_api", "us-east-1"),
        ("Lego.C1.EU-central-1.rds.amazonaws.com", 6432, "Ünï code+&=/~%user", "eu-central-1"),
        ("db.internal", 443, "a@b:c d", "ap-southeast-2"),
    ],
)
@pytest.mark.parametrize("now", [NOON, datetime(2027, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)])
def test_a_token_is_what_botocore_makes_to_the_byte(
    keys: AwsKeys, host: str, port: int, user: str, region: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "get_current_datetime", lambda remove_tzinfo=True: now.replace(tzinfo=None))
    client: Any = Session().create_client(
        "rds",
        region_name=region,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.session_token,
    )
    expected = client.generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user)
    assert auth_token(Postgres(host, port, "lego", user), region, keys, now) == expected


class FakeServer:
    """asyncpg.connect, with a clock: connections that live as long as they are let, and the tokens that were shown."""

    def __init__(self) -> None:
        self.now = NOON
        self.ages_seconds: list[float] = []
        self.tokens: list[str] = []

    async def connect(self, *, password: str, **_: Any) -> Any:
        await asyncio.sleep(0)
        (stamp,) = re.findall(r"X-Amz-Date=(\d{8}T\d{6})Z", password)
        signed = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        self.ages_seconds.append((self.now - signed).total_seconds())
        self.tokens.append(password)
        return FakeConnection()


class FakeConnection:
    def __init__(self) -> None:
        self.closed = False

    async def fetchrow(self, _statement: str) -> None:
        """No row."""

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return False

    def terminate(self) -> None:
        self.closed = True

    async def close(self) -> None:
        self.closed = True


async def test_no_connection_is_ever_tried_with_an_old_token_however_long_the_process_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = FakeServer()
    monkeypatch.setattr(asyncpg, "connect", server.connect)
    credentials = Credentials(PROXY, "us-east-1", LAMBDAS, lambda: server.now)
    database = Database(PROXY, credentials, pool_size=3, statement_cache=0)
    for minutes in (0, 1, 9, 10, 14, 15, 16, 60, 24 * 60):
        server.now = NOON + timedelta(minutes=minutes)
        await asyncio.gather(*(database.ping() for _ in range(3)))
        assert database._pool is not None
        for connection in tuple(database._pool._open):
            connection.terminate()
    await database.close()
    assert len(server.ages_seconds) >= 9
    assert max(server.ages_seconds) < 1 < VALID_SECONDS
    assert len(set(server.tokens)) >= 9


async def test_a_token_names_the_role_of_the_environment_and_asks_nobody() -> None:
    token = await Credentials(PROXY, "eu-west-1", LAMBDAS, lambda: NOON).password()
    said = parse_qs(token.partition("?")[2])
    assert said["X-Amz-Credential"] == ["ASIAEXAMPLE/20260301/eu-west-1/rds-db/aws4_request"]
    assert said["X-Amz-Security-Token"] == [LAMBDAS.session_token]


def test_keys_are_never_shown() -> None:
    shown = repr(LAMBDAS) + str(LAMBDAS)
    assert "secret" not in shown.replace("secret_key", "")
    assert str(LAMBDAS.session_token) not in shown
