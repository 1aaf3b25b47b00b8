"""Commands that run as the stage's test users."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from infra.delivery import signed_in
from infra.delivery.signed_in import CannotSignIn, environment, main, tokens

SECRET = "lego-api-contract-users-staging"
KNOWN = {user: {"username": f"{user}@test", "password": f"pw-{user}"} for user in signed_in.USERS}


class Aws:
    """Secrets Manager and Cognito, answering what botocore says such calls answer."""

    def __init__(self, secret: str) -> None:
        session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
        # Any: no stubs of these two services are installed.
        self.secrets: Any = session.client("secretsmanager")
        self.users: Any = session.client("cognito-idp")
        self.vault, self.pool = Stubber(self.secrets), Stubber(self.users)
        self.vault.add_response("get_secret_value", {"SecretString": secret}, {"SecretId": SECRET})
        self.vault.activate()
        self.pool.activate()

    def lets_in(self, user: str) -> None:
        self.pool.add_response(
            "admin_initiate_auth",
            {"AuthenticationResult": {"AccessToken": f"token-{user}"}},
            {
                "UserPoolId": "pool",
                "ClientId": "client",
                "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
                "AuthParameters": {"USERNAME": f"{user}@test", "PASSWORD": f"pw-{user}"},
            },
        )

    def client(self, service: str, **_: Any) -> Any:
        return {"secretsmanager": self.secrets, "cognito-idp": self.users}[service]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    made = Aws(json.dumps(KNOWN))
    monkeypatch.setattr(boto3, "client", made.client)
    return made


def test_each_user_signs_in_with_their_own_password(aws: Aws) -> None:
    for user in signed_in.USERS:
        aws.lets_in(user)

    assert tokens(aws.secrets, aws.users, SECRET, "pool", "client") == {
        user: f"token-{user}" for user in signed_in.USERS
    }
    aws.pool.assert_no_pending_responses()


def test_the_command_gets_the_tokens_and_all_that_is_around() -> None:
    given = environment({"alice": "a", "eve": "e", "admin": "m"}, {"PATH": "/bin"})

    assert given == {
        "PATH": "/bin",
        "CONTRACT_TOKEN_ALICE": "a",
        "CONTRACT_TOKEN_EVE": "e",
        "CONTRACT_TOKEN_ADMIN": "m",
        "LEGO_TOKENS": "a,e",
    }


def test_a_refused_password_is_said_without_the_password(aws: Aws) -> None:
    aws.pool.add_client_error("admin_initiate_auth", "NotAuthorizedException", "Incorrect username or password")

    with pytest.raises(CannotSignIn, match="AdminInitiateAuth was refused: NotAuthorizedException") as refused:
        tokens(aws.secrets, aws.users, SECRET, "pool", "client")
    assert "pw-" not in str(refused.value)


@pytest.mark.parametrize("secret", ["pw-alice", '{"alice": "pw-alice"}', '{"alice": {"username": "pw-alice"}}', "[]"])
def test_a_secret_of_another_shape_is_said_without_what_it_holds(secret: str) -> None:
    aws = Aws(secret)

    with pytest.raises(CannotSignIn) as refused:
        tokens(aws.secrets, aws.users, SECRET, "pool", "client")
    assert SECRET in str(refused.value)
    assert "pw-alice" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_user_who_must_choose_a_new_password_is_not_signed_in(aws: Aws) -> None:
    aws.pool.add_response("admin_initiate_auth", {"ChallengeName": "NEW_PASSWORD_REQUIRED"})

    with pytest.raises(CannotSignIn, match="AuthenticationResult"):
        tokens(aws.secrets, aws.users, SECRET, "pool", "client")


def test_a_network_without_aws_is_said() -> None:
    class Nowhere:
        def get_secret_value(self, **_: object) -> Mapping[str, object]:
            raise EndpointConnectionError(endpoint_url="https://secretsmanager.test")

    with pytest.raises(CannotSignIn, match="AWS is out of reach: EndpointConnectionError"):
        tokens(Nowhere(), None, SECRET, "pool", "client")


def test_the_commands_exit_code_is_the_answer(aws: Aws, capfd: pytest.CaptureFixture[str]) -> None:
    for user in signed_in.USERS:
        aws.lets_in(user)
    code = "import os, sys; print(len(os.environ['LEGO_TOKENS'].split(','))); sys.exit(7)"

    assert main([SECRET, "pool", "client", "--", sys.executable, "-c", code], {}) == 7
    assert capfd.readouterr().out == "2\n"


def test_on_github_tokens_are_masked_before_the_command_runs(aws: Aws, capfd: pytest.CaptureFixture[str]) -> None:
    for user in signed_in.USERS:
        aws.lets_in(user)

    main([SECRET, "pool", "client", "--", sys.executable, "-c", "print('ran')"], {"GITHUB_ACTIONS": "true"})

    lines = capfd.readouterr().out.splitlines()
    assert lines == [*(f"::add-mask::token-{user}" for user in signed_in.USERS), "ran"]


def test_nothing_runs_as_nobody(aws: Aws, capfd: pytest.CaptureFixture[str]) -> None:
    aws.pool.add_client_error("admin_initiate_auth", "UserNotFoundException")

    assert main([SECRET, "pool", "client", "--", sys.executable, "-c", "print('ran')"], {}) == signed_in.FAILED
    told = capfd.readouterr()
    assert told.out == ""
    assert "UserNotFoundException" in told.err


@pytest.mark.parametrize(
    "words",
    [[], [SECRET, "pool", "client"], [SECRET, "pool", "client", "tox", "run"], [SECRET, "pool", "client", "--"]],
)
def test_a_command_line_without_a_command_is_explained(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words, {}) == signed_in.USAGE
    assert "SECRET POOL CLIENT -- " in capsys.readouterr().err
