"""Several files of a MOC in one form."""

from collections.abc import Sequence

import pytest

from tests.contract.client import PDF, Side, failed, one
from tests.contract.direct import Sent
from tests.contract.moc_files import FILE_KEYS, JPEG, LIST, PLAN, PNG, STUDIO, added, files_of, path_of, sent
from tests.contract.parts import parsed
from tests.contract.upload_routes import MEBIBYTE, refused_as_too_large

PROGRAM = Sent("a.exe", b"MZ" + b"\0" * 40, "application/octet-stream")
EMPTY = Sent("empty.csv", b"", "text/csv")


def plans(count: int) -> list[Sent]:
    return [Sent(f"{number}.pdf", PDF, "application/pdf") for number in range(count)]


@pytest.mark.contract("files.several", "files.ten", "files.kinds", "write.seen")
@pytest.mark.parametrize("field", ["file", "files"])
def test_ten_files_are_stored_in_their_order(others: Sequence[Side], field: str) -> None:
    moc = others[0].moc()
    files = [PLAN, JPEG, LIST, STUDIO, PNG, *plans(5)]
    data = one(sent(others[0], moc, *files, field=field), 201)
    assert (set(data), data["failed"]) == ({"uploaded", "failed"}, [])
    assert [file["originalFilename"] for file in data["uploaded"]] == [file.name for file in files]
    assert [set(file) - {"partsListId"} for file in data["uploaded"]] == [FILE_KEYS] * 10
    assert parsed(others[0], moc, data["uploaded"][2].pop("partsListId"))["totalParts"] == 7
    for side in others:
        assert sorted(file["id"] for file in files_of(side, moc)) == sorted(file["id"] for file in data["uploaded"])
        assert one(side.get(path_of(moc)))["thumbnailUrl"] == data["uploaded"][1]["fileUrl"]


@pytest.mark.contract("files.ten")
def test_eleven_files_are_too_many_and_none_too_few(side: Side) -> None:
    moc = side.moc()
    failed(sent(side, moc, *plans(11)), "VALIDATION_ERROR", "file")
    both = [("file", file.part()) for file in plans(6)] + [
        ("files", Sent(f"x{n}.pdf", PDF, "").part()) for n in range(5)
    ]
    failed(side.send(f"{path_of(moc)}/files", both), "VALIDATION_ERROR", "file")
    failed(side.send(f"{path_of(moc)}/files", {"image": PLAN.part()}), "VALIDATION_ERROR", "file")
    assert files_of(side, moc) == []


@pytest.mark.contract("files.several", "files.name-once")
def test_what_fails_is_told_and_hinders_nothing_else(side: Side) -> None:
    moc = side.moc()
    added(side, moc, PLAN)
    again = Sent(STUDIO.name, STUDIO.body + b"\0", STUDIO.declared)
    data = one(sent(side, moc, STUDIO, PROGRAM, PLAN, EMPTY, again, LIST), 201)
    assert [file["originalFilename"] for file in data["uploaded"]] == ["model.io", "parts.csv"]
    assert [(file["name"], file["code"]) for file in data["failed"]] == [
        ("a.exe", "UNSUPPORTED_MEDIA_TYPE"),
        ("plan.pdf", "CONFLICT"),
        ("empty.csv", "VALIDATION_ERROR"),
        ("model.io", "CONFLICT"),
    ]
    assert all(set(file) == {"name", "code", "reason"} and file["reason"] for file in data["failed"])
    assert sorted(file["originalFilename"] for file in files_of(side, moc)) == ["model.io", "parts.csv", "plan.pdf"]


@pytest.mark.contract("files.several", "limits")
def test_one_of_several_that_is_too_large_fails_alone(side: Side) -> None:
    moc = side.moc()
    large = Sent("large.pdf", PDF.ljust(10 * MEBIBYTE + 1), "application/pdf")
    answer = sent(side, moc, PLAN, large)
    if answer.status_code == 413:
        assert refused_as_too_large(side, answer, len(large.body)) is None
        return
    data = one(answer, 201)
    assert [(file["name"], file["code"]) for file in data["failed"]] == [("large.pdf", "PAYLOAD_TOO_LARGE")]
    assert [file["originalFilename"] for file in data["uploaded"]] == ["plan.pdf"]


@pytest.mark.contract("files.several", "failure.details")
@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ((PROGRAM, EMPTY), ["UNSUPPORTED_MEDIA_TYPE", "VALIDATION_ERROR"]),
        ((PROGRAM, Sent("b.exe", PROGRAM.body, PROGRAM.declared)), ["UNSUPPORTED_MEDIA_TYPE"] * 2),
    ],
    ids=["different reasons", "one reason"],
)
def test_when_none_is_stored_it_is_400_with_an_entry_a_file(
    side: Side, files: tuple[Sent, ...], codes: list[str]
) -> None:
    moc = side.moc()
    details = failed(sent(side, moc, *files), "VALIDATION_ERROR")["details"]
    assert [(entry["name"], entry["code"]) for entry in details] == list(
        zip([file.name for file in files], codes, strict=True)
    )
    assert all(entry["message"] for entry in details)
    assert one(side.get(path_of(moc))) == {**moc, "files": [], "images": [], "partsLists": []}


@pytest.mark.contract("files.type", "files.several")
def test_a_kind_that_is_said_holds_for_every_file(side: Side) -> None:
    moc = side.moc()
    failed(sent(side, moc, PLAN, LIST, texts={"fileType": "manual"}), "VALIDATION_ERROR", "fileType")
    data = one(sent(side, moc, PLAN, LIST, texts={"fileType": "instruction"}), 201)
    assert [file["fileType"] for file in data["uploaded"]] == ["instruction"]
    assert [(file["name"], file["code"]) for file in data["failed"]] == [("parts.csv", "UNSUPPORTED_MEDIA_TYPE")]
