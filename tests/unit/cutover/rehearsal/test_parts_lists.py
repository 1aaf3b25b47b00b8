"""Parts lists given to both sides, against servers that answer by a script."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal import parts_lists
from cutover.rehearsal.parts_lists import Client, Counted, count_on_both, files_in
from tests.unit.cutover.rehearsal.http_script import Answer, Asked, Script, serving

MOC = "11111111-1111-4111-8111-111111111111"


def encoded(status: int, body: Any) -> Answer:
    return status, json.dumps(body).encode()


def good(pieces: int, looks: int = 1, status: str = "parsed") -> Script:
    """A side that parses what it is given by the time of that look."""
    looked: list[Asked] = []

    def script(asked: Asked) -> Answer:
        if asked.path == "/api/mocs":
            return encoded(201, {"success": True, "data": {"id": MOC}})
        if asked.path == f"/api/mocs/{MOC}/upload-parts-list":
            return encoded(202, {"success": True, "data": {"partsListId": "x"}})
        looked.append(asked)
        found = status if len(looked) >= looks else "pending"
        counted = {"totalPieceCount": pieces} if found != "pending" else {}
        return encoded(200, {"success": True, "data": {"partsLists": [{"status": found}], **counted}})

    return script


def instead(script: Script, where: Callable[[Asked], bool], answer: Answer) -> Script:
    """That script, but for requests of that kind."""
    return lambda asked: answer if where(asked) else script(asked)


def one_file(folder: Path, name: str = "list.csv", text: bytes = b"part,quantity\r\n3001,4\r\n") -> Sequence[Path]:
    (folder / name).write_bytes(text)
    return files_in(folder)


def counted(folder: Path, ecs: Script, serverless: Script) -> Counted:
    with serving(ecs) as left, serving(serverless) as right:
        [found] = count_on_both(one_file(folder), left.url, right.url, "token")
    return found


def test_only_files_that_can_be_parts_lists_are_taken_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "A.CSV", "c.txt", "d.xml", "e.csv.bak", "f.json", "README.md", ".csv"):
        (tmp_path / name).write_text("x")
    (tmp_path / "folder.csv").mkdir()
    assert [path.name for path in files_in(tmp_path)] == ["A.CSV", "b.csv", "c.txt", "d.xml", "f.json"]


def test_both_sides_count_each_file(tmp_path: Path) -> None:
    found = counted(tmp_path, good(435), good(435, looks=3))
    assert found == Counted("list.csv", "435 pieces (parsed)", "435 pieces (parsed)")
    assert found.equal


def test_sides_that_count_differently_are_not_equal(tmp_path: Path) -> None:
    assert not counted(tmp_path, good(435), good(434)).equal
    assert not counted(tmp_path, good(435), good(435, status="parsed-with-errors")).equal


def test_a_list_that_failed_is_told(tmp_path: Path) -> None:
    assert counted(tmp_path, good(0, status="failed"), good(0)).ecs == "0 pieces (failed)"


def test_the_file_goes_out_as_a_browser_sends_it(tmp_path: Path) -> None:
    with serving(good(4)) as side:
        Client(side.url, "token").upload(*one_file(tmp_path, 'the "best"\nlist.csv'))
    create, upload = side.asked
    wanted = json.loads(create.body)
    assert (create.method, create.path, wanted["type"], wanted["author"]) == ("POST", "/api/mocs", "moc", "Ada")
    assert create.headers["content-type"] == "application/json"
    assert {asked.headers["authorization"] for asked in side.asked} == {"Bearer token"}
    boundary = upload.headers["content-type"].removeprefix("multipart/form-data; boundary=").encode()
    assert upload.body == (
        b"--" + boundary + b'\r\nContent-Disposition: form-data; name="partsListFile"; '
        b'filename="the %22best%22%0Alist.csv"\r\nContent-Type: text/csv\r\n\r\n'
        b"part,quantity\r\n3001,4\r\n\r\n--" + boundary + b"--\r\n"
    )


def test_the_title_fits_whatever_the_file_is_called(tmp_path: Path) -> None:
    with serving(good(4)) as side:
        for path in one_file(tmp_path, "x" * 250 + ".csv"):
            Client(side.url, "t").upload(path)
            Client(side.url, "t").upload(path)
    titles = [json.loads(asked.body)["title"] for asked in side.asked if asked.path == "/api/mocs"]
    assert len(set(titles)) == 2
    assert max(len(title) for title in titles) <= 200


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (encoded(415, {"code": "UNSUPPORTED_MEDIA_TYPE"}), "415 UNSUPPORTED_MEDIA_TYPE"),
        (encoded(413, {"message": "Request Too Long"}), "413 Request Too Long"),
        ((502, b"<html>502 Bad Gateway</html>"), "502 without a reason"),
        ((500, b'["a list"]'), "500 without a reason"),
        ((503, b""), "503 without a reason"),
    ],
)
@pytest.mark.parametrize("where", ["/api/mocs", "/upload-parts-list", f"/{MOC}"])
def test_a_refusal_is_told_by_its_status_and_reason(tmp_path: Path, where: str, answer: Answer, told: str) -> None:
    refusing = instead(good(4), lambda asked: asked.path.endswith(where), answer)
    assert counted(tmp_path, good(4), refusing) == Counted("list.csv", "4 pieces (parsed)", told)


def test_a_list_that_is_never_parsed_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_lists, "PARSE_TIMEOUT_SECONDS", 0.3)
    assert counted(tmp_path, good(4, looks=10**6), good(4)).ecs == "still pending"


def test_every_file_is_uploaded_before_any_is_waited_for(tmp_path: Path) -> None:
    one_file(tmp_path, "a.csv")
    files = one_file(tmp_path, "b.csv")
    with serving(good(4)) as left, serving(good(4)) as right:
        found = count_on_both(files, left.url, right.url, "token")
    assert [c.file for c in found] == ["a.csv", "b.csv"]
    assert [asked.method for asked in left.asked] == ["POST"] * 4 + ["GET"] * 2
    assert [asked.method for asked in right.asked] == ["POST"] * 4 + ["GET"] * 2
