"""Tokens that RDS and RDS Proxy take in a password's place, signed by the keys of an AWS role (Signature Version 4).

Written out, because botocore, which can do it too, costs a cold start half a second. A test holds both to the same
bytes.
"""

import asyncio
import hmac
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from service.kernel.errors import Unavailable
from service.settings import AwsKeys, Postgres
from service.telemetry.log import Log

log = Log(__name__)

VALID_SECONDS = 900  # as long as RDS takes one; it opens connections, and those live on
_NOTHING = sha256(b"").hexdigest()
_HTTPS = 443  # the port that a host header leaves out


def auth_token(address: Postgres, region: str, keys: AwsKeys, now: datetime) -> str:
    """The password with which `address.username` may connect until 15 minutes after `now` (UTC). Pure."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/rds-db/aws4_request"
    query = _query(
        {
            "Action": "connect",
            "DBUser": address.username,
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{keys.access_key}/{scope}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(VALID_SECONDS),
            "X-Amz-SignedHeaders": "host",
            **({"X-Amz-Security-Token": keys.session_token} if keys.session_token else {}),
        }
    )
    host = address.host.lower() if address.port == _HTTPS else f"{address.host.lower()}:{address.port}"
    request = f"GET\n/\n{'&'.join(sorted(query.split('&')))}\nhost:{host}\n\nhost\n{_NOTHING}"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_signing_key(keys.secret_key, scope), to_sign.encode(), sha256).hex()
    return f"{address.host}:{address.port}/?{query}&X-Amz-Signature={signature}"


class Role:
    """The keys of this process's AWS role: those of its environment, else botocore finds and renews them."""

    def __init__(self, given: AwsKeys | None) -> None:
        self._given = given
        self._found: Any = None

    async def keys(self) -> AwsKeys:
        """Keys that are valid now. Raises Unavailable when there are none."""
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
            raise Unavailable("The database is not available") from error
        if not found:
            log.problem("aws_keys_unavailable", error="POSTGRES_IAM is true, and this process has no AWS role")
            raise Unavailable("The database is not available")
        return AwsKeys(found.access_key, found.secret_key, found.token)


def _query(values: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in values.items())


def _signing_key(secret_key: str, scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), sha256)
    return key
