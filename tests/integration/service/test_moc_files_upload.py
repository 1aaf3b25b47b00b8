"""POST /api/mocs/{id}/files with one file: what it is told to be, or what its bytes are; or why it is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from service.search import indices
from tests.fakes.clamd import EICAR, fake_clamd
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.servers import send as ask
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.moc_file_samples import (
    CSV,
    JSON,
    NIL,
    PDF,
    SECRET,
    STUDIO,
    TXT,
    XML,
    Sent,
    detail,
    jpeg,
    nothing_is_left,
    picture,
    send,
    stored,
)
from tests.integration.service.test_parts_list_upload import lists_of


async def test_an_instruction_is_201_with_its_metadata_and_stored_as_it_is(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    await detail(api, moc)
    file = await stored(api, moc, PDF)
    key = f"mocs/alice/{moc['id']}/{file['id']}.pdf"
    assert file == {
        "id": file["id"],
        "mocId": moc["id"],
        "fileType": "instruction",
        "fileUrl": f"https://{bucket}.s3.amazonaws.com/{key}",
        "originalFilename": "build.pdf",
        "mimeType": "application/pdf",
        "createdAt": file["createdAt"],
    }
    assert (s3.keys(bucket), s3.read(bucket, key)) == ([key], PDF[1])
    assert (await detail(api, moc))["files"] == [file]
    assert postgres.run("SELECT count(*) FROM file_leftovers", database) == ["0"]


@pytest.mark.parametrize(
    ("file", "file_type", "media_type"),
    [
        (PDF, "instruction", "application/pdf"),
        (("b.PDF", PDF[1], "application/octet-stream"), "instruction", "application/pdf"),
        (STUDIO, "instruction", "application/octet-stream"),
        (("m.io", STUDIO[1], "application/zip"), "instruction", "application/octet-stream"),
        (CSV, "parts-list", "text/csv"),
        (("p.csv", CSV[1], "application/vnd.ms-excel"), "parts-list", "text/csv"),
        (TXT, "parts-list", "text/plain"),
        (JSON, "parts-list", "application/json"),
        (XML, "parts-list", "application/xml"),
        (jpeg(), "thumbnail", "image/webp"),
        (("a.png", picture("png"), "image/png"), "thumbnail", "image/webp"),
        (("a.webp", picture("webp"), "image/webp"), "thumbnail", "image/webp"),
    ],
)
@pytest.mark.parametrize("told", [True, False])
async def test_what_a_file_is_can_be_said_or_left_to_its_bytes(
    api: Api, file: Sent, file_type: str, media_type: str, told: bool
) -> None:
    moc = await api.create()
    found = await stored(api, moc, file, fields={"fileType": file_type} if told else {"fileType": "", "other": "x"})
    assert (found["fileType"], found["mimeType"], found["originalFilename"]) == (file_type, media_type, file[0])
    await api.runtime.background.drain(10.0)


@pytest.mark.parametrize("field", ["file", "files"])
async def test_the_file_may_come_in_either_field(api: Api, field: str) -> None:
    moc = await api.create()
    assert (await stored(api, moc, PDF, field=field))["originalFilename"] == "build.pdf"


@pytest.mark.parametrize("file", [CSV, TXT, JSON, XML])
async def test_a_parts_list_sent_here_is_parsed_too(api: Api, file: Sent) -> None:
    moc = await api.create()
    found = await stored(api, moc, file)
    (parts_list,) = await lists_of(api, moc)
    assert (parts_list["id"], parts_list["fileId"]) == (found["partsListId"], found["id"])
    assert parts_list["status"] == "parsed"
    assert (await detail(api, moc))["totalPieceCount"] == parts_list["totalParts"]


async def test_a_list_that_cannot_be_read_is_stored_and_marked_failed(api: Api) -> None:
    moc = await api.create()
    await stored(api, moc, ("notes.txt", b"nothing here\n", "text/plain"))
    assert [one["status"] for one in await lists_of(api, moc)] == ["failed"]


async def test_a_thumbnail_becomes_the_cover_without_its_metadata(
    api: Api, s3: Objects, bucket: str, index: str
) -> None:
    moc = await api.create()
    await detail(api, moc)
    file = await stored(api, moc, jpeg("front.jpeg", width=2500, height=60), fields={"fileType": "thumbnail"})
    key = f"mocs/alice/{moc['id']}/{file['id']}.webp"
    body = s3.read(bucket, key)
    assert body[:4] + body[8:12] == b"RIFFWEBP"
    assert SECRET.encode() not in body
    found = await detail(api, moc)
    assert found["thumbnailUrl"] == file["fileUrl"] == f"https://{bucket}.s3.amazonaws.com/{key}"
    assert found["updatedAt"] > moc["updatedAt"]
    assert (await api.get("/api/mocs")).json()["data"][0]["thumbnailUrl"] == file["fileUrl"]
    await api.runtime.background.drain(10.0)
    document = ask("GET", f"{index}/_doc/{moc['id']}", None)["_source"]
    assert index.endswith(indices.MOCS)
    assert (document["thumbnailUrl"], document["updatedAt"]) == (file["fileUrl"], found["updatedAt"])


async def test_a_newer_thumbnail_takes_its_place_and_both_files_stay(api: Api) -> None:
    moc = await api.create()
    await stored(api, moc, jpeg("a.jpg"))
    second = await stored(api, moc, jpeg("b.jpg"))
    found = await detail(api, moc)
    assert found["thumbnailUrl"] == second["fileUrl"]
    assert len(found["files"]) == 2


async def test_other_files_change_nothing_of_the_moc(api: Api) -> None:
    moc = await api.create()
    await stored(api, moc, PDF)
    found = await detail(api, moc)
    assert {key: found[key] for key in moc} == moc


@pytest.mark.parametrize(
    ("file", "fields", "status", "code"),
    [
        (PDF, {"fileType": "manual"}, 400, "VALIDATION_ERROR"),
        (PDF, {"fileType": "gallery-image"}, 400, "VALIDATION_ERROR"),
        (PDF, {"fileType": "parts-list"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (CSV, {"fileType": "instruction"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (PDF, {"fileType": "thumbnail"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (jpeg(), {"fileType": "parts-list"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.pdf", b"<html><script>1</script>", "application/pdf"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.pdf", b"MZ\x90", "application/pdf"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.exe", b"MZ\x90", "application/octet-stream"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.exe", PDF[1], "application/pdf"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.pdf", PDF[1], "text/html"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.zip", STUDIO[1], "application/zip"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.io", b"no archive", "application/octet-stream"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.svg", b"<svg/>", "image/svg+xml"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.gif", b"GIF89a", "image/gif"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.heic", b"\0\0\0\x18ftypheic", "image/heic"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.png", picture("jpeg"), "image/png"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.jpg", picture("jpeg"), "image/png"), {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("a.jpg", picture("jpeg")[:200], "image/jpeg"), {}, 400, "VALIDATION_ERROR"),
        (("a.csv", b"", "text/csv"), {}, 400, "VALIDATION_ERROR"),
        (("x" * 252 + ".csv", CSV[1], "text/csv"), {}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_what_does_not_fit_is_refused_and_leaves_nothing(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str,
    file: Sent, fields: Mapping[str, str], status: int, code: str,
) -> None:  # fmt: skip
    moc = await api.create()
    assert_failure(await send(api, moc, file, fields=fields), status, code)
    assert s3.keys(bucket) == []
    assert nothing_is_left(postgres, database)
    assert "thumbnailUrl" not in await detail(api, moc)


async def test_a_form_without_a_file_is_400_and_one_with_eleven(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}/files"
    none = await api.call("POST", path, data={"fileType": "instruction"}, files={"image": PDF})
    assert_failure(none, 400, "VALIDATION_ERROR", "file")
    eleven = await send(api, moc, *((f"{n}.pdf", PDF[1], PDF[2]) for n in range(11)))
    assert "at most 10" in assert_failure(eleven, 400, "VALIDATION_ERROR", "file")["message"]
    assert s3.keys(bucket) == []


@pytest.mark.parametrize(("body", "kind"), [(b"{}", "application/json"), (b"x", "text/plain"), (b"", None)])
async def test_what_is_no_form_is_415(api: Api, body: bytes, kind: str | None) -> None:
    moc = await api.create()
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await api.call("POST", f"/api/mocs/{moc['id']}/files", content=body, headers=headers)
    assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_kind_that_is_named_twice_is_400(api: Api) -> None:
    moc = await api.create()
    answer = await send(api, moc, PDF, fields={"fileType": ["instruction", "thumbnail"]})
    assert_failure(answer, 400, "VALIDATION_ERROR", "fileType")


async def test_ten_megabytes_are_taken_a_byte_more_is_413_and_names_the_way_past_it(
    api: Api, s3: Objects, bucket: str
) -> None:
    moc = await api.create()
    full = PDF[1].ljust(10 * 2**20, b" ")
    await stored(api, moc, ("full.pdf", full, PDF[2]))
    error = assert_failure(await send(api, moc, ("more.pdf", full + b" ", PDF[2])), 413, "PAYLOAD_TOO_LARGE")
    assert [d["presign"] for d in error["details"] if "presign" in d] == [f"/api/mocs/{moc['id']}/files"]
    assert len(s3.keys(bucket)) == 1


async def test_more_than_fifty_megabytes_in_a_request_are_413(api: Api) -> None:
    moc = await api.create()
    files = [(f"{n}.pdf", PDF[1].ljust(9 * 2**20, b" "), PDF[2]) for n in range(6)]
    error = assert_failure(await send(api, moc, *files), 413, "PAYLOAD_TOO_LARGE")
    assert [d["presign"] for d in error["details"]] == [f"/api/mocs/{moc['id']}/files"]


async def test_the_same_name_twice_is_409_and_the_first_stays(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create()
    first = await stored(api, moc, PDF)
    error = assert_failure(await send(api, moc, PDF), 409, "CONFLICT", "file")
    assert "build.pdf" in error["details"][0]["message"]
    assert_failure(await send(api, moc, ("build.pdf", PDF[1] + b"2", PDF[2])), 409, "CONFLICT", "file")
    await stored(api, moc, CSV)
    assert_failure(await send(api, moc, CSV), 409, "CONFLICT", "file")
    assert first["id"] in [file["id"] for file in (await detail(api, moc))["files"]]
    assert len(s3.keys(bucket)) == 2
    await api.runtime.background.drain(10.0)


async def test_somebody_elses_moc_is_403_an_unknown_one_404_a_malformed_id_400_and_nobody_401(
    api: Api, s3: Objects, bucket: str
) -> None:
    moc = await api.create("bob")
    assert_failure(await send(api, moc, PDF), 403, "FORBIDDEN")
    assert_failure(await send(api, {"id": NIL}, PDF), 404, "NOT_FOUND")
    assert_failure(await send(api, {"id": "x"}, PDF), 400, "VALIDATION_ERROR", "id")
    nobody = await api.call("POST", f"/api/mocs/{moc['id']}/files", None, files={"file": PDF})
    assert_failure(nobody, 401, "UNAUTHORIZED")
    assert s3.keys(bucket) == []


async def test_whose_it_is_comes_before_what_it_is(api: Api) -> None:
    moc = await api.create("bob")
    answer = await api.call("POST", f"/api/mocs/{moc['id']}/files", content=b"x")
    assert_failure(answer, 403, "FORBIDDEN")


async def test_an_admin_may_and_the_file_and_the_cover_are_the_owners(api: Api, s3: Objects, bucket: str) -> None:
    moc = await api.create("bob")
    await detail(api, moc, "bob")
    file = await stored(api, moc, jpeg(), sub="admin")
    assert s3.keys(bucket)[0].startswith(f"mocs/bob/{moc['id']}/")
    found = await detail(api, moc, "bob")
    assert (found["thumbnailUrl"], found["files"]) == (file["fileUrl"], [file])


async def test_a_virus_is_422_and_an_absent_scanner_503_and_neither_leaves_anything(
    open_api: Open, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    async with fake_clamd() as clamd, open_api(clamd_endpoint=f"127.0.0.1:{clamd.port}") as api:
        moc = await api.create()
        assert_failure(await send(api, moc, ("a.pdf", PDF[1] + EICAR, PDF[2])), 422, "MALWARE_DETECTED")
        assert_failure(await send(api, moc, ("a.csv", EICAR, CSV[2])), 422, "MALWARE_DETECTED")
        clamd.says = b"ERROR\0"
        assert_failure(await send(api, moc, PDF), 503, "SERVICE_UNAVAILABLE")
        assert s3.keys(bucket) == []
        assert nothing_is_left(postgres, database)
        clamd.says = None
        await stored(api, moc, PDF)
        assert clamd.scanned[-1] == PDF[1]


@pytest.mark.parametrize(
    ("sent", "kept"), [("../../etc/x.pdf", "x.pdf"), ("C:\\Users\\ada\\x.pdf", "x.pdf"), ("ü 🧱.pdf", "ü 🧱.pdf")]
)
async def test_a_file_name_is_kept_but_never_used_as_a_path(
    api: Api, s3: Objects, bucket: str, sent: str, kept: str
) -> None:
    moc = await api.create()
    file = await stored(api, moc, (sent, PDF[1], PDF[2]))
    assert file["originalFilename"] == kept
    assert s3.keys(bucket) == [f"mocs/alice/{moc['id']}/{file['id']}.pdf"]


async def test_an_old_row_of_that_name_is_in_the_way_too(api: Api, postgres: Postgres, database: str) -> None:
    moc = await api.create()
    insert = "INSERT INTO moc_files (moc_id, file_type, file_url, original_filename)"
    postgres.run(f"{insert} VALUES ('{moc['id']}', 'instruction', '/uploads/a.pdf', 'build.pdf')", database)
    assert_failure(await send(api, moc, PDF), 409, "CONFLICT", "file")


async def test_files_are_stored_without_the_cache_and_without_search(open_api: Open, s3: Objects, bucket: str) -> None:
    async with open_api(redis_endpoint="127.0.0.1:1", opensearch_endpoint="http://127.0.0.1:1") as api:
        moc = await api.create()
        await stored(api, moc, jpeg())
        assert len((await detail(api, moc))["files"]) == 1
        await until(lambda: len(s3.keys(bucket)) == 1)


async def test_on_lambda_it_is_the_same(open_api: Open, s3: Objects, bucket: str) -> None:
    async with open_api(on_lambda=True) as api:
        moc = await api.create()
        data: Any = await stored(api, moc, PDF, CSV, jpeg(), STUDIO, TXT)
        assert (len(data["uploaded"]), data["failed"]) == (5, [])
        assert len(s3.keys(bucket)) == 5
