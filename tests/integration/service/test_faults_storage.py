"""S3 refused, silent or broken: uploads are 503 and leave nothing; nothing else notices."""

from typing import Any

import pytest

from cutover.rehearsal.stack.ports import LOOPBACK
from service.kernel.errors import Unavailable
from service.storage.s3 import S3
from service.telemetry.pseudonym import without_owner
from tests.fakes.faulty_line import FaultyLine, line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.scripted_http import Answer, Asked, scripted_http
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.servers import REGION
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.test_parts_list_upload import CSV


@pytest.fixture
async def line(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What stands between the service and S3."""
    async with line_to(int(moto.rpartition(":")[2])) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{LOOPBACK}:{line.port}")
        yield line


@pytest.fixture
async def api(open_api: Open, line: FaultyLine) -> Any:
    """The API with S3 behind the line."""
    async with open_api() as api:
        yield api


@pytest.mark.parametrize("fault", ["refused", "cut", "garbage", "answer lost"])
async def test_an_upload_without_s3_is_503_and_leaves_no_row_and_no_object(
    api: Api, line: FaultyLine, fault: str, postgres: Postgres, database: str, s3: Objects, bucket: str,
    lines: LogLines
) -> None:  # fmt: skip
    moc = await api.create()
    if fault == "refused":
        await line.refuse()
    elif fault == "cut":
        line.cut_at(b"PUT ")
    elif fault == "garbage":
        line.babble(b"\x00\x01garbage\r\n\r\n")
    else:
        line.lose_answer_to(b"3002,2")
    answer = await api.upload(moc["id"], CSV)
    assert_failure(answer, 503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"]
    assert postgres.run(
        "SELECT (SELECT count(*) FROM moc_files), (SELECT count(*) FROM moc_parts_lists)", database
    ) == ["0|0"]
    assert lines.of("crashed") == []
    await line.behave()
    assert (await api.upload(moc["id"], CSV)).status_code == 202
    await api.runtime.background.drain(10.0)


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"<Error><Code>InternalError</Code></Error>"),
        (503, b"<Error><Code>SlowDown</Code></Error>"),
        (403, b"<Error><Code>AccessDenied</Code><Message>arn:aws:iam::1:role/x</Message></Error>"),
        (404, b"<Error><Code>NoSuchBucket</Code></Error>"),
        (301, b"<Error><Code>PermanentRedirect</Code></Error>"),
        (400, b"<Error><Code>ExpiredToken</Code></Error>"),
        (400, b"not xml"),
        (500, b""),
    ],
)
async def test_whatever_s3_refuses_with_is_503_in_our_words(
    open_api: Open, monkeypatch: pytest.MonkeyPatch, answer: Answer, moto: str
) -> None:
    async with scripted_http(lambda _: answer) as broken:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", broken.url)
        async with open_api() as api:
            moc = await api.create()
            assert_failure(await api.upload(moc["id"], CSV), 503, "SERVICE_UNAVAILABLE")


async def test_a_silent_s3_is_given_up_before_the_gateway_gives_us_up(api: Api, line: FaultyLine) -> None:
    moc = await api.create()
    line.stall()
    answer = await api.upload(moc["id"], CSV)
    assert_failure(answer, 503, "SERVICE_UNAVAILABLE")
    assert answer.elapsed.total_seconds() < 20.0


async def test_a_moc_is_deleted_while_s3_is_down_and_its_files_when_it_is_back(
    api: Api, line: FaultyLine, s3: Objects, bucket: str, lines: LogLines
) -> None:
    moc = await api.create()
    assert (await api.upload(moc["id"], CSV)).status_code == 202
    await api.runtime.background.drain(10.0)
    await line.refuse()
    assert (await api.delete(f"/api/mocs/{moc['id']}")).status_code == 200
    await api.runtime.background.drain(10.0)
    assert [entry["keys"] for entry in lines.of("files_left_to_the_sweep")] == [
        [without_owner(key) for key in s3.keys(bucket)]
    ]
    await line.behave()
    assert await api.runtime.files.sweep() == 1
    assert s3.keys(bucket) == []


async def test_everything_else_works_without_s3(api: Api, line: FaultyLine) -> None:
    await line.refuse()
    moc = await api.create()
    assert (await api.get("/api/mocs")).json()["total"] == 1
    assert (await api.get("/health", None)).json()["status"] == "healthy"
    assert (await api.delete(f"/api/mocs/{moc['id']}")).status_code == 200


class TestDeleting:
    """DeleteObjects tells of each object; some may stay."""

    async def test_an_object_that_could_not_be_deleted_is_named(
        self, moto: str, monkeypatch: pytest.MonkeyPatch, lines: LogLines
    ) -> None:
        body = b"<DeleteResult><Error><Key>a/b</Key><Code>AccessDenied</Code></Error></DeleteResult>"
        async with scripted_http(lambda _: (200, body)) as partial:
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", partial.url)
            storage = S3("bucket", REGION)
            with pytest.raises(Unavailable):
                await storage.delete(["a/b", "a/c"])
            await storage.close()
        assert [entry["keys"] for entry in lines.of("storage_delete_failed")] == [["a/b"]]

    async def test_more_than_a_thousand_take_several_calls(self, moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
        async with scripted_http(lambda _: (200, b"<DeleteResult/>")) as called:
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", called.url)
            storage = S3("bucket", REGION)
            await storage.delete([f"key-{number}" for number in range(2001)])
            await storage.delete([])
            await storage.close()
        assert [keys_in(asked) for asked in called.asked] == [1000, 1000, 1]

    async def test_what_is_not_there_is_no_error(self, moto: str, bucket: str) -> None:
        storage = S3(bucket, REGION)
        await storage.delete(["never/was"])
        await storage.close()


def keys_in(asked: Asked) -> int:
    return asked.body.count(b"<Key>")


async def test_a_closed_store_can_be_used_again(moto: str, bucket: str, s3: Objects) -> None:
    storage = S3(bucket, REGION)
    await storage.put("a", b"1", "text/plain")
    await storage.close()
    await storage.put("b", b"2", "text/plain")
    await storage.close()
    assert s3.keys(bucket) == ["a", "b"]
