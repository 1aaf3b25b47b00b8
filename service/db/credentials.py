"""The database password: given outright, kept in Secrets Manager and fetched when first needed, or signed by IAM."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from service.aws_role import NoKeys, Role
from service.db.iam import auth_token
from service.kernel.errors import Unavailable
from service.kernel.signature_v4 import AwsKeys
from service.settings import Postgres
from service.telemetry.log import Log

log = Log(__name__)
SECRET_TIMEOUT_SECONDS = 3.0
_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"


class _Secret(msgspec.Struct):
    """The secret's JSON as RDS writes it; other keys are not ours."""

    password: str


def _now() -> datetime:
    return datetime.now(UTC)


class Credentials:
    """Hands out the password of each new connection; one that was `refused` not again, if there is another.

    A token of IAM is made for every single connection, 25 µs each, so none is ever old when it is used.
    """

    def __init__(
        self, address: Postgres, region: str, keys: AwsKeys | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        self._address = address
        self._region = region
        self._now = now
        self._role = Role(keys)
        self._asking = asyncio.Lock()  # a crowd asks once
        self._fetched: str | None = None
        self._refused: str | None = None

    @property
    def renewable(self) -> bool:
        """Whether there may be another password when one was refused."""
        return self._address.password is None

    async def password(self) -> str:
        """The password to connect with. Raises Unavailable when it can't be had."""
        if self._address.iam:
            return await self._token()
        if self._address.password is not None:
            return self._address.password
        async with self._asking:
            if self._fetched is None:
                self._fetched = await asyncio.to_thread(self._fetch, self._refused)
            return self._fetched

    async def _token(self) -> str:
        try:
            return auth_token(self._address, self._region, await self._role.keys(), self._now())
        except NoKeys as error:
            raise Unavailable("The database is not available") from error

    def refused(self, password: str) -> None:
        """The server did not take it: it was rotated, or the role's keys are no good any more."""
        self._role.forget()
        if self._fetched == password:  # else somebody else has fetched a new one already
            self._fetched, self._refused = None, password

    def forget(self) -> None:
        """Keep nothing; ask again next time."""
        self._role.forget()
        self._fetched = None

    def _fetch(self, refused: str | None) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return _newest(self._client(), str(self._address.secret_arn), refused)
        except (BotoCoreError, ClientError, KeyError, msgspec.MsgspecError) as error:  # KeyError: it holds bytes
            log.crash("database_secret_unavailable", error)
            raise Unavailable("The database is not available") from error

    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            connect_timeout=SECRET_TIMEOUT_SECONDS,
            read_timeout=SECRET_TIMEOUT_SECONDS,
            retries={"total_max_attempts": 2},
        )
        return boto3.client("secretsmanager", region_name=self._region, config=config)


def _newest(client: Any, secret_arn: str, refused: str | None) -> str:
    """The secret's password. When the server refuses that one, a rotation may be half done: then the one it prepares.

    Secrets Manager changes the database first and the secret's current version some seconds later.
    """
    current = _version(client, secret_arn, _CURRENT)
    if current != refused:
        return current
    try:
        return _version(client, secret_arn, _PENDING)
    except client.exceptions.ResourceNotFoundException:  # no rotation is under way
        return current


def _version(client: Any, secret_arn: str, stage: str) -> str:
    text = client.get_secret_value(SecretId=secret_arn, VersionStage=stage)["SecretString"]
    return msgspec.json.decode(text, type=_Secret).password
