"""The AWS clients: their timeouts, whose keys they use, a profile that is not there."""

from typing import Any

import pytest

from cutover.aws.clients import Clients
from cutover.sections import AwsSettings
from cutover.settings import BadSettings


def test_a_profile_that_does_not_exist_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")

    with pytest.raises(BadSettings, match="aws configure list-profiles"):
        Clients(AwsSettings(profile="nobody")).make("route53", 1, 5)


def test_clients_wait_briefly_and_retry_nothing_by_themselves() -> None:
    client = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1", region="eu-west-1")).make("route53", 1, 5)

    config: Any = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.retries["total_max_attempts"] == 1


def test_a_stand_in_never_sees_real_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1", profile="prod"))

    clients.make("sts", 1, 1)

    assert clients._session.get_credentials().access_key == "rehearsal"
    assert clients.profile == "prod"


def test_real_aws_gets_the_environments_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients = Clients(AwsSettings())

    assert clients.make("sts", 1, 1).meta.endpoint_url.startswith("https://")
    assert clients._session.get_credentials().access_key == "AKIAREAL"
