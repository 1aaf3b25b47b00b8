"""POST /api/mocs/upload-parts-list, which old clients have: answered after parsing, all or nothing."""

from collections.abc import Sequence

import pytest

from tests.contract.client import CSV, NOBODYS, PDF, Side, failed, one
from tests.contract.direct import Sent
from tests.contract.moc_files import path_of
from tests.contract.parts import GOOD, JSON, OLD_ROUTE, UNREADABLE, XML, coded, csv, sent_as_before
from tests.contract.upload_routes import MEBIBYTE, refused_as_too_large


@pytest.mark.contract("parts.old-route")
@pytest.mark.parametrize(
    ("file", "told"),
    [
        (csv(CSV), "csv"),
        (Sent("parts.txt", CSV, "text/plain"), "csv"),
        (Sent("parts.json", JSON, "application/json"), "json"),
        (Sent("parts.xml", XML, "text/xml"), "xml"),
    ],
)
@pytest.mark.parametrize("field", ["partsListFile", "file"])
def test_old_clients_are_answered_after_parsing(others: Sequence[Side], file: Sent, told: str, field: str) -> None:
    side = others[0]
    moc = side.moc()
    answer = sent_as_before(side, moc["id"], file, field)
    data = one(answer, 201)
    assert answer.json()["message"]
    assert set(data) == {"file", "partsList", "parsing", "moc"}
    assert data["parsing"] == {"totalPieceCount": 7, "uniqueParts": 2, "format": told, "success": True}
    assert data["moc"] == {"id": moc["id"], "totalPieceCount": 7}
    shown = data["partsList"]
    assert (shown["fileId"], shown["mocId"], shown["totalPartsCount"]) == (data["file"]["id"], moc["id"], "7")
    for seen in others:
        assert one(seen.get(path_of(moc)))["files"] == [data["file"]]
        found = one(seen.get(f"{path_of(moc)}/parts-lists/{shown['id']}"))
        assert (found["status"], found["totalParts"], len(found["parts"])) == ("parsed", 7, 2)


@pytest.mark.contract("parts.old-route", "list.bad-rows")
def test_old_clients_are_told_bad_rows(side: Side) -> None:
    data = one(sent_as_before(side, side.moc()["id"], csv(b"Part,Qty\n3001,5\n3002,none\n")), 201)
    assert data["parsing"] == {"totalPieceCount": 5, "uniqueParts": 1, "format": "csv", "success": True}
    assert (data["partsList"]["status"], [e["line"] for e in data["partsList"]["errors"]]) == (
        "parsed-with-errors",
        [3],
    )


@pytest.mark.contract("parts.old-route", "failure.details")
@pytest.mark.parametrize("file", UNREADABLE, ids=lambda file: repr(file.body)[:40])
def test_what_old_clients_send_in_vain_is_400_and_leaves_nothing(side: Side, file: Sent) -> None:
    moc = side.moc()
    details = failed(sent_as_before(side, moc["id"], file), "VALIDATION_ERROR")["details"]
    assert details
    assert coded(details)
    assert one(side.get(path_of(moc))) == {**moc, "files": [], "images": [], "partsLists": []}
    one(sent_as_before(side, moc["id"], Sent(file.name, GOOD[file.name], file.declared)), 201)


@pytest.mark.contract("parts.old-route", "auth.statuses", "failure.codes")
def test_what_the_old_route_refuses(side: Side) -> None:
    moc, file = side.moc(), csv(CSV)
    for without in (None, "", "  ", "7"):
        failed(sent_as_before(side, without, file), "VALIDATION_ERROR", "mocId")
    failed(sent_as_before(side, moc["id"], file, "other"), "VALIDATION_ERROR", "partsListFile")
    failed(sent_as_before(side, moc["id"], csv(b"")), "VALIDATION_ERROR", "partsListFile")
    failed(sent_as_before(side, NOBODYS, file), "NOT_FOUND")
    failed(sent_as_before(side, moc["id"], file, user="eve"), "FORBIDDEN")
    failed(sent_as_before(side, moc["id"], file, user=None), "UNAUTHORIZED")
    failed(sent_as_before(side, moc["id"], Sent("a.csv", PDF, "text/csv")), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.post(OLD_ROUTE, {"mocId": moc["id"]}), "UNSUPPORTED_MEDIA_TYPE")
    large = csv(CSV.ljust(10 * MEBIBYTE + 1))
    refused_as_too_large(side, sent_as_before(side, moc["id"], large), len(large.body))
    assert one(side.get(path_of(moc)))["files"] == []
    assert one(sent_as_before(side, moc["id"], file, user="admin"), 201)["moc"]["totalPieceCount"] == 7
