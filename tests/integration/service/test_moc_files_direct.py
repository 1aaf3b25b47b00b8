"""POST …/files/presign and …/complete: the same rules and the same answer as the upload of one file."""

from typing import Any

import httpx
import pytest

from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.moc_file_samples import (
    CSV,
    NIL,
    PDF,
    SECRET,
    Sent,
    detail,
    jpeg,
    nothing_is_left,
    stored,
)
from tests.integration.service.test_parts_list_upload import lists_of


async def begun(api: Api, moc: Any, file: Sent, sub: str = "alice") -> dict[str, Any]:
    """The form, once the file has been sent with it."""
    name, body, declared = file
    wanted = {"filename": name, "contentType": declared, "size": len(body)}
    answer = await api.post(f"/api/mocs/{moc['id']}/files/presign", wanted, sub)
    assert answer.status_code == 201, answer.text
    form: dict[str, Any] = answer.json()["data"]
    async with httpx.AsyncClient() as client:
        sent = await client.post(form["url"], data=form["fields"], files={"file": ("f", body)})
    assert sent.status_code in (200, 201, 204), sent.text
    return form


async def completed(api: Api, moc: Any, form: Any, sub: str = "alice", **fields: Any) -> httpx.Response:
    return await api.post(f"/api/mocs/{moc['id']}/files/complete", {"uploadId": form["uploadId"], **fields}, sub)


@pytest.mark.parametrize("fields", [{}, {"fileType": "instruction"}, {"fileType": None, "other": 1}])
async def test_a_large_file_goes_past_the_request_and_is_answered_as_the_upload_is(
    api: Api, s3: Objects, bucket: str, fields: Any
) -> None:
    moc = await api.create()
    body = PDF[1].ljust(10 * 2**20, b" ")
    form = await begun(api, moc, ("C:\\plans\\build.pdf", body, PDF[2]))
    assert set(form) == {"uploadId", "url", "fields", "expiresAt"}
    answer = await completed(api, moc, form, **fields)
    assert answer.status_code == 201, answer.text
    file = answer.json()["data"]
    key = f"mocs/alice/{moc['id']}/{file['id']}.pdf"
    assert (file["fileType"], file["originalFilename"]) == ("instruction", "build.pdf")
    assert (await detail(api, moc))["files"] == [file]
    await until(lambda: s3.keys(bucket) == [key])
    assert s3.read(bucket, key) == body


async def test_a_thumbnail_becomes_the_cover_and_a_list_is_parsed(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create()
    cover = (await completed(api, moc, await begun(api, moc, jpeg()), fileType="thumbnail")).json()["data"]
    parts = (await completed(api, moc, await begun(api, moc, CSV))).json()["data"]
    (parts_list,) = await lists_of(api, moc)
    assert (parts_list["id"], parts_list["status"]) == (parts["partsListId"], "parsed")
    assert (await detail(api, moc))["thumbnailUrl"] == cover["fileUrl"]
    assert SECRET.encode() not in s3.read(bucket, f"mocs/alice/{moc['id']}/{cover['id']}.webp")


@pytest.mark.parametrize(
    ("file", "fields", "status", "code"),
    [
        (("a.pdf", b"<html>", "application/pdf"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (PDF, {"fileType": "thumbnail"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.jpg", jpeg()[1][:200], "image/jpeg"), {}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_what_does_not_fit_is_refused_and_its_bytes_are_deleted(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str,
    file: Sent, fields: Any, status: int, code: str,
) -> None:  # fmt: skip
    moc = await api.create()
    form = await begun(api, moc, file)
    assert_failure(await completed(api, moc, form, **fields), status, code)
    await until(lambda: s3.keys(bucket) == [])
    await api.runtime.background.drain(10.0)
    assert nothing_is_left(postgres, database)
    assert_failure(await completed(api, moc, form), 409, "CONFLICT")


async def test_a_kind_that_is_none_is_400_and_the_upload_can_still_be_completed(api: Api) -> None:
    moc = await api.create()
    form = await begun(api, moc, PDF)
    assert_failure(await completed(api, moc, form, fileType="manual"), 400, "VALIDATION_ERROR", "fileType")
    assert (await completed(api, moc, form)).status_code == 201


async def test_a_name_that_is_taken_is_409(api: Api) -> None:
    moc = await api.create()
    await stored(api, moc, PDF)
    assert_failure(await completed(api, moc, await begun(api, moc, PDF)), 409, "CONFLICT", "file")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"filename": "a.exe"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"filename": "pdf"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"size": 10 * 2**20 + 1}, 413, "PAYLOAD_TOO_LARGE"),
        ({"size": 0}, 400, "VALIDATION_ERROR"),
        ({"contentType": "pdf"}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_what_can_be_judged_beforehand_is_refused_beforehand(
    api: Api, changes: dict[str, Any], status: int, code: str
) -> None:
    moc = await api.create()
    wanted = {"filename": "a.pdf", "contentType": "application/pdf", "size": 10, **changes}
    assert_failure(await api.post(f"/api/mocs/{moc['id']}/files/presign", wanted), status, code)


@pytest.mark.parametrize("call", ["presign", "complete"])
async def test_both_calls_are_for_those_who_may_upload(api: Api, call: str) -> None:
    moc = await api.create("bob")
    wanted = {"filename": "a.pdf", "contentType": "application/pdf", "size": 10, "uploadId": NIL}
    assert_failure(await api.post(f"/api/mocs/{moc['id']}/files/{call}", wanted), 403, "FORBIDDEN")
    assert_failure(await api.post(f"/api/mocs/{NIL}/files/{call}", wanted), 404, "NOT_FOUND")
    assert_failure(await api.post(f"/api/mocs/x/files/{call}", wanted), 400, "VALIDATION_ERROR", "id")
    assert_failure(await api.post(f"/api/mocs/{moc['id']}/files/{call}", wanted, None), 401, "UNAUTHORIZED")


async def test_an_upload_is_bound_to_its_moc_and_its_route(api: Api) -> None:
    moc, other = await api.create(), await api.create(title="Other")
    form = await begun(api, moc, CSV)
    assert_failure(await completed(api, other, form), 404, "NOT_FOUND")
    elsewhere = f"/api/mocs/{moc['id']}/upload-parts-list/complete"
    assert_failure(await api.post(elsewhere, {"uploadId": form["uploadId"]}), 404, "NOT_FOUND")
    assert (await completed(api, moc, form)).status_code == 201
    await api.runtime.background.drain(10.0)


async def test_an_admin_completes_for_the_owner(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create("bob")
    form = await begun(api, moc, PDF, "admin")
    file = (await completed(api, moc, form, "admin")).json()["data"]
    assert file["fileUrl"].endswith(f"/mocs/bob/{moc['id']}/{file['id']}.pdf")
