"""Who is acting: the STS identity, or the local user when STS does not say in time."""

import getpass
import os
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING

from cutover.aws.errors import Again, Rejected, translated
from cutover.ports import NotAllowed
from cutover.settings import BadSettings

if TYPE_CHECKING:
    from types_boto3_sts import STSClient

PATIENCE_SECONDS = 1.0


class StsIdentity:
    """An Identity. A rollback waits for the name no longer than PATIENCE_SECONDS."""

    def __init__(
        self, client: "Callable[[], STSClient]", profile: str = "", patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._make_client, self._profile, self._patience_seconds = client, profile, patience_seconds
        self._arn = ""

    def actor(self) -> str:
        """The identity's ARN, or "local:USER"; never raises."""
        asking = Thread(target=self._ask, daemon=True)
        asking.start()
        asking.join(self._patience_seconds)
        return self._arn or f"local:{local_user()}"

    def _ask(self) -> None:
        try:
            with translated("sts:GetCallerIdentity", self._profile):
                self._arn = str(self._make_client().get_caller_identity()["Arn"])
        except (Again, Rejected, NotAllowed, BadSettings):
            self._arn = ""


def local_user() -> str:
    """The operating system's name for the user, or its number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid-{os.getuid()}"
