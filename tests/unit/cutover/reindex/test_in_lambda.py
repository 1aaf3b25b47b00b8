"""The Lambda functions of a distributed reindex, as far as they ask nobody: events, numbers, the sign-in by IAM."""

from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from botocore.credentials import Credentials

from cutover.core.reindex.models import ALIASES
from cutover.core.reindex.ranges import spans
from cutover.reindex.in_lambda import (
    Database,
    _work,
    load,
    plan,
    servers_by_iam,
    token,
    url_of,
)

INDEX = f"{ALIASES[0]}-v20251102t101530"
PART = {"alias": ALIASES[0], "index": INDEX, "run": "r", "ranges": 3, "number": 1}
DATABASE = Database("proxy.test", 5432, "lego", "lego_api")
ENVIRONMENT = {
    "OPENSEARCH_ENDPOINT": "https://search.us-east-1.es.amazonaws.com",
    "POSTGRES_HOST": "proxy.test",
    "POSTGRES_DATABASE": "lego",
    "POSTGRES_USERNAME": "lego_api",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "a/b+c==",
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a function."""
    monkeypatch.delenv("POSTGRES_PORT", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_number_stands_for_its_range_of_keys(number: int) -> None:
    (item,) = _work({**PART, "number": number}).left

    assert (item.after, item.until) == (spans(3)[number].after, spans(3)[number].until)
    assert (item.alias, item.index, item.run) == (ALIASES[0], INDEX, "r")


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 3},
        {"number": -1},
        {"ranges": 0},
        {"ranges": 10_001},
        {"number": "1"},
        {"more": 1},
        {"left": [{}]},
    ],
)
def test_a_wrong_event_is_told_before_anybody_is_asked(wrong: dict[str, object]) -> None:
    def nobody() -> None:
        raise AssertionError("somebody was asked")

    with pytest.raises(ValueError, match="the event is none"):
        load({**PART, **wrong}, None, nobody)  # type: ignore[arg-type]  # it is never called


def test_a_wrong_plan_is_told_before_anybody_is_asked() -> None:
    with pytest.raises(ValueError, match="ranges from 1 to 10000"):
        plan({"alias": ALIASES[0], "ranges": 10_001})


@pytest.mark.usefixtures("told")
def test_the_token_is_the_one_that_the_aws_sdk_makes() -> None:
    client = boto3.client("rds", region_name="us-east-1")
    keys = Credentials("AKIAIOSFODNN7EXAMPLE", "secret", "a/b+c==")

    ours = urlsplit("https://" + token(DATABASE, keys, "us-east-1"))
    theirs = urlsplit("https://" + client.generate_db_auth_token("proxy.test", 5432, "lego_api"))

    assert ours.netloc == theirs.netloc == "proxy.test:5432"
    moving = {"X-Amz-Date", "X-Amz-Signature"}
    asked, sdk = (parse_qs(one.query, strict_parsing=True) for one in (ours, theirs))
    assert asked.keys() == sdk.keys() > moving
    assert {name: asked[name] for name in asked if name not in moving} == {
        name: sdk[name] for name in sdk if name not in moving
    }
    if asked["X-Amz-Date"] == sdk["X-Amz-Date"]:  # both in one second
        assert asked["X-Amz-Signature"] == sdk["X-Amz-Signature"]


@pytest.mark.usefixtures("told")
def test_the_environment_and_the_role_make_the_url() -> None:
    made = servers_by_iam()

    url = urlsplit(made.database_url)
    assert made.endpoint == ENVIRONMENT["OPENSEARCH_ENDPOINT"]
    assert (url.username, url.hostname, url.port, url.path) == ("lego_api", "proxy.test", 5432, "/lego")
    assert parse_qs(url.query)["sslmode"] == ["verify-full"]
    password = unquote(str(url.password))
    assert password.startswith("proxy.test:5432/?Action=connect&DBUser=lego_api&")
    assert "%2Feu-west-1%2Frds-db%2Faws4_request" in password
    assert password not in repr(made)
    assert str(url.password) not in repr(made)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("missing", ["OPENSEARCH_ENDPOINT", "POSTGRES_HOST", "POSTGRES_DATABASE", "POSTGRES_USERNAME"])
def test_what_the_environment_lacks_is_told(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)

    with pytest.raises(ValueError, match=f"{missing}.*have to be in the environment"):
        servers_by_iam()


@pytest.mark.usefixtures("told")
def test_a_role_without_keys_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")

    with pytest.raises(ValueError, match="no AWS credentials to sign in to PostgreSQL"):
        servers_by_iam()


@pytest.mark.usefixtures("told")
def test_a_machine_that_trusts_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssl.get_default_verify_paths", lambda: type("Paths", (), {"cafile": None}))

    with pytest.raises(ValueError, match="SSL_CERT_FILE"):
        servers_by_iam()


def test_signs_in_names_and_passwords_do_not_end_them_in_the_url() -> None:
    odd = Database("proxy.test", 6432, "le/go?", "a@b:c")

    url = urlsplit(url_of(odd, "p/?#[]@:%& é", "/etc/ca certs.pem"))

    assert (unquote(str(url.username)), unquote(str(url.password))) == ("a@b:c", "p/?#[]@:%& é")
    assert (url.hostname, url.port, unquote(url.path)) == ("proxy.test", 6432, "/le/go?")
    assert parse_qs(url.query)["sslrootcert"] == ["/etc/ca certs.pem"]
