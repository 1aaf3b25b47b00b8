"""Runs a command as the stage's test users: `python -m infra.delivery.signed_in SECRET POOL CLIENT -- tox run …`.

SECRET names a Secrets Manager secret, {"alice": {"username": …, "password": …}, "eve": …, "admin": …}; POOL and CLIENT
are the ids of the user pool and of its client, which has to allow ADMIN_USER_PASSWORD_AUTH. The access tokens live in
the environment of that one command and nowhere else: CONTRACT_TOKEN_ALICE, _EVE and _ADMIN for the contract test,
LEGO_TOKENS for the load test.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

FLOW = "ADMIN_USER_PASSWORD_AUTH"
USERS = ("alice", "eve", "admin")
LOADING = ("alice", "eve")  # whose accounts the load test fills and empties
SECONDS = 10
USAGE, FAILED = 2, 1


class CannotSignIn(Exception):
    """There are no tokens to be had; the message says what to mend, and never holds a password or a token."""


def tokens(secrets: Any, users: Any, secret: str, pool: str, client: str) -> Mapping[str, str]:
    """The access token of each test user. `secrets`, `users`: clients of Secrets Manager and Cognito.

    Raises CannotSignIn.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        known = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
        return {user: _token(users, (pool, client), known[user]) for user in USERS}
    except ClientError as refusal:
        raise CannotSignIn(f"{refusal.operation_name} was refused: {refusal.response['Error']['Code']}") from refusal
    except BotoCoreError as trouble:
        raise CannotSignIn(f"AWS is out of reach: {type(trouble).__name__}") from trouble
    except (KeyError, TypeError, ValueError) as gap:
        # `from None`: the error in between may quote the secret.
        raise CannotSignIn(
            f"{secret} or an answer lacks {gap if isinstance(gap, KeyError) else 'its shape'}: the secret is"
            ' {"alice": {"username": …, "password": …}, "eve": …, "admin": …}, and none of them may need a new password'
        ) from None


def _token(users: Any, where: tuple[str, str], who: Mapping[str, str]) -> str:
    pool, client = where
    answer = users.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow=FLOW,
        AuthParameters={"USERNAME": who["username"], "PASSWORD": who["password"]},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])


def environment(of: Mapping[str, str], around: Mapping[str, str]) -> dict[str, str]:
    """The environment of the command: what is around, and the tokens."""
    named = {f"CONTRACT_TOKEN_{user.upper()}": token for user, token in of.items()}
    return {**around, **named, "LEGO_TOKENS": ",".join(of[user] for user in LOADING)}


def main(words: Sequence[str], around: Mapping[str, str]) -> int:
    """Sign in, run the command, return its exit code."""
    if len(words) < 5 or words[3] != "--":
        sys.stderr.write(f"{__doc__}\n")
        return USAGE
    import boto3
    from botocore.config import Config

    bounded = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"max_attempts": 3, "mode": "standard"})
    region = around.get("AWS_REGION", "us-east-1")
    secret, pool, client, _, *command = words
    try:
        found = tokens(
            boto3.client("secretsmanager", region_name=region, config=bounded),
            boto3.client("cognito-idp", region_name=region, config=bounded),
            secret,
            pool,
            client,
        )
    except CannotSignIn as error:
        sys.stderr.write(f"not signed in: {error}\n")
        return FAILED
    if around.get("GITHUB_ACTIONS") == "true":
        sys.stdout.writelines(f"::add-mask::{token}\n" for token in found.values())
        sys.stdout.flush()  # before the command can say one of them
    return subprocess.run(command, env=environment(found, around), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
