"""POST /api/mocs/upload-parts-list, for old clients: answered after parsing, all or nothing."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.fakes.clamd import EICAR, fake_clamd
from tests.fakes.faulty_line import line_to
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.test_parts_list_upload import CSV

PATH = "/api/mocs/upload-parts-list"
NIL = "00000000-0000-0000-0000-000000000000"
ROWS = "SELECT (SELECT count(*) FROM moc_files), (SELECT count(*) FROM moc_parts_lists), count(*) FROM moc_parts"


async def sent(
    api: Api, moc_id: str | None, body: bytes = CSV, name: str = "parts.csv", *, field: str = "partsListFile",
    declared: str = "text/csv", sub: str = "alice",
) -> httpx.Response:  # fmt: skip
    """The form of the old client."""
    texts = {"fileType": "parts-list"} if moc_id is None else {"fileType": "parts-list", "mocId": moc_id}
    return await api.call("POST", PATH, sub, data=texts, files={field: (name, body, declared)})


async def nothing_is_left(api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str) -> None:
    await api.runtime.background.drain(10.0)
    await until(lambda: s3.keys(bucket) == [])
    assert postgres.run(ROWS, database) == ["0|0|0"]
    assert postgres.run("SELECT count(*) FROM file_leftovers", database) == ["0"]


@pytest.mark.parametrize("field", ["partsListFile", "file"])
async def test_it_is_201_with_the_parsed_list_in_the_old_shape(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, field: str
) -> None:
    moc = await api.create()
    answer = await sent(api, moc["id"], field=field)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    file, parts_list = body["data"]["file"], body["data"]["partsList"]
    key = f"mocs/alice/{moc['id']}/{file['id']}.csv"
    assert body == {
        "success": True,
        "message": "Parts list uploaded and parsed",
        "data": {
            "file": {
                "id": file["id"],
                "mocId": moc["id"],
                "fileType": "parts-list",
                "fileUrl": f"https://{bucket}.s3.amazonaws.com/{key}",
                "originalFilename": "parts.csv",
                "mimeType": "text/csv",
                "createdAt": file["createdAt"],
            },
            "partsList": {
                "id": parts_list["id"],
                "mocId": moc["id"],
                "fileId": file["id"],
                "title": "Parts List - parts.csv",
                "status": "parsed",
                "totalPartsCount": "7",
                "totalParts": 7,
                "rows": 2,
                "errors": [],
                "errorCount": 0,
                "createdAt": file["createdAt"],
            },
            "parsing": {"totalPieceCount": 7, "uniqueParts": 2, "format": "csv", "success": True},
            "moc": {"id": moc["id"], "totalPieceCount": 7},
        },
    }
    assert s3.keys(bucket) == [key]
    assert postgres.run(ROWS, database) == ["1|1|2"]
    detail = (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert (detail["totalPieceCount"], detail["files"]) == (7, [file])
    read = (await api.get(f"/api/mocs/{moc['id']}/parts-lists/{parts_list['id']}")).json()["data"]
    assert (read["status"], len(read["parts"])) == ("parsed", 2)


@pytest.mark.parametrize(
    ("name", "declared", "body", "found"),
    [
        ("a.txt", "text/plain", CSV, "csv"),
        ("a.json", "application/json", b'[{"part":"3001","qty":7},{"part":"3002","qty":0}]', "json"),
        (
            "a.xml",
            "text/xml",
            b"<INVENTORY><ITEM><ITEMID>3001</ITEMID><MINQTY>7</MINQTY></ITEM></INVENTORY>",
            "xml",
        ),
    ],
)
async def test_every_format_is_parsed(api: Api, name: str, declared: str, body: bytes, found: str) -> None:
    moc = await api.create()
    data = (await sent(api, moc["id"], body, name, declared=declared)).json()["data"]
    assert (data["parsing"]["format"], data["parsing"]["totalPieceCount"]) == (found, 7)


async def test_bad_rows_are_told_and_the_good_ones_count(api: Api) -> None:
    moc = await api.create()
    data = (await sent(api, moc["id"], b"Part,Qty\n3001,5\n3002,none\n")).json()["data"]
    assert data["partsList"]["status"] == "parsed-with-errors"
    message = 'The quantity "none" is not a whole number from 1 to 999999.'
    assert data["partsList"]["errors"] == [{"code": "BAD_QUANTITY", "message": message, "line": 3}]
    assert data["parsing"] == {"totalPieceCount": 5, "uniqueParts": 1, "format": "csv", "success": True}


async def test_the_mocs_total_is_the_sum_over_its_lists(api: Api) -> None:
    moc = await api.create()
    totals = [(await sent(api, moc["id"], CSV, f"{n}.csv")).json()["data"]["moc"] for n in range(3)]
    assert totals == [{"id": moc["id"], "totalPieceCount": total} for total in (7, 14, 21)]


@pytest.mark.parametrize(
    ("body", "line", "code"),
    [
        (b"hello\n1\n", 1, "NO_HEADER"),
        (b"Part,Qty\n", None, "EMPTY_FILE"),
        (b"Part,Qty\n1,2\n" + b"x" * 70_000, 3, "LINE_TOO_LONG"),
        (b"Part,Qty\n" + b"1,2\n" * 5000 + b'"1,2\n', 5002, "UNCLOSED_QUOTE"),
        (b"Part,Qty\n\x001,2\n", 2, "NUL_BYTE"),
    ],
)
async def test_a_file_that_cannot_be_parsed_is_400_says_why_and_leaves_nothing(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, body: bytes, line: int | None, code: str
) -> None:
    moc = await api.create()
    error = assert_failure(await sent(api, moc["id"], body), 400, "VALIDATION_ERROR")
    assert (error["details"][0].get("line"), error["details"][0]["code"]) == (line, code)
    assert error["details"][0]["message"] in error["message"]
    await nothing_is_left(api, s3, bucket, postgres, database)
    assert "totalPieceCount" not in (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert (await sent(api, moc["id"])).status_code == 201  # the same name, mended


async def test_a_file_without_a_good_row_names_its_rows(api: Api) -> None:
    moc = await api.create()
    error = assert_failure(await sent(api, moc["id"], b"Part,Qty\n1,x\n,2\n"), 400, "VALIDATION_ERROR")
    assert [(detail.get("line"), detail["code"]) for detail in error["details"]] == [
        (None, "NO_GOOD_ROW"),
        (2, "BAD_QUANTITY"),
        (3, "MISSING_PART"),
    ]


async def test_what_is_missing_is_named(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create()
    for moc_id in (None, "", "  "):
        error = assert_failure(await sent(api, moc_id), 400, "VALIDATION_ERROR", "mocId")
        assert error["details"][0]["code"] == "MISSING_FIELDS"
        assert error["details"][0]["message"] == "The MOC is not named: send its id as mocId"
    error = assert_failure(await sent(api, moc["id"], field="other"), 400, "VALIDATION_ERROR", "partsListFile")
    assert error["details"][0]["code"] == "MISSING_FIELDS"
    assert_failure(await sent(api, moc["id"], b""), 400, "VALIDATION_ERROR", "partsListFile")
    assert_failure(await sent(api, "x"), 400, "VALIDATION_ERROR", "mocId")
    assert s3.keys(bucket) == []


async def test_no_such_moc_is_404_somebody_elses_403_and_nobody_401(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create("bob")
    error = assert_failure(await sent(api, NIL), 404, "NOT_FOUND")
    assert error["details"] == [{"code": "MOC_NOT_FOUND", "message": "MOC not found"}]
    error = assert_failure(await sent(api, moc["id"]), 403, "FORBIDDEN")
    assert error["details"] == [{"code": "FORBIDDEN", "message": "This MOC belongs to somebody else"}]
    assert_failure(await api.call("POST", PATH, None), 401, "UNAUTHORIZED")
    await nothing_is_left(api, s3, bucket, postgres, database)


async def test_an_admin_may(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create("bob")
    assert (await sent(api, moc["id"], sub="admin")).status_code == 201
    assert s3.keys(bucket)[0].startswith(f"mocs/bob/{moc['id']}/")
    assert (await api.get(f"/api/mocs/{moc['id']}", "bob")).json()["data"]["totalPieceCount"] == 7


async def test_a_file_of_another_type_is_415_and_a_large_one_413(api: Api) -> None:
    moc = await api.create()
    error = assert_failure(await sent(api, moc["id"], b"%PDF-1.7"), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert error["details"][0]["code"] == "INVALID_FILE_TYPE"
    assert error["details"][0]["message"] == error["message"]
    assert_failure(await sent(api, moc["id"], b"x" * (10 * 2**20 + 1)), 413, "PAYLOAD_TOO_LARGE")
    assert_failure(await api.post(PATH, {"mocId": moc["id"]}), 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_the_same_name_again_is_409_and_changes_nothing(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    assert (await sent(api, moc["id"])).status_code == 201
    assert_failure(await sent(api, moc["id"], b"Part,Qty\n1,1\n"), 409, "CONFLICT", "partsListFile")
    assert len(s3.keys(bucket)) == 1
    assert postgres.run(ROWS, database) == ["1|1|2"]


async def test_of_six_of_one_name_at_once_one_is_stored(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    answers = await asyncio.gather(*(sent(api, moc["id"]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    await until(lambda: len(s3.keys(bucket)) == 1)
    assert postgres.run(ROWS, database) == ["1|1|2"]
    assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == 7


async def test_both_routes_at_once_sum_up_all_lists(api: Api) -> None:
    moc = await api.create()
    calls: list[Any] = [sent(api, moc["id"], CSV, f"old-{number}.csv") for number in range(4)]
    calls += [api.upload(moc["id"], CSV, f"new-{number}.csv") for number in range(4)]
    assert {answer.status_code for answer in await asyncio.gather(*calls)} == {201, 202}
    await api.runtime.background.drain(15.0)
    assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == 56


async def test_when_the_database_goes_in_the_middle_nothing_is_left(
    open_api: Open, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    async with line_to(postgres.port) as line, open_api(postgres=postgres.address(database, line.port)) as api:
        moc = await api.create()
        line.cut_at(b"COPY ")
        assert_failure(await sent(api, moc["id"]), 503, "SERVICE_UNAVAILABLE")
        await line.behave()
        await api.runtime.background.drain(10.0)
        assert postgres.run(ROWS, database) == ["0|0|0"]
        # What could not be deleted while the database was away is still written down, for the sweep.
        left = postgres.run("SELECT key FROM file_leftovers", database)
        assert s3.keys(bucket) == left


@pytest.mark.parametrize("path", [PATH, "/api/mocs/{moc}/upload-parts-list"])
async def test_an_infected_file_is_422_and_leaves_nothing(
    open_api: Open, s3: Objects, bucket: str, postgres: Postgres, database: str, path: str
) -> None:
    async with fake_clamd() as clamd, open_api(clamd_endpoint=f"127.0.0.1:{clamd.port}") as api:
        moc = await api.create()
        path = path.replace("{moc}", moc["id"])
        for body, status, code in ((CSV + EICAR, 422, "MALWARE_DETECTED"), (CSV, None, "")):
            files = {"file": ("a.csv", body, "text/csv")}
            answer = await api.call("POST", path, data={"mocId": moc["id"]}, files=files)
            if status:
                assert_failure(answer, status, code)
                await nothing_is_left(api, s3, bucket, postgres, database)
            else:
                assert answer.status_code in (201, 202)
        assert [body for body in clamd.scanned if body] == [CSV + EICAR, CSV]
        await api.runtime.background.drain(10.0)
