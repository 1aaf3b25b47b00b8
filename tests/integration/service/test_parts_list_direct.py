"""POST …/upload-parts-list/presign and …/complete: the same rules and the same answer as the upload itself."""

from typing import Any

import httpx
import pytest

from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.test_parts_list_upload import CSV, lists_of

NIL = "00000000-0000-0000-0000-000000000000"
ROWS = "SELECT (SELECT count(*) FROM moc_files), count(*) FROM moc_parts_lists"


def wanted(body: bytes = CSV, name: str = "parts.csv", declared: str = "text/csv") -> dict[str, Any]:
    return {"filename": name, "contentType": declared, "size": len(body)}


async def begun(api: Api, moc: dict[str, Any], body: bytes = CSV, sub: str = "alice", **named: str) -> dict[str, Any]:
    """The form, once the file has been sent with it."""
    path = f"/api/mocs/{moc['id']}/upload-parts-list/presign"
    answer = await api.post(path, wanted(body, **named), sub)
    assert answer.status_code == 201, answer.text
    form: dict[str, Any] = answer.json()["data"]
    async with httpx.AsyncClient() as client:
        sent = await client.post(form["url"], data=form["fields"], files={"file": ("f", body)})
    assert sent.status_code in (200, 201, 204), sent.text
    return form


async def completed(api: Api, moc: dict[str, Any], form: dict[str, Any], sub: str = "alice") -> httpx.Response:
    return await api.post(f"/api/mocs/{moc['id']}/upload-parts-list/complete", {"uploadId": form["uploadId"]}, sub)


async def test_a_large_list_goes_past_the_request_and_is_answered_as_the_upload_is(
    api: Api, s3: Objects, bucket: str
) -> None:
    moc = await api.create()
    body = b"Part,Qty\n" + b"3001,1\n" * 90_000
    form = await begun(api, moc, body, name="C:\\lists\\My parts.csv")
    assert set(form) == {"uploadId", "url", "fields", "expiresAt"}
    answer = await completed(api, moc, form)
    assert answer.status_code == 202, answer.text
    data = answer.json()["data"]
    assert (set(data), data["status"]) == ({"partsListId", "status", "file"}, "pending")
    assert data["file"]["originalFilename"] == "My parts.csv"
    assert [one["totalParts"] for one in await lists_of(api, moc)] == [90_000]
    key = f"mocs/alice/{moc['id']}/{data['file']['id']}.csv"
    await until(lambda: s3.keys(bucket) == [key])
    assert s3.read(bucket, key) == body


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"filename": "a.exe"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"contentType": "text/html"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"filename": "a.json"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"size": 10 * 2**20 + 1}, 413, "PAYLOAD_TOO_LARGE"),
        ({"size": 0}, 400, "VALIDATION_ERROR"),
        ({"size": "5"}, 400, "VALIDATION_ERROR"),
        ({"filename": ""}, 400, "VALIDATION_ERROR"),
        ({"filename": None}, 400, "VALIDATION_ERROR"),
        ({"contentType": "no type"}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_what_could_never_be_completed_gets_no_form(
    api: Api, postgres: Postgres, database: str, changes: dict[str, Any], status: int, code: str
) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}/upload-parts-list/presign"
    assert_failure(await api.post(path, {**wanted(), **changes}), status, code)
    assert postgres.run("SELECT count(*) FROM direct_uploads", database) == ["0"]


async def test_ten_megabytes_get_a_form(api: Api) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}/upload-parts-list/presign"
    assert (await api.post(path, {**wanted(), "size": 10 * 2**20})).status_code == 201


async def test_the_moc_has_to_be_ones_own(api: Api) -> None:
    mine, theirs = await api.create(), await api.create("bob")
    for action, body in (("presign", wanted()), ("complete", {"uploadId": NIL})):
        assert_failure(await api.post(f"/api/mocs/x/upload-parts-list/{action}", body), 400, "VALIDATION_ERROR", "id")
        assert_failure(await api.post(f"/api/mocs/{NIL}/upload-parts-list/{action}", body), 404, "NOT_FOUND")
        nobody = await api.post(f"/api/mocs/{mine['id']}/upload-parts-list/{action}", body, None)
        assert_failure(nobody, 401, "UNAUTHORIZED")
    path = f"/api/mocs/{theirs['id']}/upload-parts-list"
    assert_failure(await api.post(f"{path}/presign", wanted()), 403, "FORBIDDEN")
    assert (await api.post(f"{path}/presign", wanted(), "admin")).status_code == 201


async def test_an_upload_counts_for_its_moc_and_its_user_and_once(api: Api) -> None:
    moc, other = await api.create(), await api.create(title="Other")
    form = await begun(api, moc)
    assert_failure(await completed(api, other, form), 404, "NOT_FOUND")
    assert_failure(await completed(api, moc, form, "admin"), 403, "FORBIDDEN")
    assert_failure(await completed(api, moc, {"uploadId": NIL}), 404, "NOT_FOUND")
    assert_failure(await completed(api, moc, {"uploadId": "x"}), 400, "VALIDATION_ERROR")
    assert (await completed(api, moc, form)).status_code == 202
    assert_failure(await completed(api, moc, form), 409, "CONFLICT")
    assert [one["totalParts"] for one in await lists_of(api, moc)] == [7]


@pytest.mark.parametrize("body", [b"%PDF-1.7 ...", b'{"parts":[]}', b"<INVENTORY/>"])
async def test_bytes_that_are_no_such_file_are_refused_and_deleted(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, body: bytes
) -> None:
    moc = await api.create()
    form = await begun(api, moc, body)
    assert_failure(await completed(api, moc, form), 415, "UNSUPPORTED_MEDIA_TYPE")
    await until(lambda: s3.keys(bucket) == [])
    assert postgres.run(ROWS, database) == ["0|0"]
    assert_failure(await completed(api, moc, form), 409, "CONFLICT")


async def test_a_name_that_is_taken_is_409_and_the_bytes_go(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    form = await begun(api, moc)
    assert (await api.upload(moc["id"], CSV)).status_code == 202
    assert_failure(await completed(api, moc, form), 409, "CONFLICT", "partsListFile")
    await until(lambda: len(s3.keys(bucket)) == 1)
    assert postgres.run(ROWS, database) == ["1|1"]
    await lists_of(api, moc)


async def test_a_large_body_is_told_where_to_go(api: Api) -> None:
    moc = await api.create()
    route = f"/api/mocs/{moc['id']}/upload-parts-list"
    for size in (10 * 2**20 + 1, 11 * 2**20):
        error = assert_failure(await api.upload(moc["id"], b"x" * size), 413, "PAYLOAD_TOO_LARGE")
        assert route in [detail.get("presign") for detail in error["details"]]
