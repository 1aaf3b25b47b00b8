"""What the environment may say of the database: one way to sign in, TLS that suits it, mistakes by their names."""

from pathlib import Path

import pytest

from service.db.migrations.connecting import DatabaseSettings
from service.kernel.signature_v4 import AwsKeys
from service.settings import MissingSettings, Settings
from tests.architecture.test_cold_starts import LAMBDA

BASE = {"POSTGRES_HOST": "db", "POSTGRES_DATABASE": "lego", "POSTGRES_USERNAME": "lego"}
BY_PASSWORD = {**BASE, "POSTGRES_PASSWORD": "x"}
BY_IAM = {**BASE, "POSTGRES_IAM": "true"}
ENV_KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}


def test_by_iam_neither_password_nor_secret_is_needed_and_the_server_is_verified() -> None:
    postgres = DatabaseSettings.from_env(BY_IAM).postgres
    assert (postgres.iam, postgres.tls, postgres.password, postgres.secret_arn) == (True, "verify", None, None)


def test_by_password_everything_is_as_it_was() -> None:
    postgres = DatabaseSettings.from_env(BY_PASSWORD).postgres
    assert (postgres.iam, postgres.tls, postgres.ca_file, postgres.port) == (False, "prefer", None, 5432)


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({**BY_IAM, "POSTGRES_PASSWORD": ""}, "POSTGRES_IAM is true, so POSTGRES_PASSWORD"),
        (
            {**BY_IAM, "POSTGRES_SECRET_ARN": "arn"},
            "POSTGRES_IAM is true, so POSTGRES_PASSWORD and POSTGRES_SECRET_ARN",
        ),
        ({**BY_IAM, "POSTGRES_TLS": "prefer"}, "POSTGRES_TLS is 'prefer', but POSTGRES_IAM is true"),
        ({**BY_IAM, "POSTGRES_IAM": "yes"}, "POSTGRES_IAM is 'yes', not one of true, false"),
        (BASE, "POSTGRES_PASSWORD or POSTGRES_SECRET_ARN is missing"),
        ({**BY_PASSWORD, "POSTGRES_TLS": "on"}, "POSTGRES_TLS is 'on', not one of verify, require, prefer, off"),
        ({**BY_PASSWORD, "POSTGRES_CA_FILE": "/no/such.pem"}, "POSTGRES_CA_FILE names no file: '/no/such.pem'"),
    ],
)
def test_what_does_not_go_together_is_named(env: dict[str, str], told: str) -> None:
    with pytest.raises(MissingSettings, match="POSTGRES_") as raised:
        DatabaseSettings.from_env(env)
    assert told in str(raised.value)


@pytest.mark.parametrize("tls", ["verify", "require", "prefer", "off"])
def test_each_kind_of_tls_may_be_asked_for(tls: str) -> None:
    assert DatabaseSettings.from_env({**BY_PASSWORD, "POSTGRES_TLS": tls}).postgres.tls == tls


def test_certificates_to_believe_may_be_given_where_certificates_are_looked_at(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    given = {**BY_PASSWORD, "POSTGRES_CA_FILE": str(bundle)}
    assert DatabaseSettings.from_env({**given, "POSTGRES_TLS": "verify"}).postgres.ca_file == str(bundle)
    for tls in ("require", "prefer", "off"):
        with pytest.raises(MissingSettings, match="looks at no certificate"):
            DatabaseSettings.from_env({**given, "POSTGRES_TLS": tls})


def test_lambdas_keys_are_taken_from_the_environment() -> None:
    assert DatabaseSettings.from_env({**BY_IAM, **ENV_KEYS}).aws_keys == AwsKeys("id", "secret", "token")
    assert Settings.from_env({**LAMBDA, **ENV_KEYS}).aws_keys == AwsKeys("id", "secret", "token")


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_a_key_is_none(missing: str) -> None:
    assert DatabaseSettings.from_env({**BY_IAM, **ENV_KEYS, missing: ""}).aws_keys is None


def test_a_snapshot_keeps_no_keys_and_knows_what_it_is() -> None:
    settings = Settings.from_env({**LAMBDA, **ENV_KEYS, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})
    assert (settings.aws_keys, settings.snap_start, settings.eager) == (None, True, True)
    assert Settings.from_env(LAMBDA).snap_start is False
