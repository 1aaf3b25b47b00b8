"""Which actions a caller's requests need."""

from base64 import b64encode

import pytest

from cutover.rehearsal.aws.operations import Needed, Operations, needed, needed_of_search

SCOPE = "lego-api-mocs-rehearsal/20251122/us-east-1/{}/aws4_request"
WHO = "lego-api-mocs-rehearsal"


def signed(service: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE.format(service)}, SignedHeaders=host", **more}


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "action", "resource"),
    [
        ("GET", "/files/images/alice/1.webp", {}, b"", "s3:GetObject", "images/"),
        ("HEAD", "/files/images/alice/1.webp", {}, b"", "s3:GetObject", "images/"),
        ("PUT", "/files/mocs/alice/1/2.csv", {}, b"", "s3:PutObject", "mocs/"),
        ("DELETE", "/files/mocs/alice/1/2.csv", {}, b"", "s3:DeleteObject", "mocs/"),
        ("POST", "/files/mocs/big", {"uploads": ""}, b"", "s3:PutObject", "mocs/"),
        ("GET", "/files", {"list-type": "2"}, b"", "s3:ListBucket", ""),
        ("GET", "/files/", {"list-type": "2"}, b"", "s3:ListBucket", ""),
    ],
)
def test_of_an_object(method: str, path: str, query: dict[str, str], body: bytes, action: str, resource: str) -> None:
    assert needed(method, path, query, signed("s3"), body) == (Needed(WHO, action, resource),)


def test_of_many_objects_each_folder_once() -> None:
    body = (
        b"<Delete><Object><Key>images/a/1</Key></Object><Object><Key>images/a/2</Key></Object><Object><Key>mocs/3</Key>"
    )
    found = needed("POST", "/files", {"delete": ""}, signed("s3"), body)
    assert found == (Needed(WHO, "s3:DeleteObject", "images/"), Needed(WHO, "s3:DeleteObject", "mocs/"))


def test_of_a_presigned_address_it_is_who_signed_it() -> None:
    query = {"X-Amz-Credential": SCOPE.format("s3").replace("/", "%2F")}
    assert needed("GET", "/files/uploads/alice/1", query, {}, b"") == (Needed(WHO, "s3:GetObject", "uploads/"),)


def test_of_a_presigned_form_it_is_who_signed_it() -> None:
    form = (
        b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nuploads/alice/1\r\n'
        b'--b\r\nContent-Disposition: form-data; name="x-amz-credential"\r\n\r\n'
        + SCOPE.format("s3").encode()
        + b"\r\n"
    )
    assert needed("POST", "/files", {}, {}, form) == (Needed(WHO, "s3:PutObject", "uploads/"),)


def test_of_a_target_header() -> None:
    headers = signed("cognito-idp", **{"X-Amz-Target": "AWSCognitoIdentityProviderService.AdminGetUser"})
    assert needed("POST", "/", {}, headers, b"{}") == (Needed(WHO, "cognito-idp:AdminGetUser", ""),)


def test_of_an_invocation() -> None:
    path = "/2015-03-31/functions/lego-api-csv-parser-rehearsal/invocations"
    found = needed("POST", path, {}, signed("lambda"), b"{}")
    assert found == (Needed(WHO, "lambda:InvokeFunction", "lego-api-csv-parser-rehearsal"),)


@pytest.mark.parametrize("path", ["/2015-03-31/functions", "/2015-03-31/functions/f/versions", "/2016-08-19/x/"])
def test_lambdas_other_calls_are_no_invocations(path: str) -> None:
    assert needed("GET", path, {}, signed("lambda"), b"") == ()


@pytest.mark.parametrize(
    ("method", "path", "action", "resource"),
    [
        ("GET", "/", "es:ESHttpGet", ""),
        ("GET", "/moc_instructions/_search", "es:ESHttpGet", "moc_instructions/_search"),
        ("POST", "/_bulk", "es:ESHttpPost", "_bulk"),
        ("DELETE", "/moc_instructions/_doc/0b0c-1", "es:ESHttpDelete", "moc_instructions/_doc/*"),
    ],
)
def test_of_a_search(method: str, path: str, action: str, resource: str) -> None:
    authorization = "Basic " + b64encode(f"{WHO}:-".encode()).decode()
    assert needed_of_search(method, path, authorization) == (Needed(WHO, action, resource),)


@pytest.mark.parametrize(("method", "body"), [("GET", b""), ("POST", b"no form")])
def test_unsigned_requests_need_nothing(method: str, body: bytes) -> None:
    assert needed(method, "/files", {}, {}, body) == ()


def test_a_service_that_names_no_operation_is_left_out() -> None:
    assert needed("POST", "/", {}, signed("sts"), b"Action=GetCallerIdentity") == ()


def test_each_is_counted_and_told_in_order() -> None:
    operations = Operations()
    operations.add((Needed("b", "s3:PutObject", "mocs/"), Needed("a", "s3:PutObject", "mocs/")))
    operations.add((Needed("b", "s3:PutObject", "mocs/"),))
    assert operations.all() == [Needed("a", "s3:PutObject", "mocs/"), Needed("b", "s3:PutObject", "mocs/", 2)]
