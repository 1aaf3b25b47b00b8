"""POST /api/mocs/{id}/upload-parts-list: stored, noted, accepted; or refused, and then nothing is left."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure

CSV = b"Part ID,Quantity\n3001,5\n3002,2\n"


async def lists_of(api: Api, moc: Mapping[str, Any], sub: str = "alice") -> Any:
    """The MOC's parts lists, once none is pending."""
    path = f"/api/mocs/{moc['id']}"

    async def done() -> bool:
        lists = (await api.get(path, sub)).json()["data"]["partsLists"]
        return bool(lists) and all(one["status"] != "pending" for one in lists)

    await until(done, seconds=30.0)  # a hundred thousand rows on a busy machine
    return (await api.get(path, sub)).json()["data"]["partsLists"]


async def test_it_is_202_with_the_file_and_the_pending_list(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    answer = await api.upload(moc["id"], CSV, "My parts.csv")
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == {"success", "data"}
    data, file = body["data"], body["data"]["file"]
    assert set(data) == {"partsListId", "status", "file"}
    assert data["status"] == "pending"
    key = f"mocs/alice/{moc['id']}/{file['id']}.csv"
    assert file == {
        "id": file["id"],
        "mocId": moc["id"],
        "fileType": "parts-list",
        "fileUrl": f"https://{bucket}.s3.amazonaws.com/{key}",
        "originalFilename": "My parts.csv",
        "mimeType": "text/csv",
        "createdAt": file["createdAt"],
    }
    assert s3.keys(bucket) == [key]
    assert s3.read(bucket, key) == CSV
    assert postgres.run("SELECT id, source_key FROM moc_parts_lists", database) == [f"{data['partsListId']}|{key}"]
    detail = (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert detail["files"] == [file]


async def test_it_is_parsed_after_the_answer_and_the_detail_tells_how_it_went(
    api: Api, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    accepted = (await api.upload(moc["id"], b"Part ID,Part Name,Color,Quantity,Is Spare\n3001,Brick,Red,5,no\n")).json()
    (found,) = await lists_of(api, moc)
    assert found["id"] == accepted["data"]["partsListId"]
    assert (found["status"], found["totalParts"], found["errorCount"]) == ("parsed", 5, 0)
    assert found["fileId"] == accepted["data"]["file"]["id"]
    assert found["title"] == "Parts List - parts.csv"
    rows = postgres.run("SELECT line, part_id, name, color, quantity, is_spare FROM moc_parts", database)
    assert rows == ["2|3001|Brick|Red|5|f"]
    assert (await api.get("/api/mocs")).json()["data"][0]["totalPieceCount"] == 5


@pytest.mark.parametrize("field", ["partsListFile", "file"])
async def test_the_file_may_come_in_either_field(api: Api, field: str) -> None:
    moc = await api.create()
    assert (await api.upload(moc["id"], CSV, field=field)).status_code == 202


async def test_other_parts_beside_the_file_are_ignored(api: Api) -> None:
    moc = await api.create()
    answer = await api.call(
        "POST",
        f"/api/mocs/{moc['id']}/upload-parts-list",
        data={"title": "x", "mocId": "someone-elses"},
        files={"file": ("a.csv", CSV, "text/csv"), "image": ("a.png", b"\x89PNG", "image/png")},
    )
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "declared",
    [
        "text/csv",
        "application/octet-stream",
        "text/plain",
        "application/vnd.ms-excel",
        "TEXT/CSV",
        "text/csv; charset=x",
    ],
)
async def test_csv_is_taken_under_the_types_that_browsers_give_it(api: Api, declared: str) -> None:
    moc = await api.create()
    answer = await api.call(
        "POST", f"/api/mocs/{moc['id']}/upload-parts-list", files={"file": ("a.csv", CSV, declared)}
    )
    assert answer.status_code == 202
    assert answer.json()["data"]["file"]["mimeType"] == "text/csv"


@pytest.mark.parametrize(
    ("filename", "body", "declared"),
    [
        ("a.exe", CSV, "text/csv"),
        ("a", CSV, "text/csv"),
        (".csv.html", CSV, "text/csv"),
        ("a.csv", CSV, "text/html"),
        ("a.csv", CSV, "image/png"),
        ("a.csv", CSV, "application/pdf"),
        ("a.csv", b"%PDF-1.4", "text/csv"),
        ("a.csv", b"PK\x03\x04rest", "text/csv"),
        ("a.csv", b"\x89PNG\r\n", "text/csv"),
        ("a.csv", b"\xff\xd8\xff\xe0", "text/csv"),
        ("a.csv", b"GIF89a", "application/octet-stream"),
        ("a.csv", b"\xd0\xcf\x11\xe0", "application/vnd.ms-excel"),
        ("a.txt", b"MZ\x90", "text/plain"),
        ("a.csv", b"\x7fELF", "text/csv"),
        ("a.csv", b"\x1f\x8b\x08", "text/csv"),
    ],
)
async def test_what_is_no_text_by_name_claim_or_bytes_is_415_and_leaves_nothing(
    api: Api, s3: Objects, bucket: str, filename: str, body: bytes, declared: str
) -> None:
    moc = await api.create()
    answer = await api.call(
        "POST", f"/api/mocs/{moc['id']}/upload-parts-list", files={"file": (filename, body, declared)}
    )
    assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert s3.keys(bucket) == []
    assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["files"] == []


async def test_ten_megabytes_are_taken_and_a_byte_more_is_413(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create()
    line = b"3001,1\n"
    full = b"Part,Qty\n" + line * (10 * 2**20 // len(line))
    assert (await api.upload(moc["id"], full[: 10 * 2**20 - 7] + b"\n" * 7)).status_code == 202
    assert_failure(await api.upload(moc["id"], b"x" * (10 * 2**20 + 1), "b.csv"), 413, "PAYLOAD_TOO_LARGE")
    assert_failure(await api.upload(moc["id"], b"x" * (11 * 2**20), "c.csv"), 413, "PAYLOAD_TOO_LARGE")
    assert len(s3.keys(bucket)) == 1
    await api.runtime.background.drain(15.0)


async def test_the_same_file_name_twice_is_409_and_the_second_object_is_not_kept(
    api: Api, s3: Objects, bucket: str
) -> None:
    moc = await api.create()
    assert (await api.upload(moc["id"], CSV)).status_code == 202
    error = assert_failure(await api.upload(moc["id"], CSV), 409, "CONFLICT", "partsListFile")
    assert "parts.csv" in error["details"][0]["message"]
    await until(lambda: len(s3.keys(bucket)) == 1)
    assert len(await lists_of(api, moc)) == 1


async def test_of_eight_of_one_name_at_once_one_is_stored(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    answers = await asyncio.gather(*(api.upload(moc["id"], CSV) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    for answer in answers:
        if answer.status_code == 409:
            assert_failure(answer, 409, "CONFLICT", "partsListFile")
    await until(lambda: len(s3.keys(bucket)) == 1)
    assert postgres.run("SELECT count(*) FROM moc_files", database) == ["1"]
    assert [one["totalParts"] for one in await lists_of(api, moc)] == [7]


async def test_another_moc_may_have_a_file_of_that_name(api: Api) -> None:
    first, second = await api.create(), await api.create(title="Second")
    assert (await api.upload(first["id"], CSV)).status_code == 202
    assert (await api.upload(second["id"], CSV)).status_code == 202


async def test_somebody_elses_moc_is_403_an_unknown_one_404_a_malformed_id_400(
    api: Api, s3: Objects, bucket: str
) -> None:
    moc = await api.create("bob")
    assert_failure(await api.upload(moc["id"], CSV), 403, "FORBIDDEN")
    assert_failure(await api.upload("00000000-0000-0000-0000-000000000000", CSV), 404, "NOT_FOUND")
    assert_failure(await api.upload("x", CSV), 400, "VALIDATION_ERROR", "id")
    assert s3.keys(bucket) == []


async def test_an_admin_may_and_the_file_is_the_owners(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create("bob")
    await api.get(f"/api/mocs/{moc['id']}", "bob")
    assert (await api.upload(moc["id"], CSV, sub="admin")).status_code == 202
    assert s3.keys(bucket)[0].startswith(f"mocs/bob/{moc['id']}/")
    assert [one["totalParts"] for one in await lists_of(api, moc, "bob")] == [7]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\ada\\parts.csv", "parts.csv"),
        ("CON.csv", "CON.csv"),
        ("teile ü 🧱.csv", "teile ü 🧱.csv"),
        ("a;b,c.csv", "a;b,c.csv"),
        (" spaced .CSV", "spaced .CSV"),
        ("x" * 251 + ".csv", "x" * 251 + ".csv"),
    ],
)
async def test_a_file_name_is_kept_but_never_used_as_a_path(
    api: Api, s3: Objects, bucket: str, sent: str, kept: str
) -> None:
    moc = await api.create()
    answer = await api.upload(moc["id"], CSV, sent)
    file = answer.json()["data"]["file"]
    assert file["originalFilename"] == kept
    assert s3.keys(bucket) == [f"mocs/alice/{moc['id']}/{file['id']}.csv"]


@pytest.mark.parametrize("name", ["x" * 252 + ".csv", "a/", "..\\", "   ", "\u3000"])
async def test_a_file_name_that_is_none_is_400(api: Api, name: str) -> None:
    moc = await api.create()
    answer = await api.upload(moc["id"], CSV, name)
    assert_failure(answer, 400, "VALIDATION_ERROR", "partsListFile")


async def test_a_moc_that_is_deleted_meanwhile_is_404_and_leaves_no_object(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    """The MOC goes after it was looked up and before its file is noted: a lock holds the upload in between."""
    import asyncpg

    moc = await api.create()
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("DELETE FROM moc_instructions")
            upload = asyncio.ensure_future(api.upload(moc["id"], CSV))
            await until(lambda: waits_for_a_lock(postgres))
        answer = await upload
    finally:
        await connection.close()
    assert_failure(answer, 404, "NOT_FOUND")
    await until(lambda: s3.keys(bucket) == [])


def waits_for_a_lock(postgres: Postgres) -> bool:
    return postgres.run("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == ["t"]
