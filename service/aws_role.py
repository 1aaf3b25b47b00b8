"""The AWS role of this process, for what signs by itself instead of through a client of boto's."""

import asyncio
from typing import Any

from service.kernel.signature_v4 import AwsKeys
from service.telemetry.log import Log

log = Log(__name__)

_NONE = "this process has no AWS role, and so no credentials to sign with"


class NoKeys(Exception):
    """This process has no AWS role, or nobody could be asked for its keys; already logged."""


class Role:
    """The keys of this process's AWS role: those of its environment, else botocore finds and renews them."""

    def __init__(self, given: AwsKeys | None) -> None:
        self._given = given
        self._found: Any = None

    async def keys(self) -> AwsKeys:
        """Keys that are valid now. Raises NoKeys."""
        return self._given if self._given is not None else await asyncio.to_thread(self._ask)

    def forget(self) -> None:
        """Look for them anew next time."""
        self._found = None

    def _ask(self) -> AwsKeys:
        """Ask whoever has them: the container's endpoint (ECS, SnapStart), a profile, an instance's role."""
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

        try:
            self._found = self._found or Session().get_credentials()
            found = self._found and self._found.get_frozen_credentials()
        except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that botocore does not trust
            log.crash("aws_keys_unavailable", error)
            raise NoKeys(str(error)) from error
        if not found:
            log.problem("aws_keys_unavailable", error=_NONE)
            raise NoKeys(_NONE)
        return AwsKeys(found.access_key, found.secret_key, found.token)
