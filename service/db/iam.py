"""Tokens that RDS and RDS Proxy take in a password's place, signed by the keys of an AWS role. Pure."""

from datetime import datetime
from urllib.parse import quote

from service.kernel.signature_v4 import ALGORITHM, OF_NOTHING, AwsKeys, Moment, signature
from service.settings import Postgres

VALID_SECONDS = 900  # as long as RDS takes one; it opens connections, and those live on
_HTTPS = 443  # the port that a host header leaves out


def auth_token(address: Postgres, region: str, keys: AwsKeys, now: datetime) -> str:
    """The password with which `address.username` may connect until 15 minutes after `now` (UTC)."""
    moment = Moment(now, region, "rds-db")
    query = _query(
        {
            "Action": "connect",
            "DBUser": address.username,
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{keys.access_key}/{moment.scope}",
            "X-Amz-Date": moment.stamp,
            "X-Amz-Expires": str(VALID_SECONDS),
            "X-Amz-SignedHeaders": "host",
            **({"X-Amz-Security-Token": keys.session_token} if keys.session_token else {}),
        }
    )
    host = address.host.lower() if address.port == _HTTPS else f"{address.host.lower()}:{address.port}"
    request = f"GET\n/\n{'&'.join(sorted(query.split('&')))}\nhost:{host}\n\nhost\n{OF_NOTHING}"
    return f"{address.host}:{address.port}/?{query}&X-Amz-Signature={signature(keys, moment, request)}"


def _query(values: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in values.items())
