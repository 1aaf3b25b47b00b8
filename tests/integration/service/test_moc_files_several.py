"""POST /api/mocs/{id}/files with several files: each stands by itself, and the answer tells of each."""

import asyncio

import pytest

from tests.fakes.clamd import EICAR, fake_clamd
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.moc_file_samples import (
    CSV,
    JSON,
    PDF,
    STUDIO,
    TXT,
    XML,
    detail,
    jpeg,
    names,
    nothing_is_left,
    picture,
    send,
    stored,
)
from tests.integration.service.test_parts_list_upload import lists_of


async def test_ten_files_of_all_kinds_are_stored_in_the_order_of_the_request(
    api: Api, s3: Objects, bucket: str
) -> None:
    moc = await api.create()
    files = [
        PDF, CSV, TXT, jpeg("a.jpg"), STUDIO, JSON, XML, jpeg("b.jpg"), ("two.pdf", PDF[1], PDF[2]),
        ("c.png", picture("png"), "image/png"),
    ]  # fmt: skip
    data = await stored(api, moc, *files, field="files")
    assert set(data) == {"uploaded", "failed"}
    assert data["failed"] == []
    assert [file["originalFilename"] for file in data["uploaded"]] == [name for name, _, _ in files]
    found = await detail(api, moc)
    assert sorted(found["files"], key=lambda file: file["id"]) == sorted(
        ({k: v for k, v in file.items() if k != "partsListId"} for file in data["uploaded"]),
        key=lambda file: file["id"],
    )
    assert len(s3.keys(bucket)) == 10
    assert sorted(one["totalParts"] for one in await lists_of(api, moc)) == [1, 3, 4, 7]
    assert (await detail(api, moc))["totalPieceCount"] == 15


@pytest.mark.parametrize("order", [("a.jpg", "b.jpg", "c.jpg"), ("c.jpg", "b.jpg", "a.jpg")])
async def test_the_first_of_several_thumbnails_becomes_the_cover(api: Api, order: tuple[str, ...]) -> None:
    moc = await api.create()
    data = await stored(api, moc, PDF, *map(jpeg, order))
    cover = (await detail(api, moc))["thumbnailUrl"]
    assert [file["originalFilename"] for file in data["uploaded"] if file["fileUrl"] == cover] == [order[0]]


async def test_a_first_thumbnail_that_is_broken_leaves_the_cover_to_the_second(api: Api) -> None:
    moc = await api.create()
    data = await stored(api, moc, ("a.jpg", picture()[:300], "image/jpeg"), jpeg("b.jpg"))
    assert [one["name"] for one in data["failed"]] == ["a.jpg"]
    assert (await detail(api, moc))["thumbnailUrl"] == data["uploaded"][0]["fileUrl"]


async def test_what_fails_is_told_with_its_name_code_and_reason_and_hinders_nothing_else(
    api: Api, s3: Objects, bucket: str
) -> None:
    moc = await api.create()
    await stored(api, moc, PDF)
    data = await stored(
        api,
        moc,
        STUDIO,
        ("virus.exe", b"MZ", "application/octet-stream"),
        PDF,
        ("large.pdf", PDF[1].ljust(10 * 2**20 + 1), PDF[2]),
        ("empty.csv", b"", "text/csv"),
        ("x" * 252 + ".pdf", PDF[1], PDF[2]),
        CSV,
    )
    assert names(data["uploaded"]) == ["model.io", "parts.csv"]
    assert [(one["name"], one["code"]) for one in data["failed"]] == [
        ("virus.exe", "UNSUPPORTED_MEDIA_TYPE"),
        ("build.pdf", "CONFLICT"),
        ("large.pdf", "PAYLOAD_TOO_LARGE"),
        ("empty.csv", "VALIDATION_ERROR"),
        ("file 6", "VALIDATION_ERROR"),
    ]
    assert all(set(one) == {"name", "code", "reason"} and one["reason"] for one in data["failed"])
    assert names((await detail(api, moc))["files"]) == ["build.pdf", "model.io", "parts.csv"]
    assert len(s3.keys(bucket)) == 3
    await api.runtime.background.drain(10.0)


@pytest.mark.parametrize("file", [PDF, CSV, jpeg()])
async def test_of_one_name_twice_in_a_request_the_first_is_stored(
    api: Api, s3: Objects, bucket: str, file: tuple[str, bytes, str]
) -> None:
    moc = await api.create()
    data = await stored(api, moc, file, (file[0], file[1] + b"\n", file[2]))
    (first,), (second,) = data["uploaded"], data["failed"]
    assert (first["originalFilename"], second["name"], second["code"]) == (file[0], file[0], "CONFLICT")
    assert len(s3.keys(bucket)) == 1
    await api.runtime.background.drain(10.0)


async def test_when_none_is_stored_it_is_400_with_an_entry_a_file(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    answer = await send(
        api, moc, ("a.exe", b"MZ", "x/y"), ("large.pdf", PDF[1].ljust(10 * 2**20 + 1), PDF[2]), field="files"
    )
    error = assert_failure(answer, 400, "VALIDATION_ERROR")
    entries, hint = error["details"][:2], error["details"][2]
    assert [(entry["name"], entry["field"], entry["code"]) for entry in entries] == [
        ("a.exe", "files", "UNSUPPORTED_MEDIA_TYPE"),
        ("large.pdf", "files", "PAYLOAD_TOO_LARGE"),
    ]
    assert all(entry["message"] for entry in entries)
    assert hint["presign"] == f"/api/mocs/{moc['id']}/files"
    assert s3.keys(bucket) == []
    assert nothing_is_left(postgres, database)


async def test_all_of_one_wrong_kind_are_still_400(api: Api) -> None:
    moc = await api.create()
    answer = await send(api, moc, ("a.exe", b"MZ", "x/y"), ("b.exe", b"MZ", "x/y"))
    error = assert_failure(answer, 400, "VALIDATION_ERROR")
    assert [entry["code"] for entry in error["details"]] == ["UNSUPPORTED_MEDIA_TYPE"] * 2


async def test_a_kind_that_is_said_holds_for_every_file(api: Api) -> None:
    moc = await api.create()
    data = await stored(api, moc, PDF, CSV, fields={"fileType": "instruction"})
    assert (names(data["uploaded"]), [one["name"] for one in data["failed"]]) == (["build.pdf"], ["parts.csv"])


async def test_a_virus_in_one_is_no_virus_in_the_others(open_api: Open, s3: Objects, bucket: str) -> None:
    async with fake_clamd() as clamd, open_api(clamd_endpoint=f"127.0.0.1:{clamd.port}") as api:
        moc = await api.create()
        data = await stored(api, moc, PDF, ("b.pdf", PDF[1] + EICAR, PDF[2]), ("c.pdf", PDF[1], PDF[2]))
        assert (names(data["uploaded"]), [one["code"] for one in data["failed"]]) == (
            ["build.pdf", "c.pdf"],
            ["MALWARE_DETECTED"],
        )
        assert len(s3.keys(bucket)) == 2


async def test_a_scanner_that_is_away_is_503_and_worth_trying_again(open_api: Open, s3: Objects, bucket: str) -> None:
    async with open_api(clamd_endpoint="127.0.0.1:1") as api:
        moc = await api.create()
        answer = await send(api, moc, PDF, STUDIO)
        error = assert_failure(answer, 503, "SERVICE_UNAVAILABLE")
        assert answer.headers["retry-after"]
        assert [entry["name"] for entry in error["details"]] == ["build.pdf", "model.io"]
        assert s3.keys(bucket) == []


async def test_files_are_handled_side_by_side_but_only_a_few_at_once(open_api: Open) -> None:
    async with fake_clamd() as clamd, open_api(clamd_endpoint=f"127.0.0.1:{clamd.port}") as api:
        moc = await api.create()
        clamd.go_on.clear()
        sending = asyncio.ensure_future(send(api, moc, *((f"{n}.pdf", PDF[1], PDF[2]) for n in range(10))))
        await until(lambda: len(clamd.scanned) == 4)
        clamd.go_on.set()
        assert (await sending).status_code == 201
        assert clamd.most_under_way == 4
