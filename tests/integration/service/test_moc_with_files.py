"""POST /api/mocs/with-files: the web client's create call: the MOC with all of its files, or nothing at all."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from httpx import Response

from cutover.rehearsal.stack.ports import LOOPBACK
from tests.fakes.clamd import EICAR, fake_clamd
from tests.fakes.faulty_line import FaultyLine, line_to
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.servers import send as ask
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.moc_file_samples import (
    CSV,
    JSON,
    PDF,
    SECRET,
    STUDIO,
    Sent,
    detail,
    jpeg,
    names,
    nothing_is_left,
    picture,
)
from tests.integration.service.test_parts_list_upload import lists_of

PATH = "/api/mocs/with-files"
MOC = {"type": "moc", "title": "Falcon", "author": "Ada"}
Files = list[tuple[str, Sent]]
INSTRUCTION: Files = [("instructionsFile", PDF)]


async def create(api: Api, files: Files, fields: Mapping[str, Any] = MOC, sub: str | None = "alice") -> Response:
    return await api.call("POST", PATH, sub, data=dict(fields), files=files)


async def created(api: Api, files: Files, **fields: Any) -> dict[str, Any]:
    answer = await create(api, files, {**MOC, **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def assert_nothing_was_created(api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str) -> None:
    await api.runtime.background.drain(10.0)
    assert (await api.get("/api/mocs")).json()["total"] == 0
    assert s3.keys(bucket) == []
    assert nothing_is_left(postgres, database)


async def test_everything_is_stored_and_the_answer_is_what_the_detail_says(
    api: Api, s3: Objects, bucket: str, index: str
) -> None:
    assert (await api.get("/api/mocs")).json()["total"] == 0
    files: Files = [
        *INSTRUCTION, ("instructionsFile", STUDIO), ("partsLists", CSV), ("partsLists", JSON),
        ("images", jpeg("front.jpg")), ("images", ("back.png", picture("png"), "image/png")),
    ]  # fmt: skip
    body = await created(
        api, files, setNumber="MOC-1", partsCount="1200", theme="Space", subtheme="Ships", brand="", releaseYear="2020",
        retired="false", uploadedDate="2025-01-02T03:04:05.678Z", description="line one\nline two",
        tags='["space", "ship"]', unknown="x",
    )  # fmt: skip
    assert set(body) == {"success", "data", "message", "moc"}
    data = body["data"]
    assert {key: data[key] for key in data if key not in ("files", "images", "partsLists")} == {
        "id": data["id"], "userId": "alice", "title": "Falcon", "type": "moc", "author": "Ada", "setNumber": "MOC-1",
        "partsCount": 1200, "theme": "Space", "subtheme": "Ships", "releaseYear": 2020, "retired": False,
        "uploadedDate": "2025-01-02T03:04:05.678Z", "description": "line one\nline two", "tags": ["space", "ship"],
        "thumbnailUrl": data["thumbnailUrl"], "createdAt": data["createdAt"], "updatedAt": data["createdAt"],
    }  # fmt: skip
    assert [(f["originalFilename"], f["fileType"], f["mimeType"]) for f in data["files"]] == [
        ("build.pdf", "instruction", "application/pdf"),
        ("model.io", "instruction", "application/octet-stream"),
        ("parts.csv", "parts-list", "text/csv"),
        ("parts.json", "parts-list", "application/json"),
        ("front.jpg", "thumbnail", "image/webp"),
        ("back.png", "gallery-image", "image/webp"),
    ]
    assert data["thumbnailUrl"] == data["files"][4]["fileUrl"]
    assert (data["images"], [one["status"] for one in data["partsLists"]]) == ([], ["pending", "pending"])
    assert len(s3.keys(bucket)) == 6
    assert sorted(one["totalParts"] for one in await lists_of(api, data)) == [4, 7]
    found = await detail(api, data)
    assert found["files"] == data["files"]
    assert found["totalPieceCount"] == 11
    assert (await api.get("/api/mocs")).json()["total"] == 1
    await api.runtime.background.drain(10.0)
    assert ask("GET", f"{index}/_doc/{data['id']}", None)["_source"]["thumbnailUrl"] == data["thumbnailUrl"]


async def test_old_clients_find_the_moc_with_its_files_and_their_images(api: Api) -> None:
    body = await created(api, [*INSTRUCTION, ("images", jpeg("a.jpg")), ("images", jpeg("b.jpg"))])
    moc, data = body["moc"], body["data"]
    assert body["message"]
    assert {k: v for k, v in moc.items() if k != "images"} == {k: v for k, v in data.items() if k != "images"}
    assert moc["images"] == [
        {"id": f["id"], "url": f["fileUrl"], "alt": f["originalFilename"], "caption": f["originalFilename"]}
        for f in data["files"][1:]
    ]


async def test_one_instruction_is_enough_and_a_set_can_be_created_too(api: Api) -> None:
    answer = await create(api, INSTRUCTION, {"type": "set", "title": "Castle", "brand": "LEGO", "retired": "true"})
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert (data["type"], data["brand"], data["retired"]) == ("set", "LEGO", True)
    assert "thumbnailUrl" not in data


@pytest.mark.parametrize("tags", ['["a", "b"]', "a, b", ["a", "b"]])
async def test_tags_come_as_json_with_commas_or_repeated(api: Api, tags: Any) -> None:
    assert (await created(api, INSTRUCTION, tags=tags))["data"]["tags"] == ["a", "b"]


async def test_pictures_lose_what_the_camera_wrote(api: Api, s3: Objects, bucket: str) -> None:
    await created(api, [*INSTRUCTION, ("images", jpeg("a.jpg")), ("images", jpeg("b.jpg"))])
    pictures = [s3.read(bucket, key) for key in s3.keys(bucket) if key.endswith(".webp")]
    assert [SECRET.encode() in body for body in pictures] == [False, False]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": None}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"type": "model"}, "type"),
        ({"type": None}, "type"),
        ({"author": None}, "author"),
        ({"type": "set"}, "brand"),
        ({"partsCount": "0"}, "partsCount"),
        ({"partsCount": "many"}, "partsCount"),
        ({"releaseYear": "1931"}, "releaseYear"),
        ({"releaseYear": "9999"}, "releaseYear"),
        ({"retired": "perhaps"}, "retired"),
        ({"uploadedDate": "yesterday"}, "uploadedDate"),
        ({"tags": "[1"}, "tags"),
        ({"tags": '["a", 1]'}, "tags"),
        ({"tags": ",".join("abcdefghijklmnopqrstu")}, "tags"),
        ({"title": ["a", "b"]}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"theme": "a\x00b"}, "theme"),
    ],
)
async def test_a_field_that_does_not_fit_is_400_and_named(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, fields: dict[str, Any], field: str
) -> None:
    given = {key: value for key, value in {**MOC, **fields}.items() if value is not None}
    assert_failure(await create(api, INSTRUCTION, given), 400, "VALIDATION_ERROR", field)
    await assert_nothing_was_created(api, s3, bucket, postgres, database)


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ([], "instructionsFile"),
        ([("images", jpeg())], "instructionsFile"),
        ([("file", PDF)], "instructionsFile"),
        ([("instructionsFile", (f"{n}.pdf", *PDF[1:])) for n in range(11)], "instructionsFile"),
        ([*INSTRUCTION, *(("partsLists", (f"{n}.csv", *CSV[1:])) for n in range(11))], "partsLists"),
        ([*INSTRUCTION, *(("images", jpeg(f"{n}.jpg")) for n in range(4))], "images"),
    ],
)
async def test_too_few_or_too_many_files_are_400(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, files: Files, field: str
) -> None:
    sent = files or [("other", PDF)]
    assert_failure(await create(api, sent), 400, "VALIDATION_ERROR", field)
    await assert_nothing_was_created(api, s3, bucket, postgres, database)


@pytest.mark.parametrize(
    ("bad", "status", "code"),
    [
        (("instructionsFile", ("a.exe", b"MZ", "application/octet-stream")), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("instructionsFile", ("b.csv", *CSV[1:])), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("partsLists", ("b.pdf", *PDF[1:])), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("images", ("a.gif", b"GIF89a", "image/gif")), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("images", ("a.jpg", picture()[:200], "image/jpeg")), 400, "VALIDATION_ERROR"),
        (("images", ("a.jpg", b"", "image/jpeg")), 400, "VALIDATION_ERROR"),
        (("instructionsFile", ("a.pdf", PDF[1].ljust(10 * 2**20 + 1), PDF[2])), 413, "PAYLOAD_TOO_LARGE"),
        (("instructionsFile", PDF), 409, "CONFLICT"),
        (("partsLists", ("build.pdf", *CSV[1:])), 409, "CONFLICT"),
    ],
)
async def test_one_bad_file_undoes_everything_and_is_named(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str,
    bad: tuple[str, Sent], status: int, code: str,
) -> None:  # fmt: skip
    files = [*INSTRUCTION, ("partsLists", CSV), ("images", jpeg("cover.jpg")), bad]
    error = assert_failure(await create(api, files), status, code)
    (entry,) = error["details"]
    assert (entry["field"], entry["name"], entry["code"]) == (bad[0], bad[1][0], code)
    assert entry["message"]
    await assert_nothing_was_created(api, s3, bucket, postgres, database)


async def test_several_bad_files_are_told_together(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    files = [
        *INSTRUCTION,
        ("partsLists", ("a.exe", b"MZ", "x/y")),
        ("images", ("b.jpg", picture()[:200], "image/jpeg")),
    ]
    error = assert_failure(await create(api, files), 400, "VALIDATION_ERROR")
    assert [(entry["name"], entry["code"]) for entry in error["details"]] == [
        ("a.exe", "UNSUPPORTED_MEDIA_TYPE"),
        ("b.jpg", "VALIDATION_ERROR"),
    ]
    await assert_nothing_was_created(api, s3, bucket, postgres, database)


async def test_a_taken_title_is_409_before_anything_is_looked_at(open_api: Open, s3: Objects, bucket: str) -> None:
    async with fake_clamd() as clamd, open_api(clamd_endpoint=f"127.0.0.1:{clamd.port}") as api:
        await api.create()
        assert_failure(await create(api, INSTRUCTION, {**MOC, "title": " Falcon "}), 409, "CONFLICT", "title")
        assert (await create(api, INSTRUCTION, sub="bob")).status_code == 201
        assert clamd.scanned == [PDF[1]]
    assert len(s3.keys(bucket)) == 1


async def test_of_four_of_one_title_at_once_one_is_created_and_only_its_objects_stay(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    files: Files = [*INSTRUCTION, ("images", jpeg())]
    answers = await asyncio.gather(*(create(api, files) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    await api.runtime.background.drain(10.0)
    await until(lambda: len(s3.keys(bucket)) == 2)
    assert postgres.run("SELECT (SELECT count(*) FROM moc_files), (SELECT count(*) FROM file_leftovers)", database) == [
        "2|0"
    ]


async def test_a_parts_list_that_cannot_be_read_undoes_nothing(api: Api) -> None:
    body = await created(api, [*INSTRUCTION, ("partsLists", ("notes.txt", b"nothing here\n", "text/plain"))])
    assert [one["status"] for one in await lists_of(api, body["data"])] == ["failed"]
    assert names((await detail(api, body["data"]))["files"]) == ["build.pdf", "notes.txt"]


async def test_a_virus_is_422_and_nothing_is_created(
    open_api: Open, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    async with fake_clamd() as clamd, open_api(clamd_endpoint=f"127.0.0.1:{clamd.port}") as api:
        files: Files = [*INSTRUCTION, ("partsLists", ("a.csv", CSV[1] + EICAR, CSV[2]))]
        error = assert_failure(await create(api, files), 422, "MALWARE_DETECTED")
        assert [entry["name"] for entry in error["details"]] == ["a.csv"]
        await assert_nothing_was_created(api, s3, bucket, postgres, database)


async def test_without_s3_it_is_503_and_nothing_is_created(
    open_api: Open, moto: str, monkeypatch: pytest.MonkeyPatch, postgres: Postgres, database: str, s3: Objects,
    bucket: str,
) -> None:  # fmt: skip
    line: FaultyLine
    async with line_to(int(moto.rpartition(":")[2])) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{LOOPBACK}:{line.port}")
        async with open_api() as api:
            await line.refuse()
            assert_failure(await create(api, [*INSTRUCTION, ("images", jpeg())]), 503, "SERVICE_UNAVAILABLE")
            await line.behave()
            await api.runtime.background.drain(10.0)
            postgres.run("UPDATE file_leftovers SET due_at = '2000-01-01'", database)
            await api.runtime.files.sweep()
            await assert_nothing_was_created(api, s3, bucket, postgres, database)
            await created(api, INSTRUCTION)


async def test_nobody_is_401_and_what_is_no_form_415(api: Api) -> None:
    assert_failure(await create(api, INSTRUCTION, sub=None), 401, "UNAUTHORIZED")
    assert_failure(await api.post(PATH, MOC), 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_an_admin_creates_for_itself(api: Api) -> None:
    assert (await create(api, INSTRUCTION, sub="admin")).json()["data"]["userId"] == "admin"


async def test_more_than_fifty_megabytes_are_413(api: Api) -> None:
    files: Files = [("instructionsFile", (f"{n}.pdf", PDF[1].ljust(9 * 2**20), PDF[2])) for n in range(6)]
    assert_failure(await create(api, files), 413, "PAYLOAD_TOO_LARGE")


async def test_twenty_three_files_go_through_the_one_connection_of_a_lambda_environment(open_api: Open) -> None:
    files: Files = [
        *(("instructionsFile", (f"{n}.pdf", *PDF[1:])) for n in range(10)),
        *(("partsLists", (f"{n}.csv", *CSV[1:])) for n in range(10)),
        *(("images", jpeg(f"{n}.jpg")) for n in range(3)),
    ]
    async with open_api(on_lambda=True) as api:
        assert len((await created(api, files))["data"]["files"]) == 23
