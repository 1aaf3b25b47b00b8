"""A MOC's files while others are at the same MOC, and while S3 or PostgreSQL fail: no row without its object."""

import asyncio
from typing import Any

import asyncpg
import pytest

from cutover.rehearsal.stack.ports import LOOPBACK
from tests.fakes.faulty_line import FaultyLine, line_to
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.moc_file_samples import (
    CSV,
    PDF,
    STUDIO,
    Sent,
    detail,
    jpeg,
    names,
    nothing_is_left,
    send,
    stored,
)
from tests.integration.service.test_parts_list_upload import waits_for_a_lock


@pytest.mark.parametrize("file", [PDF, CSV, jpeg()])
async def test_of_eight_of_one_name_at_once_one_is_stored(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, file: Sent
) -> None:
    moc = await api.create()
    answers = await asyncio.gather(*(send(api, moc, file) for _ in range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[:2] == [201, 409]
    assert set(statuses[2:]) <= {409, 503}  # a busy machine may not lend all eight a connection in time
    for answer in answers:
        if answer.status_code == 409:
            assert_failure(answer, 409, "CONFLICT", "file")
    await api.runtime.background.drain(10.0)
    assert len(s3.keys(bucket)) == 1
    assert postgres.run("SELECT (SELECT count(*) FROM moc_files), (SELECT count(*) FROM file_leftovers)", database) == [
        "1|0"
    ]


async def test_two_requests_of_several_files_share_their_names_between_them(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create()
    files = [(f"{n}.pdf", PDF[1], PDF[2]) for n in range(6)]
    answers = await asyncio.gather(*(send(api, moc, *files) for _ in range(2)))
    uploaded = [file for a in answers if a.status_code == 201 for file in a.json()["data"]["uploaded"]]
    assert names(uploaded) == sorted(name for name, _, _ in files)
    await api.runtime.background.drain(10.0)
    assert len(s3.keys(bucket)) == 6


@pytest.mark.parametrize("file", [PDF, CSV, jpeg()])
@pytest.mark.parametrize("count", [1, 2])
async def test_a_moc_that_is_deleted_meanwhile_is_404_and_leaves_nothing(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, file: Sent, count: int
) -> None:
    moc = await api.create()
    files = [(f"{n}{file[0]}", *file[1:]) for n in range(count)]
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("DELETE FROM moc_instructions")
            upload = asyncio.ensure_future(send(api, moc, *files))
            await until(lambda: waits_for_a_lock(postgres))
        answer = await upload
    finally:
        await connection.close()
    assert_failure(answer, 404, "NOT_FOUND")
    await api.runtime.background.drain(10.0)
    assert s3.keys(bucket) == []
    assert nothing_is_left(postgres, database)


async def test_deletions_and_uploads_at_once_leave_no_orphan(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    await stored(api, moc, PDF, STUDIO)
    uploads = [send(api, moc, jpeg(f"{n}.jpg")) for n in range(4)]
    answers = await asyncio.gather(*uploads, api.delete(f"/api/mocs/{moc['id']}"))
    assert {answer.status_code for answer in answers} <= {200, 201, 404}
    await api.runtime.background.drain(10.0)
    assert postgres.run(
        "SELECT (SELECT count(*) FROM moc_files), (SELECT count(*) FROM moc_instructions)", database
    ) == ["0|0"]
    await until(lambda: s3.keys(bucket) == [])


async def test_a_file_that_is_deleted_twice_at_once_goes_once(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create()
    file = await stored(api, moc, jpeg())
    path = f"/api/mocs/{moc['id']}/files/{file['id']}"
    answers = await asyncio.gather(*(api.delete(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    await until(lambda: s3.keys(bucket) == [])


async def test_a_new_cover_and_the_deletion_of_the_old_one_at_once_leave_the_new_one(api: Api) -> None:
    moc = await api.create()
    old = await stored(api, moc, jpeg("old.jpg"))
    deleting = api.delete(f"/api/mocs/{moc['id']}/files/{old['id']}")
    uploading, deleted = await asyncio.gather(send(api, moc, jpeg("new.jpg")), deleting)
    assert deleted.status_code == 200
    assert (await detail(api, moc))["thumbnailUrl"] == uploading.json()["data"]["fileUrl"]


@pytest.fixture
async def line(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What stands between the service and S3."""
    async with line_to(int(moto.rpartition(":")[2])) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{LOOPBACK}:{line.port}")
        yield line


class TestWithoutS3:
    """The file store refuses connections."""

    @pytest.mark.parametrize("files", [[PDF], [CSV], [jpeg()], [PDF, CSV, jpeg()]])
    async def test_an_upload_is_503_and_leaves_no_row(
        self, line: FaultyLine, open_api: Open, postgres: Postgres, database: str, s3: Objects, bucket: str,
        files: list[Sent],
    ) -> None:  # fmt: skip
        async with open_api() as api:
            moc = await api.create()
            await line.refuse()
            answer = await send(api, moc, *files)
            assert_failure(answer, 503, "SERVICE_UNAVAILABLE")
            assert answer.headers["retry-after"]
            assert postgres.run("SELECT count(*) FROM moc_files", database) == ["0"]
            assert "thumbnailUrl" not in await detail(api, moc)
            await line.behave()
            await stored(api, moc, *files)
            await api.runtime.background.drain(10.0)
        assert len(s3.keys(bucket)) == len(files)

    async def test_a_file_is_deleted_and_its_object_is_left_to_the_sweep(
        self, line: FaultyLine, open_api: Open, s3: Objects, bucket: str, postgres: Postgres, database: str
    ) -> None:
        async with open_api() as api:
            moc = await api.create()
            file = await stored(api, moc, PDF)
            await line.refuse()
            assert (await api.delete(f"/api/mocs/{moc['id']}/files/{file['id']}")).status_code == 200
            await api.runtime.background.drain(10.0)
            assert len(s3.keys(bucket)) == 1
            await line.behave()
            assert await api.runtime.files.sweep() == 1
        assert s3.keys(bucket) == []
        assert nothing_is_left(postgres, database)


async def test_one_lambda_environment_has_one_connection_for_ten_files(open_api: Open) -> None:
    async with open_api(on_lambda=True) as api:
        moc = await api.create()
        files = [(f"{n}.pdf", PDF[1], PDF[2]) for n in range(5)] + [jpeg(f"{n}.jpg") for n in range(5)]
        data = await stored(api, moc, *files)
        assert (len(data["uploaded"]), data["failed"]) == (10, [])
