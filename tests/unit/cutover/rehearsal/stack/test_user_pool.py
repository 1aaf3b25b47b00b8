"""The calls that fill the stack's user pool."""

import json
import urllib.error

import pytest

from cutover.rehearsal.stack import user_pool
from cutover.rehearsal.stack.tokens import POOL_ID, POOL_NAME
from cutover.rehearsal.stack.user_pool import AnotherPool
from tests.unit.cutover.rehearsal.http_script import serving


def made(pool_id: str) -> bytes:
    return json.dumps({"UserPool": {"Id": pool_id}}).encode()


def test_every_user_is_made_under_their_subject() -> None:
    with serving(lambda _: (200, made(POOL_ID))) as moto:
        user_pool.make(moto.url, ["alice", "bob"])
    called = [(asked.headers["x-amz-target"].partition(".")[2], json.loads(asked.body)) for asked in moto.asked]
    assert called[0] == ("CreateUserPool", {"PoolName": POOL_NAME})
    assert [(name, body["Username"]) for name, body in called[1:]] == [
        ("AdminCreateUser", "alice"),
        ("AdminUpdateUserAttributes", "alice"),
        ("AdminCreateUser", "bob"),
        ("AdminUpdateUserAttributes", "bob"),
    ]
    assert called[3][1]["UserAttributes"] == [{"Name": "email", "Value": "bob@example.test"}]
    assert called[4][1]["UserAttributes"] == [{"Name": "sub", "Value": "bob"}]
    assert {body["UserPoolId"] for _, body in called[1:]} == {POOL_ID}


def test_a_pool_of_another_id_is_no_use_to_anybody() -> None:
    with serving(lambda _: (200, made("us-east-1_x"))) as moto, pytest.raises(AnotherPool, match="us-east-1_x"):
        user_pool.make(moto.url, ["alice"])
    assert len(moto.asked) == 1


def test_a_call_that_fails_is_told() -> None:
    with serving(lambda _: (400, b"{}")) as moto, pytest.raises(urllib.error.HTTPError):
        user_pool.make(moto.url, ["alice"])
