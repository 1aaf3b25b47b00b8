"""The database password: given outright, or kept in Secrets Manager and fetched when first needed."""

import asyncio

import msgspec

from service.kernel.errors import Unavailable
from service.settings import Postgres
from service.telemetry.log import Log

log = Log(__name__)
SECRET_TIMEOUT_SECONDS = 3.0


class _Secret(msgspec.Struct):
    """The secret's JSON as RDS writes it; other keys are not ours."""

    password: str


class Credentials:
    """Hands out the password; after `forget` (it was refused: rotated) a secret is fetched anew."""

    def __init__(self, address: Postgres, region: str) -> None:
        self._address = address
        self._region = region
        self._fetched: str | None = None

    async def password(self) -> str:
        """The password to connect with. Raises Unavailable when the secret can't be had."""
        if self._address.password is not None:
            return self._address.password
        if self._fetched is None:
            self._fetched = await asyncio.to_thread(self._fetch)
        return self._fetched

    def forget(self) -> None:
        """Ask again next time."""
        self._fetched = None

    def _fetch(self) -> str:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        config = Config(
            connect_timeout=SECRET_TIMEOUT_SECONDS,
            read_timeout=SECRET_TIMEOUT_SECONDS,
            retries={"total_max_attempts": 2},
        )
        client = boto3.client("secretsmanager", region_name=self._region, config=config)
        try:
            text = client.get_secret_value(SecretId=self._address.secret_arn)["SecretString"]
            return msgspec.json.decode(text, type=_Secret).password
        except (BotoCoreError, ClientError, KeyError, msgspec.MsgspecError) as error:  # KeyError: it holds bytes
            log.crash("database_secret_unavailable", error)
            raise Unavailable("The database is not available") from error
