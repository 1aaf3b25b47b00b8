"""POST /api/images/presign and /complete: the same image as by a form."""

from typing import Any

import httpx
import pytest

from service.kernel.received import MAX_IMAGE_BYTES
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.gallery import NO_ID, album, image, png


class TestComplete:
    """What has been put into the store is taken as if it had been sent here."""

    async def test_a_file_sent_past_the_api_becomes_the_same_image(
        self, api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
    ) -> None:
        place = await album(api)
        fields = {"title": " Falcon ", "description": "D", "tags": ["a", "b"], "albumId": place["id"]}
        by_form = await image(api, **fields)
        upload_id = await put_past(api)
        answer = await api.post("/api/images/complete", {"uploadId": upload_id, **fields})
        assert answer.status_code == 201
        made = answer.json()["data"]
        own = ("id", "imageUrl", "thumbnailUrl", "createdAt", "lastUpdatedAt")
        assert {**made, **{name: by_form[name] for name in own}} == by_form
        await api.runtime.background.drain(10.0)
        assert s3.keys(bucket) == sorted(
            f"images/alice/{folder}{one['id']}.webp" for one in (made, by_form) for folder in ("", "thumbnails/")
        )
        left_over = "SELECT key FROM file_leftovers"  # the form is still good, so what is sent once more is swept
        assert postgres.run(left_over, database) == [f"uploads/alice/{upload_id}"]

    @pytest.mark.parametrize(
        "fields",
        [{}, {"title": None, "tags": None, "albumId": None}, {"title": " ", "tags": "", "albumId": "", "extra": 1}],
    )
    async def test_without_fields_it_has_its_files_name(self, api: Api, fields: dict[str, Any]) -> None:
        upload_id = await put_past(api)
        made = (await api.post("/api/images/complete", {"uploadId": upload_id, **fields})).json()["data"]
        assert made["title"] == "ship.png"
        assert not {"tags", "albumId", "description"} & set(made)

    async def test_tags_may_be_the_text_that_a_form_would_hold(self, api: Api) -> None:
        upload_id = await put_past(api)
        answer = await api.post("/api/images/complete", {"uploadId": upload_id, "tags": "a, b"})
        assert answer.json()["data"]["tags"] == ["a", "b"]

    @pytest.mark.parametrize(
        ("field", "value"), [("title", "x" * 201), ("title", 5), ("tags", ["t" * 51]), ("tags", "t" * 51),
                             ("albumId", "x"), ("description", "x" * 2001)]
    )  # fmt: skip
    async def test_a_field_that_does_not_fit_is_400_and_the_upload_can_still_be_completed(
        self, api: Api, field: str, value: Any
    ) -> None:
        upload_id = await put_past(api)
        refused = await api.post("/api/images/complete", {"uploadId": upload_id, field: value})
        error = assert_failure(refused, 400, "VALIDATION_ERROR")
        assert error["details"][0]["field"].startswith(field)
        assert (await api.post("/api/images/complete", {"uploadId": upload_id})).status_code == 201

    async def test_stored_bytes_that_are_no_image_are_415_and_go(self, api: Api, s3: Objects, bucket: str) -> None:
        upload_id = await put_past(api, b"<html>")
        assert_failure(await complete(api, upload_id), 415, "UNSUPPORTED_MEDIA_TYPE")
        await api.runtime.background.drain(10.0)
        assert s3.keys(bucket) == []
        assert_failure(await complete(api, upload_id), 409, "CONFLICT")

    async def test_it_is_the_users_own_and_completed_once(self, api: Api) -> None:
        upload_id = await put_past(api)
        assert_failure(await complete(api, upload_id, "bob"), 403, "FORBIDDEN")
        assert_failure(await complete(api, NO_ID), 404, "NOT_FOUND")
        assert (await complete(api, upload_id)).status_code == 201
        assert_failure(await complete(api, upload_id), 409, "CONFLICT")

    @pytest.mark.parametrize("part", ["presign", "complete"])
    async def test_nobody_does_without_signing_in(self, api: Api, part: str) -> None:
        assert_failure(await api.post(f"/api/images/{part}", {}, None), 401, "UNAUTHORIZED")

    async def test_more_than_20_mb_are_413_at_once(self, api: Api) -> None:
        wanted = {"filename": "ship.png", "contentType": "image/png", "size": MAX_IMAGE_BYTES + 1}
        assert_failure(await api.post("/api/images/presign", wanted), 413, "PAYLOAD_TOO_LARGE", "size")
        assert (await api.post("/api/images/presign", {**wanted, "size": MAX_IMAGE_BYTES})).status_code == 201


async def put_past(api: Api, body: bytes | None = None) -> str:
    """The id of an upload whose file lies in the store."""
    body = png() if body is None else body
    wanted = {"filename": "ship.png", "contentType": "image/png", "size": len(body)}
    answer = await api.post("/api/images/presign", wanted)
    assert answer.status_code == 201, answer.text
    form = answer.json()["data"]
    async with httpx.AsyncClient() as client:
        put = await client.post(form["url"], data=form["fields"], files={"file": ("ship.png", body, "image/png")})
    assert put.status_code in (200, 201, 204), put.text
    upload_id: str = form["uploadId"]
    return upload_id


async def complete(api: Api, upload_id: str, sub: str = "alice") -> httpx.Response:
    return await api.post("/api/images/complete", {"uploadId": upload_id}, sub)
