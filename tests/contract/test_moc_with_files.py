"""POST /api/mocs/with-files, the web client's create call: the MOC with all of its files, or nothing."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.contract.client import CSV, PDF, Side, failed, listed, new_moc, one, unique
from tests.contract.direct import Sent, stored
from tests.contract.moc_files import JPEG, LIST, PLAN, PNG, STUDIO, WEBP, files_of, path_of
from tests.contract.parts import JSON, parsed
from tests.contract.upload_routes import MEBIBYTE, refused_as_too_large

PATH = "/api/mocs/with-files"
FIELDS = {
    "description": "Grey\nand large",
    "partsCount": "1200",
    "theme": "Space",
    "subtheme": "Classic",
    "setNumber": "MOC-172552",
    "releaseYear": "2020",
    "retired": "false",
    "uploadedDate": "2025-11-02T10:15:30.123Z",
    "tags": json.dumps(["grey", "star wars"]),
}
AS_JSON = {**FIELDS, "partsCount": 1200, "releaseYear": 2020, "retired": False, "tags": ["grey", "star wars"]}
Files = Sequence[tuple[str, Sent]]
PLANS: Files = [("instructionsFile", PLAN)]


def create(side: Side, files: Files, user: str | None = "alice", **fields: Any) -> httpx.Response:
    texts = {name: value for name, value in {**new_moc(), **fields}.items() if value is not None}
    return side.send(PATH, [(field, file.part()) for field, file in files], texts, user)


def numbered(field: str, file: Sent, count: int) -> Files:
    end = file.name.rpartition(".")[2]
    return [(field, Sent(f"{field}{number}.{end}", file.body, file.declared)) for number in range(count)]


def is_free(side: Side, title: str) -> bool:
    """Whether no MOC was created under that title: then one can be."""
    return create(side, PLANS, title=title).status_code == 201


@pytest.mark.contract("with-files", "success.old-keys", "write.seen")
def test_a_moc_comes_with_all_its_files(others: Sequence[Side]) -> None:
    side = others[0]
    files = [*PLANS, ("instructionsFile", STUDIO), ("partsLists", LIST),
             ("partsLists", Sent("more.json", JSON, "application/json")), ("images", JPEG), ("images", PNG),
             ("images", WEBP)]  # fmt: skip
    answer = create(side, files, **FIELDS)
    data, body = one(answer, 201), answer.json()
    assert {name: data[name] for name in AS_JSON} == AS_JSON
    assert [file["originalFilename"] for file in data["files"]] == [file.name for _, file in files]
    assert [file["fileType"] for file in data["files"]][:5] == ["instruction"] * 2 + ["parts-list"] * 2 + ["thumbnail"]
    assert data["thumbnailUrl"] == data["files"][4]["fileUrl"]
    assert len(data["partsLists"]) == 2
    assert body["message"]
    assert (body["moc"]["id"], body["moc"]["files"]) == (data["id"], data["files"])
    assert [image["url"] for image in body["moc"]["images"]] == [file["fileUrl"] for file in data["files"][4:]]
    assert [parsed(side, data, found["id"])["totalParts"] for found in data["partsLists"]] == [7, 7]
    for seen in others:
        detail = one(seen.get(path_of(data)))
        assert (detail["files"], detail["totalPieceCount"]) == (data["files"], 14)
        assert data["id"] in [moc["id"] for moc in listed(seen.get("/api/mocs"))]
    assert stored(side, data["files"][0]["fileUrl"]) == PDF


@pytest.mark.contract("with-files", "mocs.create.required")
def test_a_set_and_one_instruction_are_enough(side: Side) -> None:
    data = one(create(side, PLANS, type="set", author=None, brand="LEGO", retired="true"), 201)
    assert (data["type"], data["brand"], data["retired"]) == ("set", "LEGO", True)
    assert (len(data["files"]), data["partsLists"], data["images"]) == (1, [], [])
    assert "thumbnailUrl" not in data


@pytest.mark.contract("with-files.bounds")
def test_as_many_files_as_may_be(side: Side) -> None:
    files = [*numbered("instructionsFile", PLAN, 10), *numbered("partsLists", LIST, 10), *numbered("images", JPEG, 3)]
    data = one(create(side, files), 201)
    assert (len(data["files"]), len(data["partsLists"])) == (23, 10)


@pytest.mark.contract("with-files.bounds")
@pytest.mark.parametrize(
    ("files", "field"),
    [
        ([], "instructionsFile"),
        ([("images", JPEG)], "instructionsFile"),
        ([("file", PLAN)], "instructionsFile"),
        (numbered("instructionsFile", PLAN, 11), "instructionsFile"),
        ([*PLANS, *numbered("partsLists", LIST, 11)], "partsLists"),
        ([*PLANS, *numbered("images", JPEG, 4)], "images"),
    ],
    ids=["none", "images only", "another field", "instructions", "partsLists", "images"],
)
def test_too_few_or_too_many_files(side: Side, files: Files, field: str) -> None:
    title = unique("Falcon")
    failed(create(side, files or [("other", PLAN)], title=title), "VALIDATION_ERROR", field)
    assert is_free(side, title)


@pytest.mark.contract("with-files", "mocs.create.bounds")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", None),
        ("title", "x" * 201),
        ("type", "kit"),
        ("author", None),
        ("partsCount", "0"),
        ("partsCount", "many"),
        ("releaseYear", "1931"),
        ("retired", "perhaps"),
        ("uploadedDate", "yesterday"),
        ("tags", "[1"),
        ("tags", '["a", 1]'),
        ("tags", json.dumps(["x"] * 21)),
        ("description", "x" * 5001),
        ("theme", "a\x00b"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_field_that_does_not_fit(side: Side, field: str, value: Any) -> None:
    details = failed(create(side, PLANS, **{field: value}), "VALIDATION_ERROR")["details"]
    assert [entry["field"].partition("[")[0] for entry in details] == [field]


@pytest.mark.contract("with-files", "mocs.title-once")
def test_a_title_that_is_taken(side: Side) -> None:
    moc = side.moc()
    failed(create(side, PLANS, title=f" {moc['title']} "), "CONFLICT", "title")
    assert files_of(side, moc) == []
    assert one(create(side, PLANS, "eve", title=moc["title"]), 201)["title"] == moc["title"]


@pytest.mark.contract("with-files", "type.by-bytes", "files.name-once")
@pytest.mark.parametrize(
    ("field", "file", "code"),
    [
        ("instructionsFile", Sent("a.exe", b"MZ" + b"\0" * 40, "application/octet-stream"), "UNSUPPORTED_MEDIA_TYPE"),
        ("instructionsFile", Sent("b.csv", CSV, "text/csv"), "UNSUPPORTED_MEDIA_TYPE"),
        ("partsLists", Sent("b.pdf", PDF, "application/pdf"), "UNSUPPORTED_MEDIA_TYPE"),
        ("images", Sent("a.gif", b"GIF89a\1\0\1\0\0\0\0;", "image/gif"), "UNSUPPORTED_MEDIA_TYPE"),
        ("images", Sent("a.jpg", JPEG.body[:200], "image/jpeg"), "VALIDATION_ERROR"),
        ("partsLists", Sent("a.csv", b"", "text/csv"), "VALIDATION_ERROR"),
        ("instructionsFile", PLAN, "CONFLICT"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_one_bad_file_undoes_everything(side: Side, field: str, file: Sent, code: str) -> None:
    title = unique("Falcon")
    files = [*PLANS, ("partsLists", LIST), ("images", PNG), (field, file)]
    (entry,) = failed(create(side, files, title=title), code)["details"]
    assert (entry["field"], entry["name"], entry["code"]) == (field, file.name, code)
    assert is_free(side, title)


@pytest.mark.contract("with-files", "list.failed")
def test_a_list_without_a_good_row_undoes_nothing(side: Side) -> None:
    data = one(create(side, [*PLANS, ("partsLists", Sent("a.txt", b"hello\n", "text/plain"))]), 201)
    (shown,) = data["partsLists"]
    assert parsed(side, data, shown["id"])["status"] == "failed"
    assert len(files_of(side, data)) == 2


@pytest.mark.contract("with-files", "failure.codes", "auth.statuses", "limits")
def test_what_is_refused(side: Side) -> None:
    failed(create(side, PLANS, None), "UNAUTHORIZED")
    failed(side.post(PATH, new_moc()), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.get(PATH), "METHOD_NOT_ALLOWED")
    title = unique("Falcon")
    large = Sent("large.pdf", PDF.ljust(10 * MEBIBYTE + 1), "application/pdf")
    refused_as_too_large(side, create(side, [("instructionsFile", large)], title=title), len(large.body))
    assert is_free(side, title)
