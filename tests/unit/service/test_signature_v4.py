"""Our own signatures are, byte for byte, those of botocore."""

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from service.kernel.signature_v4 import AwsKeys, Moment, signed_get

AT = datetime(2025, 11, 22, 3, 4, 5, tzinfo=UTC)
HOST = "vpc-lego.us-east-1.es.amazonaws.com"


@pytest.mark.parametrize(
    "keys",
    [AwsKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG"), AwsKeys("ASIAEXAMPLE", "secret", "session//+token==")],
    ids=["a user", "a role"],
)
@pytest.mark.parametrize("host", [HOST, "127.0.0.1:9200"])
def test_a_get_is_signed_as_botocore_signs_it(keys: AwsKeys, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: AT.replace(tzinfo=None))
    request = AWSRequest("GET", f"https://{host}/")
    SigV4Auth(Credentials(keys.access_key, keys.secret_key, keys.session_token), "es", "us-east-1").add_auth(request)

    headers = signed_get(keys, Moment(AT, "us-east-1", "es"), host, "/")

    assert headers["authorization"] == request.headers["Authorization"]
    assert headers["x-amz-date"] == request.headers["X-Amz-Date"]
    assert headers.get("x-amz-security-token") == keys.session_token
    assert headers["host"] == host


def test_keys_are_not_shown() -> None:
    assert "secret" not in repr(AwsKeys("id", "secret", "secret too"))
