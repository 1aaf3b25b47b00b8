"""The user pool in Cognito, by aioboto3 and the calls for administrators."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service.aws_client import LazyClient
from service.identity.pool import PoolUser
from service.kernel.errors import NotFound, Unavailable
from service.kernel.principal import Principal
from service.telemetry import tracing
from service.telemetry.log import Log
from service.telemetry.pseudonym import pseudonym

log = Log(__name__)

TIMEOUT_SECONDS = 2.0
CALL_TIMEOUT_SECONDS = 5.0  # both attempts and the pause between them, credentials and connections included


class CognitoUserPool:
    """One user pool; one client for the life of the process.

    A user is asked for by the username of their token. The subject does as well for most, but for federated users the
    calls take nothing but the username, and elsewhere a subject can be somebody else's alias.
    """

    def __init__(self, pool_id: str, region: str) -> None:
        self._pool_id = pool_id
        self._client = LazyClient("cognito-idp", region, TIMEOUT_SECONDS)

    async def find(self, who: Principal) -> PoolUser:
        """AdminGetUser. Raises NotFound, also when the username has come to somebody else; Unavailable."""
        answer = await self._call("admin_get_user", who)
        found = {entry["Name"]: entry.get("Value", "") for entry in answer.get("UserAttributes", ())}
        if "sub" not in found:
            raise _unavailable("admin_get_user", who.sub, "no user in the answer")
        if found["sub"] != who.sub:
            raise _unknown()
        return PoolUser(found.get("email", ""), found.get("name") or None, found.get("picture") or None)

    async def set_name(self, who: Principal, name: str) -> None:
        """AdminUpdateUserAttributes. Raises NotFound, Unavailable."""
        await self._set(who, "name", name)

    async def set_picture(self, who: Principal, url: str) -> None:
        """AdminUpdateUserAttributes. Raises NotFound, Unavailable."""
        await self._set(who, "picture", url)

    async def remove_picture(self, who: Principal) -> None:
        """AdminDeleteUserAttributes. Raises NotFound, Unavailable."""
        await self._call("admin_delete_user_attributes", who, UserAttributeNames=["picture"])

    async def open(self) -> None:
        """Make the client now. Raises Unavailable."""
        with _in_our_words("open", ""):
            await self._client.get()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _set(self, who: Principal, attribute: str, value: str) -> None:
        attributes = [{"Name": attribute, "Value": value}]
        await self._call("admin_update_user_attributes", who, UserAttributes=attributes)

    async def _call(self, operation: str, who: Principal, **rest: Any) -> Any:
        with _in_our_words(operation, who.sub):
            async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                client = await self._client.get()
                call = getattr(client, operation)
                with tracing.span("cognito", operation=_method(operation)):
                    return await call(UserPoolId=self._pool_id, Username=who.username or who.sub, **rest)


@contextmanager
def _in_our_words(doing: str, user: str) -> Iterator[None]:
    from aiohttp import ClientPayloadError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "UserNotFoundException":
            raise _unknown() from error
        raise _unavailable(doing, user, error) from error
    except (BotoCoreError, ClientPayloadError, OSError, TimeoutError) as error:
        raise _unavailable(doing, user, error) from error


def _method(operation: str) -> str:
    """AdminGetUser of admin_get_user: as AWS calls it."""
    return operation.title().replace("_", "")


def _unknown() -> NotFound:
    return NotFound("There is no such user")


def _unavailable(doing: str, user: str, error: Exception | str) -> Unavailable:
    about = {"userId": pseudonym(user)} if user else {}
    log.warning("user_pool_unavailable", doing=doing, error=error, **about)
    return Unavailable("The user pool is not available")
