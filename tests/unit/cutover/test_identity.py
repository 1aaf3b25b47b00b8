"""Who acts: the STS identity, or the local user; never a wait, never an error."""

import threading
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from cutover.aws.identity import StsIdentity, local_user
from cutover.settings import BadSettings


class Sts:
    """A boto3 client that answers, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def get_caller_identity(self) -> dict[str, str]:
        if self._error:
            raise self._error
        return {"Arn": "arn:aws:iam::123456789012:user/ada"}


def actor(make: Any, patience_seconds: float = 5.0) -> str:
    """What the adapter says."""
    return StsIdentity(make, "prod", patience_seconds).actor()


def test_it_is_the_sts_identity() -> None:
    assert actor(Sts) == "arn:aws:iam::123456789012:user/ada"


def test_without_keys_it_is_the_local_user() -> None:
    assert actor(lambda: Sts(NoCredentialsError())) == f"local:{local_user()}"


def test_without_its_profile_too() -> None:
    def no_profile() -> Sts:
        raise BadSettings("the AWS profile 'prod' does not exist")

    assert actor(no_profile) == f"local:{local_user()}"


def test_it_does_not_wait_for_sts() -> None:
    released = threading.Event()

    def hanging() -> Sts:
        released.wait(30)
        return Sts()

    assert actor(hanging, 0.05) == f"local:{local_user()}"
    released.set()


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", unknown)

    assert local_user().startswith("uid-")
