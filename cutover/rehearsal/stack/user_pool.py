"""The user pool of a stack, in moto: the users whose tokens the traffic carries, under the names that they carry."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from cutover.rehearsal.stack.tokens import POOL_ID, POOL_NAME

REQUEST_SECONDS = 10.0

# Moto does not check signatures, but tells by them which service is meant.
_HEADERS = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=rehearsal/20250101/us-east-1/cognito-idp/aws4_request",
    "Content-Type": "application/x-amz-json-1.1",
}


class AnotherPool(Exception):
    """Moto has given the pool another id than the one that every token names."""


def make(moto_url: str, subs: Sequence[str]) -> None:
    """An empty pool in place of the one that there is, then these users in it. Raises AnotherPool, OSError."""
    made = call(moto_url, "CreateUserPool", PoolName=POOL_NAME)["UserPool"]["Id"]
    if made != POOL_ID:
        raise AnotherPool(f"moto calls the pool {made}, not {POOL_ID}: has its version changed?")
    for sub in subs:
        add(moto_url, sub, sub, email=f"{sub}@example.test")


def add(moto_url: str, username: str, sub: str, **attributes: str) -> None:
    """A user of that name with these attributes. Cognito chooses the subject itself; moto lets it be replaced."""
    user = {"UserPoolId": POOL_ID, "Username": username}
    call(moto_url, "AdminCreateUser", **user, MessageAction="SUPPRESS", UserAttributes=_pairs(attributes))
    call(moto_url, "AdminUpdateUserAttributes", **user, UserAttributes=_pairs({"sub": sub}))


def call(moto_url: str, operation: str, **values: Any) -> Any:
    """One call of Cognito's API. Raises OSError, also for whatever status is no success."""
    headers = {**_HEADERS, "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"}
    request = urllib.request.Request(moto_url, json.dumps(values).encode(), headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as answer:  # noqa: S310 - likewise
        return json.loads(answer.read() or b"null")


def _pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]
