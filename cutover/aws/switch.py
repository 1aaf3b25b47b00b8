"""The kill switch: a small object in S3, and Route 53's health check of Lambda's records that looks for its words.

The health check that belongs to it is made once, beside the infrastructure: type HTTPS_STR_MATCH on port 443 of
`BUCKET.s3.REGION.amazonaws.com`, path `/KEY`, search string `lambda-serves: yes`, interval 10 s, failure threshold 3;
its id stands in every record of Lambda as HealthCheckId, and in none of ECS. Throwing it is a write to S3 alone, no
call to Route 53's API: 30 to 40 s later the name servers leave Lambda out, and caches have forgotten it 60 s later.
"""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from cutover.aws.clients import Clients
from cutover.aws.errors import Again, Rejected, translated
from cutover.ports import NotAllowed, SwitchUnavailable
from cutover.sections import SwitchSettings

# Two tries of at most 2 s for the connection or the answer, and botocore's pause of up to 1 s: 5 s in all.
ATTEMPTS, READ_SECONDS = 2, 2.0
SEARCH_STRING = "lambda-serves: yes"
SERVING, OUT = b"lambda-serves: yes\n", b"lambda-serves: no\n"
LONGEST_BYTES = 5120  # of a body, in which a health check looks for its string


class S3Switch:
    """A KillSwitch. `client` makes the boto3 client of S3 when it is first needed.

    The object can be read by everybody, so the reason of a throw stands in the ledger alone.
    """

    is_set_up = True

    def __init__(self, client: Callable[[], Any], settings: SwitchSettings, profile: str = "") -> None:
        self._make_client, self._settings, self._profile = client, settings, profile

    @classmethod
    def of(cls, clients: Clients, settings: SwitchSettings) -> "S3Switch":
        """The switch by these clients."""
        return cls(lambda: clients.make("s3", ATTEMPTS, READ_SECONDS, settings.region), settings, clients.profile)

    @property
    def by_hand(self) -> str:
        """The plain command that takes Lambda out: an empty object does not hold the search string."""
        given = {"--region": self._settings.region, "--profile": self._profile}
        options = "".join(f" {option} {shlex.quote(value)}" for option, value in given.items() if value)
        bucket, key = shlex.quote(self._settings.bucket), shlex.quote(self._settings.key)
        return f"aws s3api put-object --bucket {bucket} --key {key}{options}"

    def serving(self) -> bool:
        """Whether a health check would find its string; without the object it would not.

        Raises SwitchUnavailable, NotAllowed.
        """
        with self._told("s3:GetObject"):
            try:
                with translated("s3:GetObject", self._profile):
                    answer = self._client.get_object(**self._place)
                    body: bytes = answer["Body"].read(LONGEST_BYTES)
                    answer["Body"].close()
            except Rejected as refusal:
                if refusal.code != "NoSuchKey":
                    raise
                return False
        return SEARCH_STRING.encode() in body

    def throw(self, *, serving: bool, reason: str) -> None:
        """Take Lambda out of the answers, or put it back. Raises SwitchUnavailable, NotAllowed."""
        with self._told("s3:PutObject"), translated("s3:PutObject", self._profile):
            self._client.put_object(
                **self._place,
                Body=SERVING if serving else OUT,
                ContentType="text/plain",
                CacheControl="no-store",
            )

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    @property
    def _place(self) -> dict[str, str]:
        return {"Bucket": self._settings.bucket, "Key": self._settings.key}

    @contextmanager
    def _told(self, call: str) -> Iterator[None]:
        place = f"s3://{self._settings.bucket}/{self._settings.key}"
        try:
            yield
        except (Again, Rejected) as error:
            raise SwitchUnavailable(f"{place}: {error}; to throw it by hand: {self.by_hand}") from error
        except NotAllowed as error:
            raise NotAllowed(f"{error}; to throw it by hand with other keys: {self.by_hand}") from error
