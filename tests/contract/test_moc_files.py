"""Files of a MOC: what is taken, as what, under which name; deleted again, downloaded."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.contract import pictures
from tests.contract.client import CSV, NOBODYS, PDF, SECONDS, TIME, Side, deleted, failed, is_uuid, one
from tests.contract.direct import Sent, gone, key_of, stored
from tests.contract.moc_files import FILE_KEYS, JPEG, LIST, PLAN, PNG, STUDIO, WEBP, added, files_of, path_of, sent
from tests.contract.parts import JSON, XML, parsed
from tests.contract.upload_routes import MEBIBYTE, refused_as_too_large

DOWNLOAD_SECONDS = 900
# What is sent; what it is to its MOC; as what it is stored, under which extension.
KINDS = [
    (PLAN, "instruction", "application/pdf", "pdf"),
    (STUDIO, "instruction", "application/octet-stream", "io"),
    (LIST, "parts-list", "text/csv", "csv"),
    (Sent("parts.txt", CSV, "text/plain"), "parts-list", "text/plain", "txt"),
    (Sent("parts.json", JSON, "application/json"), "parts-list", "application/json", "json"),
    (Sent("parts.xml", XML, "text/xml"), "parts-list", "application/xml", "xml"),
    (JPEG, "thumbnail", "image/webp", "webp"),
    (PNG, "thumbnail", "image/webp", "webp"),
    (WEBP, "thumbnail", "image/webp", "webp"),
]


@pytest.mark.contract("files.kinds", "files.type", "files.one", "image.keys", "write.seen")
@pytest.mark.parametrize("said", [False, True], ids=["inferred", "said"])
@pytest.mark.parametrize(("file", "kind", "media_type", "extension"), KINDS, ids=lambda value: str(value)[:24])
def test_a_file_is_taken_for_what_it_is(
    others: Sequence[Side], file: Sent, kind: str, media_type: str, extension: str, said: bool
) -> None:
    moc = others[0].moc()
    field = "files" if said else "file"
    found = one(sent(others[0], moc, file, field=field, texts={"fileType": kind} if said else {}), 201)
    list_id = found.pop("partsListId", None)
    assert is_uuid(list_id) if kind == "parts-list" else list_id is None
    assert set(found) == FILE_KEYS
    assert TIME.fullmatch(found["createdAt"])
    told = (found["mocId"], found["fileType"], found["originalFilename"], found["mimeType"])
    assert told == (moc["id"], kind, file.name, media_type)
    assert key_of(found["fileUrl"]) == f"mocs/{moc['userId']}/{moc['id']}/{found['id']}.{extension}"
    assert [files_of(side, moc) for side in others] == [[found]] * len(others)
    if kind != "thumbnail":
        assert stored(others[0], found["fileUrl"]) == file.body


@pytest.mark.contract("files.type", "files.kinds", "type.by-bytes")
@pytest.mark.parametrize(
    ("file", "kind", "code"),
    [
        (PLAN, "manual", "VALIDATION_ERROR"),
        (PLAN, "gallery-image", "VALIDATION_ERROR"),
        (PLAN, "Instruction", "VALIDATION_ERROR"),
        (PLAN, "parts-list", "UNSUPPORTED_MEDIA_TYPE"),
        (PLAN, "thumbnail", "UNSUPPORTED_MEDIA_TYPE"),
        (LIST, "instruction", "UNSUPPORTED_MEDIA_TYPE"),
        (JPEG, "instruction", "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.gif", b"GIF89a\1\0\1\0\0\0\0;", "image/gif"), "thumbnail", "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.zip", STUDIO.body, "application/zip"), "instruction", "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.io", b"no archive", "application/octet-stream"), "instruction", "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.jpg", JPEG.body[:200], "image/jpeg"), "thumbnail", "VALIDATION_ERROR"),
        (Sent("a.pdf", b"", "application/pdf"), "instruction", "VALIDATION_ERROR"),
        (Sent("x" * 252 + ".pdf", PDF, "application/pdf"), "instruction", "VALIDATION_ERROR"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(side: Side, file: Sent, kind: str, code: str) -> None:
    moc = side.moc()
    wrong = "fileType" if kind in ("manual", "gallery-image", "Instruction") else None
    failed(sent(side, moc, file, texts={"fileType": kind}), code, wrong)
    assert one(side.get(path_of(moc))) == {**moc, "files": [], "images": [], "partsLists": []}


@pytest.mark.contract("files.thumbnail", "image.width", "image.metadata")
@pytest.mark.parametrize(
    ("file", "size"),
    [(JPEG, (64, 48)), (Sent("wide.png", pictures.png(2100, 300), "image/png"), (2048, 293))],
    ids=["small", "wide"],
)
def test_a_thumbnail_becomes_the_mocs_own(others: Sequence[Side], file: Sent, size: tuple[int, int]) -> None:
    moc = others[0].moc()
    url = added(others[0], moc, file)["fileUrl"]
    assert [one(side.get(path_of(moc)))["thumbnailUrl"] for side in others] == [url] * len(others)
    image = pictures.opened(stored(others[0], url))
    assert (image.get("vips-loader"), image.width, image.height) == ("webpload_buffer", *size)


@pytest.mark.contract("files.thumbnail", "files.delete")
def test_the_newest_thumbnail_counts_until_its_file_goes(side: Side) -> None:
    moc = side.moc()
    first, second = (added(side, moc, file) for file in (PNG, JPEG))
    added(side, moc, PLAN)
    assert one(side.get(path_of(moc)))["thumbnailUrl"] == second["fileUrl"]
    deleted(side.delete(f"{path_of(moc)}/files/{first['id']}"), first["id"])
    assert one(side.get(path_of(moc)))["thumbnailUrl"] == second["fileUrl"]
    deleted(side.delete(f"{path_of(moc)}/files/{second['id']}"), second["id"])
    assert "thumbnailUrl" not in one(side.get(path_of(moc)))


@pytest.mark.contract("files.parsed", "parts.in-moc", "list.sum")
@pytest.mark.parametrize("file", [LIST, Sent("a.json", JSON, "application/json"), Sent("a.xml", XML, "text/xml")])
def test_a_parts_list_sent_here_is_parsed_too(side: Side, file: Sent) -> None:
    moc = side.moc()
    found = added(side, moc, file)
    read = parsed(side, moc, found["partsListId"])
    assert (read["status"], read["totalParts"], read["rows"], read["fileId"]) == ("parsed", 7, 2, found["id"])
    assert one(side.get(path_of(moc)))["totalPieceCount"] == 7


@pytest.mark.contract("files.name-once")
def test_a_name_is_taken_once_by_a_moc(side: Side) -> None:
    moc, other = side.moc(), side.moc()
    first = added(side, moc, PLAN)
    failed(sent(side, moc, Sent(PLAN.name, PDF + b"\n", PLAN.declared)), "CONFLICT", "file")
    failed(sent(side, moc, PLAN, field="files"), "CONFLICT", "files")
    assert files_of(side, moc) == [first]
    added(side, other, PLAN)
    deleted(side.delete(f"{path_of(moc)}/files/{first['id']}"), first["id"])
    added(side, moc, PLAN)


@pytest.mark.contract("files.name-once")
@pytest.mark.parametrize("file", [PLAN, LIST, JPEG], ids=lambda file: file.name)
def test_a_race_for_a_name_has_one_winner(others: Sequence[Side], file: Sent) -> None:
    moc = others[0].moc()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: sent(others[number % len(others)], moc, file), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(files_of(others[0], moc)) == 1


@pytest.mark.contract("files.delete", "success.delete", "write.seen")
@pytest.mark.parametrize("file", [PLAN, LIST, JPEG], ids=lambda file: file.name)
def test_a_deleted_file_is_gone_with_its_bytes(others: Sequence[Side], file: Sent) -> None:
    moc = others[0].moc()
    found, kept = added(others[0], moc, file), added(others[0], moc, Sent("kept.pdf", PDF, "application/pdf"))
    path = f"{path_of(moc)}/files/{found['id']}"
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda number: others[number % len(others)].delete(path), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    deleted(next(answer for answer in answers if answer.status_code == 200), found["id"])
    for side in others:
        assert files_of(side, moc) == [kept]
        failed(side.get(f"{path}/download"), "NOT_FOUND")
    assert gone(others[0], key_of(found["fileUrl"]))
    assert stored(others[0], kept["fileUrl"]) == PDF


@pytest.mark.contract("mocs.delete")
def test_the_files_bytes_go_with_their_moc(side: Side) -> None:
    moc = side.moc()
    urls = [added(side, moc, file)["fileUrl"] for file in (PLAN, LIST, JPEG)]
    deleted(side.delete(path_of(moc)), moc["id"])
    assert [gone(side, key_of(url)) for url in urls] == [True] * 3


@pytest.mark.contract("files.download", "download.attachment")
@pytest.mark.parametrize(
    ("file", "saved_as", "media_type"),
    [(PLAN, "plan.pdf", "application/pdf"), (STUDIO, "model.io", "application/octet-stream"),
     (LIST, "parts.csv", "text/csv"), (JPEG, "front.webp", "image/webp")],
    ids=lambda value: str(value)[:24],
)  # fmt: skip
def test_a_download_leads_to_the_file_for_fifteen_minutes(
    side: Side, file: Sent, saved_as: str, media_type: str
) -> None:
    moc = side.moc()
    found, asked = added(side, moc, file), time.time()
    path = f"{path_of(moc)}/files/{found['id']}/download"
    redirect, told = side.get(path, follow_redirects=False), side.get(path, params={"format": "json"})
    data = one(told)
    assert (redirect.status_code, data["filename"], data["mimeType"]) == (302, saved_as, media_type)
    assert (data["expiresIn"], TIME.fullmatch(data["expiresAt"]) is None) == (DOWNLOAD_SECONDS, False)
    assert abs(datetime.fromisoformat(data["expiresAt"]).timestamp() - asked - DOWNLOAD_SECONDS) < SECONDS
    assert "no-store" in redirect.headers["cache-control"]
    assert "no-store" in told.headers["cache-control"]
    for url in (redirect.headers["location"], data["downloadUrl"]):
        assert abs(valid_seconds(url, asked) - DOWNLOAD_SECONDS) < SECONDS
        fetched = httpx.get(url, timeout=SECONDS)
        assert (fetched.status_code, fetched.content) == (200, stored(side, found["fileUrl"]))
        assert fetched.headers["content-type"].partition(";")[0] == media_type
        assert fetched.headers["content-disposition"].startswith(f'attachment; filename="{saved_as}"')


def valid_seconds(url: str, asked: float) -> float:
    """How long a presigned address is valid: newer signatures say it, older ones say until when."""
    given = httpx.URL(url).params
    return float(given["X-Amz-Expires"]) if "X-Amz-Expires" in given else float(given["Expires"]) - asked


@pytest.mark.contract("files.download")
@pytest.mark.parametrize("query", ["format=xml", "format=", "format=JSON", "format=json&format=json"])
def test_another_format_of_the_answer_is_400(side: Side, query: str) -> None:
    moc = side.moc()
    found = added(side, moc, PLAN)
    failed(side.get(f"{path_of(moc)}/files/{found['id']}/download?{query}"), "VALIDATION_ERROR", "format")


@pytest.mark.contract("files.one", "auth.statuses", "failure.codes", "id.uuid")
def test_what_an_upload_refuses(side: Side) -> None:
    moc = side.moc()
    path, form = f"{path_of(moc)}/files", {"file": PLAN.part()}
    failed(side.send(path, form, user=None), "UNAUTHORIZED")
    failed(side.send(path, form, user="eve"), "FORBIDDEN")
    failed(side.send(path.replace(moc["id"], NOBODYS), form), "NOT_FOUND")
    failed(side.send(path.replace(moc["id"], "7"), form), "VALIDATION_ERROR", "id")
    failed(side.send(path, {"image": PLAN.part()}), "VALIDATION_ERROR", "file")
    failed(side.send(path, form, {"fileType": ["instruction", "thumbnail"]}), "VALIDATION_ERROR", "fileType")
    failed(side.post(path, {"file": "plan.pdf"}), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.call("POST", path, content=b"x", headers={"Content-Type": "text/plain"}), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.get(path), "METHOD_NOT_ALLOWED")
    large = Sent("large.pdf", PDF.ljust(10 * MEBIBYTE + 1), "application/pdf")
    error = refused_as_too_large(side, sent(side, moc, large), len(large.body))
    assert error is None or path in [entry.get("presign") for entry in error["details"]]
    assert one(side.get(path_of(moc))) == {**moc, "files": [], "images": [], "partsLists": []}


@pytest.mark.contract("files.delete", "files.download", "auth.statuses", "auth.every-request", "id.uuid")
@pytest.mark.parametrize(("method", "below"), [("DELETE", ""), ("GET", "/download"), ("GET", "/download?format=json")])
def test_a_file_is_for_the_mocs_owner(side: Side, method: str, below: str) -> None:
    moc, other = side.moc(), side.moc()
    found = added(side, moc, PLAN)
    path = f"{path_of(moc)}/files/{found['id']}{below}"

    def call(path: str, user: str | None = "alice") -> httpx.Response:
        return side.call(method, path, user, follow_redirects=False)

    failed(call(path, None), "UNAUTHORIZED")
    failed(call(path, "eve"), "FORBIDDEN")
    failed(call(path.replace(found["id"], NOBODYS)), "NOT_FOUND")
    failed(call(path.replace(found["id"], NOBODYS), "eve"), "FORBIDDEN")
    failed(call(path.replace(moc["id"], NOBODYS)), "NOT_FOUND")
    failed(call(path.replace(moc["id"], other["id"])), "NOT_FOUND")
    failed(call(path.replace(found["id"], "7")), "VALIDATION_ERROR", "fileId")
    failed(call(path.replace(moc["id"], "7")), "VALIDATION_ERROR", "id")
    assert files_of(side, moc) == [found]
    assert call(path, "alice").status_code == (302 if below == "/download" else 200)


@pytest.mark.contract("admin", "files.delete", "files.download")
def test_an_admin_adds_sees_and_deletes_other_peoples_files(side: Side) -> None:
    moc = side.moc()
    plan, picture = added(side, moc, PLAN, "admin"), added(side, moc, JPEG, "admin")
    detail: dict[str, Any] = one(side.get(path_of(moc)))
    assert ([file["id"] for file in detail["files"]], detail["thumbnailUrl"]) == (
        [plan["id"], picture["id"]], picture["fileUrl"],
    )  # fmt: skip
    assert key_of(plan["fileUrl"]).startswith(f"mocs/{moc['userId']}/{moc['id']}/")
    assert side.get(f"{path_of(moc)}/files/{plan['id']}/download", "admin", follow_redirects=False).status_code == 302
    deleted(side.delete(f"{path_of(moc)}/files/{plan['id']}", "admin"), plan["id"])
    assert files_of(side, moc) == [picture]
