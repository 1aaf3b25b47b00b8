"""The kill switch on S3, in moto: what a health check would read, what a person is told when it fails."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber
from moto import mock_aws

from cutover.absent import NO_KILL_SWITCH
from cutover.aws.clients import Clients
from cutover.aws.switch import LONGEST_BYTES, SEARCH_STRING, S3Switch
from cutover.ports import NotAllowed, SwitchUnavailable
from cutover.sections import AwsSettings, SwitchSettings

SETTINGS = SwitchSettings(bucket="switches", region="eu-west-1")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """S3 with the switch's bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="eu-west-1")
        client.create_bucket(Bucket="switches", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


def switch(settings: SwitchSettings = SETTINGS) -> S3Switch:
    """The adapter as the world makes it."""
    return S3Switch.of(Clients(AwsSettings()), settings)


def failing(error: Exception) -> S3Switch:
    """One whose every call fails so."""

    class Client:
        def put_object(self, **_: Any) -> Any:
            raise error

        get_object = put_object

    return S3Switch(Client, SETTINGS, "prod")


def read_by_a_health_check(s3: Any) -> bool:
    """Whether Route 53 would find its string."""
    body: bytes = s3.get_object(Bucket="switches", Key="lambda-serves")["Body"].read()[:LONGEST_BYTES]
    return SEARCH_STRING.encode() in body


def test_thrown_it_no_longer_holds_what_the_health_check_looks_for_and_put_back_it_does(s3: Any) -> None:
    for serving in (True, False, True):
        switch().throw(serving=serving, reason=SEARCH_STRING)

        assert read_by_a_health_check(s3) is serving
        assert switch().serving() is serving


def test_no_copy_of_the_object_is_kept_on_the_way_and_its_body_tells_no_reason(s3: Any) -> None:
    switch().throw(serving=False, reason="our checkout leaks")

    answer = s3.get_object(Bucket="switches", Key="lambda-serves")
    assert (answer["CacheControl"], answer["ContentType"], answer["Metadata"]) == ("no-store", "text/plain", {})
    assert answer["Body"].read() == b"lambda-serves: no\n"


def test_what_is_done_by_hand_takes_lambda_out_as_well(s3: Any) -> None:
    s3.put_object(Bucket="switches", Key="lambda-serves")  # as `by_hand` does: without a body

    assert switch().serving() is False
    assert switch().by_hand == "aws s3api put-object --bucket switches --key lambda-serves --region eu-west-1"


def test_without_its_object_a_health_check_finds_nothing_either(s3: Any) -> None:
    assert switch().serving() is False


def test_a_bucket_that_is_not_there_is_told_with_the_line_for_the_hand(s3: Any) -> None:
    lost = switch(SwitchSettings(bucket="nowhere", region="eu-west-1"))

    with pytest.raises(
        SwitchUnavailable, match=r"s3://nowhere/lambda-serves: s3:PutObject: NoSuchBucket: .*; to throw it"
    ):
        lost.throw(serving=False, reason="")
    with pytest.raises(SwitchUnavailable, match="NoSuchBucket"):
        lost.serving()


def test_an_s3_that_does_not_answer_is_told() -> None:
    away = failing(ReadTimeoutError(endpoint_url="https://s3.eu-west-1.amazonaws.com"))

    with pytest.raises(SwitchUnavailable, match=r"the answer did not come: .*aws s3api put-object .* --profile prod"):
        away.throw(serving=False, reason="")
    with pytest.raises(SwitchUnavailable):
        away.serving()


def test_what_is_not_allowed_names_the_call_and_other_keys() -> None:
    answer: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}

    with pytest.raises(
        NotAllowed, match=r"s3:PutObject: AccessDenied: no; let this identity call s3:PutObject.*by hand"
    ):
        failing(ClientError(answer, "PutObject")).throw(serving=False, reason="")


def test_its_client_gives_up_within_six_seconds() -> None:
    config: Any = S3Switch.of(Clients(AwsSettings(endpoint_url="http://127.0.0.1:1")), SETTINGS)._client.meta.config

    assert config.retries["total_max_attempts"] * max(config.connect_timeout, config.read_timeout) + 1 <= 6


def test_an_answer_that_is_no_serving_body_is_not_serving() -> None:
    client = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1")).make("s3", 1, 1)
    with Stubber(client) as stubber:
        stubber.add_client_error("get_object", "NoSuchKey", http_status_code=404)

        assert S3Switch(lambda: client, SETTINGS).serving() is False


def test_where_there_is_none_lambda_serves() -> None:
    NO_KILL_SWITCH.throw(serving=False, reason="")

    assert NO_KILL_SWITCH.serving()
    assert (NO_KILL_SWITCH.is_set_up, NO_KILL_SWITCH.by_hand) == (False, "")
