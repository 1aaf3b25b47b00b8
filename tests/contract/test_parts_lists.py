"""Parts lists: accepted, parsed behind the answer, shown page by page and in their MOC."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.client import CSV, NOBODYS, TIME, Side, failed, is_uuid, one
from tests.contract.direct import Sent, sent_directly
from tests.contract.moc_files import FILE_KEYS, path_of
from tests.contract.parts import JSON, XML, csv, list_sent, parsed, pieces, sent_as_before

NO_GOOD_ROW = b"part,qty\n3001,none\n"


@pytest.mark.contract("parts.upload", "parts.detail", "parts.in-moc")
@pytest.mark.parametrize("field", ["partsListFile", "file"])
def test_a_list_is_accepted_then_parsed_and_shown_everywhere(others: Sequence[Side], field: str) -> None:
    side = others[0]
    moc = side.moc()
    answer = side.send(f"{path_of(moc)}/upload-parts-list", {field: csv(CSV).part()})
    accepted = one(answer, 202)
    file = accepted["file"]
    assert set(file) == FILE_KEYS
    assert (file["mocId"], file["fileType"], file["originalFilename"]) == (moc["id"], "parts-list", "parts.csv")
    assert (accepted["status"], is_uuid(accepted["partsListId"])) == ("pending", True)
    found = parsed(side, moc, accepted["partsListId"])
    assert (found["id"], found["mocId"], found["fileId"]) == (accepted["partsListId"], moc["id"], file["id"])
    assert (found["status"], found["errors"], found["totalParts"], found["rows"]) == ("parsed", [], 7, 2)
    assert [TIME.fullmatch(found[name]) is None for name in ("createdAt", "updatedAt")] == [False, False]
    assert found["parts"] == [
        {"line": 2, "partId": "3001", "quantity": 2, "color": "Red"},
        {"line": 3, "partId": "3002", "quantity": 5, "color": "Blue"},
    ]
    for seen in others:
        assert parsed(seen, moc, found["id"]) == found
        detail = one(seen.get(path_of(moc)))
        (shown,) = detail["partsLists"]
        assert {name: shown[name] for name in ("id", "status", "totalParts", "errorCount", "fileId")} == {
            "id": found["id"], "status": "parsed", "totalParts": 7, "errorCount": 0, "fileId": file["id"],
        }  # fmt: skip
        assert (detail["totalPieceCount"], detail["files"]) == (7, [file])


@pytest.mark.contract("parts.detail", "page.bounds", "page.past-end")
def test_the_parts_come_in_the_files_order_page_by_page(side: Side) -> None:
    moc = side.moc()
    identity = list_sent(side, moc, csv(b"Part,Qty\n" + b"".join(b"p%d,1\n" % number for number in range(103))))
    parsed(side, moc, identity)
    path = f"{path_of(moc)}/parts-lists/{identity}"
    pages = [side.get(f"{path}?page={page}&limit=50").json() for page in (1, 2, 3, 4)]
    assert [(page["page"], page["limit"], page["total"]) for page in pages] == [(n, 50, 103) for n in (1, 2, 3, 4)]
    assert [len(page["data"]["parts"]) for page in pages] == [50, 50, 3, 0]
    assert [part["partId"] for page in pages for part in page["data"]["parts"]] == [f"p{n}" for n in range(103)]
    plain = side.get(path).json()
    assert (plain["page"], plain["limit"], len(plain["data"]["parts"])) == (1, 20, 20)
    for query in ("page=0", "page=x", "limit=0", "limit=101", "page=1&page=2", "limit=1e1", "limit="):
        failed(side.get(f"{path}?{query}"), "VALIDATION_ERROR", query.partition("=")[0])


@pytest.mark.contract("list.sum")
def test_a_moc_has_the_pieces_of_all_its_lists(others: Sequence[Side]) -> None:
    side = others[0]
    moc = side.moc()
    bodies = [CSV, b"part,qty\n3001,10\n", b"part,qty\n3001,100\n3002,x\n", NO_GOOD_ROW]
    totals = []
    for number, body in enumerate(bodies):
        parsed(side, moc, list_sent(others[number % len(others)], moc, csv(body, f"{number}.csv")))
        totals.append([pieces(seen, moc) for seen in others])
    assert totals == [[total] * len(others) for total in (7, 17, 117, 117)]
    assert one(sent_as_before(side, moc["id"], csv(CSV, "old.csv")), 201)["moc"]["totalPieceCount"] == 124


@pytest.mark.contract("list.sum")
def test_lists_that_come_at_once_are_all_counted(others: Sequence[Side]) -> None:
    moc = others[0].moc()

    def send(number: int) -> str:
        return list_sent(others[number % len(others)], moc, csv(b"part,qty\n3001,%d\n" % 10**number, f"{number}.csv"))

    with ThreadPoolExecutor(6) as threads:
        identities = list(threads.map(send, range(6)))
    assert [parsed(others[0], moc, identity)["status"] for identity in identities] == ["parsed"] * 6
    assert [pieces(seen, moc) for seen in others] == [111_111] * len(others)


@pytest.mark.contract("list.once", "files.name-once")
def test_the_same_upload_counts_once(others: Sequence[Side]) -> None:
    side = others[0]
    moc = side.moc()
    path = f"{path_of(moc)}/upload-parts-list"
    identity = one(sent_directly(side, path, csv(CSV)), 202)["partsListId"]
    for seen in others:
        failed(seen.send(path, {"file": csv(CSV).part()}), "CONFLICT", "partsListFile")
        failed(sent_directly(seen, path, csv(CSV)), "CONFLICT")
        failed(sent_as_before(seen, moc["id"], csv(CSV)), "CONFLICT", "partsListFile")
        failed(seen.send(f"{path_of(moc)}/files", {"file": csv(CSV).part()}), "CONFLICT", "file")
    assert parsed(side, moc, identity)["totalParts"] == 7
    for seen in others:
        detail = one(seen.get(path_of(moc)))
        assert (len(detail["partsLists"]), len(detail["files"]), detail["totalPieceCount"]) == (1, 1, 7)


@pytest.mark.contract("parts.upload", "auth.statuses", "failure.codes", "id.uuid")
def test_what_an_upload_refuses(side: Side) -> None:
    moc, file = side.moc(), csv(CSV)
    path = f"{path_of(moc)}/upload-parts-list"
    sent = {"partsListFile": file.part()}
    failed(side.send(path, sent, user=None), "UNAUTHORIZED")
    failed(side.send(path, sent, user="eve"), "FORBIDDEN")
    failed(side.send(path.replace(moc["id"], NOBODYS), sent), "NOT_FOUND")
    failed(side.send(path.replace(moc["id"], "7"), sent), "VALIDATION_ERROR", "id")
    failed(side.send(path, {"other": file.part()}), "VALIDATION_ERROR", "partsListFile")
    failed(side.send(path, [("file", file.part()), ("file", file.part())]), "VALIDATION_ERROR", "partsListFile")
    failed(side.send(path, {"file": csv(b"").part()}), "VALIDATION_ERROR", "partsListFile")
    failed(side.post(path, {}), "UNSUPPORTED_MEDIA_TYPE")
    for wrong in (csv(JSON), csv(XML), Sent("a.json", CSV, "text/plain"), Sent("a.xml", XML, "application/json")):
        failed(side.send(path, {"file": wrong.part()}), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.get(path), "METHOD_NOT_ALLOWED")
    assert one(side.get(path_of(moc))) == {**moc, "files": [], "images": [], "partsLists": []}


@pytest.mark.contract("parts.detail", "auth.statuses", "auth.every-request", "id.uuid", "admin")
def test_a_list_is_for_the_mocs_owner_and_admins(side: Side) -> None:
    moc, other = side.moc(), side.moc()
    identity = list_sent(side, moc, csv(CSV), "admin")
    found = parsed(side, moc, identity)
    path = f"{path_of(moc)}/parts-lists/{identity}"
    assert one(side.get(path)) == found
    assert one(side.get(path, "admin")) == found
    failed(side.get(path, "eve"), "FORBIDDEN")
    failed(side.get(path, None), "UNAUTHORIZED")
    failed(side.get(f"{path_of(moc)}/parts-lists/{NOBODYS}"), "NOT_FOUND")
    failed(side.get(f"{path_of(moc)}/parts-lists/{NOBODYS}", "eve"), "FORBIDDEN")
    failed(side.get(f"{path_of(other)}/parts-lists/{identity}"), "NOT_FOUND")
    failed(side.get(path.replace(moc["id"], NOBODYS)), "NOT_FOUND")
    failed(side.get(f"{path_of(moc)}/parts-lists/7"), "VALIDATION_ERROR", "listId")
    failed(side.get(path.replace(moc["id"], "7")), "VALIDATION_ERROR", "id")
    failed(side.delete(path), "METHOD_NOT_ALLOWED")


@pytest.mark.contract("mocs.delete", "parts.detail")
def test_a_list_goes_with_its_moc(others: Sequence[Side]) -> None:
    side = others[0]
    moc = side.moc()
    identity = list_sent(side, moc, csv(CSV))
    parsed(side, moc, identity)
    assert others[-1].delete(path_of(moc)).status_code == 200
    for seen in others:
        failed(seen.get(f"{path_of(moc)}/parts-lists/{identity}"), "NOT_FOUND")
