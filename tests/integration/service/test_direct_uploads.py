"""Files that clients put into the file store by themselves: one user, one route, once."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from service.direct_uploads import DirectUploads, Form
from service.kernel.errors import (
    AppError,
    Conflict,
    Forbidden,
    NotFound,
    PayloadTooLarge,
    Unavailable,
    ValidationFailed,
)
from service.kernel.principal import Principal
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api

ALICE, EVE = Principal("alice"), Principal("eve")
ROUTE = "/api/images"
BODY = b"0123456789"


@pytest.fixture
def uploads(api: Api) -> DirectUploads:
    return api.runtime.direct_uploads


async def begun(uploads: DirectUploads, size: int = len(BODY)) -> Form:
    return await uploads.begin(ALICE, ROUTE, filename="ship.jpg", content_type="image/jpeg", size_bytes=size)


async def sent(form: Form, body: bytes = BODY) -> None:
    """What the client does with the form."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(form.url, data=form.fields, files={"file": ("ship.jpg", body, "image/jpeg")})
    assert answer.status_code in (200, 201, 204), answer.text


async def completed(uploads: DirectUploads, form: Form, who: Principal = ALICE, route: str = ROUTE) -> bytes:
    async with uploads.taken(who, route, form.upload_id, "image") as file:
        assert (file.filename, file.content_type, file.field) == ("ship.jpg", "image/jpeg", "image")
        return file.body


async def test_a_form_is_bound_to_key_type_and_size_for_ten_minutes(uploads: DirectUploads) -> None:
    form = await begun(uploads)
    assert form.fields["key"] == f"uploads/alice/{form.upload_id}"
    assert form.fields["Content-Type"] == "image/jpeg"
    policy = base64.b64decode(form.fields["policy"]).decode()
    assert '["content-length-range", 10, 10]' in policy
    assert f'{{"key": "uploads/alice/{form.upload_id}"}}' in policy
    assert '{"Content-Type": "image/jpeg"}' in policy
    left = form.expires_at.replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10, seconds=5)


async def test_what_was_sent_arrives_and_its_bytes_go(
    uploads: DirectUploads, api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    form = await begun(uploads)
    await sent(form)
    assert s3.keys(bucket) == [f"uploads/alice/{form.upload_id}"]
    assert await completed(uploads, form) == BODY
    await api.runtime.background.drain(10.0)
    assert s3.keys(bucket) == []
    await sent(form)  # the form is still good: what comes late is swept, as all that nobody completes
    postgres.run("UPDATE file_leftovers SET due_at = '2000-01-01'", database)
    assert await api.runtime.files.sweep() == 1
    assert s3.keys(bucket) == []


async def test_it_can_be_completed_once(uploads: DirectUploads) -> None:
    form = await begun(uploads)
    await sent(form)
    await completed(uploads, form)
    with pytest.raises(Conflict, match="already"):
        await completed(uploads, form)


async def test_one_that_a_dead_process_has_claimed_can_be_completed_a_minute_later(
    uploads: DirectUploads, postgres: Postgres, database: str
) -> None:
    form = await begun(uploads)
    await sent(form)
    async with uploads.taken(ALICE, ROUTE, form.upload_id, "image"):
        with pytest.raises(Conflict, match="being completed"):
            await completed(uploads, form)
        postgres.run("UPDATE direct_uploads SET claimed_at = claimed_at - interval '61 seconds'", database)
        assert await completed(uploads, form) == BODY


async def test_it_is_the_users_own_and_for_that_route(uploads: DirectUploads) -> None:
    form = await begun(uploads)
    await sent(form)
    with pytest.raises(Forbidden):
        await completed(uploads, form, EVE)
    with pytest.raises(NotFound):
        await completed(uploads, form, route="/api/users/alice/avatar")
    with pytest.raises(NotFound):
        async with uploads.taken(ALICE, ROUTE, uuid4(), "image"):
            raise AssertionError("there is none")
    assert await completed(uploads, form) == BODY


async def test_a_file_that_has_not_arrived_can_be_sent_and_completed_later(uploads: DirectUploads) -> None:
    form = await begun(uploads)
    with pytest.raises(Conflict, match="not been uploaded"):
        await completed(uploads, form)
    await sent(form)
    assert await completed(uploads, form) == BODY


async def test_more_bytes_than_were_said_are_refused_and_deleted(
    uploads: DirectUploads, api: Api, s3: Objects, bucket: str
) -> None:
    form = await begun(uploads, size=9)
    await api.runtime.storage.put(form.fields["key"], BODY, "image/jpeg")
    with pytest.raises(PayloadTooLarge):
        await completed(uploads, form)
    await api.runtime.background.drain(10.0)
    assert s3.keys(bucket) == []


@pytest.mark.parametrize(
    ("error", "kept"), [(ValidationFailed("no image"), False), (Unavailable("down"), True), (OSError("crash"), True)]
)
async def test_a_refused_file_is_deleted_and_one_that_we_failed_on_is_kept(
    uploads: DirectUploads, api: Api, s3: Objects, bucket: str, error: Exception, kept: bool
) -> None:
    form = await begun(uploads)
    await sent(form)
    with pytest.raises(type(error)):
        async with uploads.taken(ALICE, ROUTE, form.upload_id, "image"):
            raise error
    await api.runtime.background.drain(10.0)
    assert bool(s3.keys(bucket)) is kept
    if kept:
        assert await completed(uploads, form) == BODY
    else:
        with pytest.raises(AppError):
            await completed(uploads, form)


async def test_an_upload_that_has_expired_is_gone(uploads: DirectUploads, postgres: Postgres, database: str) -> None:
    form = await begun(uploads)
    await sent(form)
    postgres.run("UPDATE direct_uploads SET expires_at = now() - interval '61 minutes'", database)
    with pytest.raises(NotFound, match="expired"):
        await completed(uploads, form)
    await uploads.forget_expired()
    assert postgres.run("SELECT count(*) FROM direct_uploads", database) == ["1"]
    postgres.run("UPDATE direct_uploads SET expires_at = now() - interval '121 minutes'", database)
    await uploads.forget_expired()
    assert postgres.run("SELECT count(*) FROM direct_uploads", database) == ["0"]


async def test_bytes_that_are_never_completed_are_swept(
    uploads: DirectUploads, api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    await sent(await begun(uploads))
    assert await api.runtime.files.sweep() == 0
    postgres.run("UPDATE file_leftovers SET due_at = '2000-01-01'", database)
    assert await api.runtime.files.sweep() == 1
    assert s3.keys(bucket) == []
