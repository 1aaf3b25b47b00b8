"""Making boto3 clients: explicit timeouts, no hidden retries where we retry ourselves, no real keys for a stand-in."""

from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, overload

from cutover.sections import AwsSettings
from cutover.settings import BadSettings

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_route53 import Route53Client
    from types_boto3_sts import STSClient

CONNECT_SECONDS = 2
# A stand-in needs no identity, and a real one must never reach it.
STAND_IN_KEY = "rehearsal"


class Clients:
    """One session for all clients. Making clients is not safe in threads, so it is done one at a time."""

    def __init__(self, settings: AwsSettings) -> None:
        self._settings = settings
        self._session: Any = None
        self._lock = Lock()

    @property
    def profile(self) -> str:
        """The profile that the clients use; empty for the default."""
        return self._settings.profile

    @overload
    def make(self, service: Literal["route53"], attempts: int, read_seconds: float) -> "Route53Client": ...
    @overload
    def make(self, service: Literal["cloudwatch"], attempts: int, read_seconds: float) -> "CloudWatchClient": ...
    @overload
    def make(self, service: Literal["sts"], attempts: int, read_seconds: float) -> "STSClient": ...
    @overload
    def make(self, service: str, attempts: int, read_seconds: float, region: str = "") -> Any: ...
    def make(self, service: str, attempts: int, read_seconds: float, region: str = "") -> Any:
        """A client that tries so often, in another region if one is named. Raises BadSettings: no such profile."""
        from botocore.config import Config

        config = Config(
            connect_timeout=min(CONNECT_SECONDS, read_seconds),
            read_timeout=read_seconds,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        )
        with self._lock:
            self._session = self._session or self._new_session()
            return self._session.client(
                service, region or None, config=config, endpoint_url=self._settings.endpoint_url or None
            )

    def credentials(self) -> Any:
        """Whose keys the clients use, as botocore knows them; None without any. Raises BadSettings."""
        with self._lock:
            self._session = self._session or self._new_session()
            return self._session.get_credentials()

    def _new_session(self) -> Any:
        from boto3 import Session
        from botocore.exceptions import ProfileNotFound

        settings = self._settings
        if settings.endpoint_url:
            return Session(STAND_IN_KEY, STAND_IN_KEY, region_name=settings.region)
        try:
            return Session(region_name=settings.region, profile_name=settings.profile or None)
        except ProfileNotFound:
            raise BadSettings(
                f"the AWS profile {settings.profile!r} does not exist; aws configure list-profiles shows those that do"
            ) from None
