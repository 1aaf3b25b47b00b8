"""Parts lists of known totals, counted by both sides."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal.parts_lists import files_in
from tests.integration.rehearsal.stack_rig import BOUNDARY, FORM, SIDES, Up, form_of, wait_until
from tests.unit.service.test_parts_list_rules import REAL_FILES

pytestmark = pytest.mark.xdist_group("stack")

PARSED_SECONDS = 60.0
ROWS = [("3001", "Brick 2 x 4", 4, "Red"), ("3002", "Brick, round", 10, "Blau"), ("98138", 'Tile 1" round', 3, "")]
TOTAL = 17


def table(header: tuple[str, str, str, str], comma: str = ",", end: str = "\n", quote: bool = True) -> str:
    """The three rows below a header; a cell is quoted where it has to be."""

    def cell(value: object) -> str:
        text = str(value)
        return '"' + text.replace('"', '""') + '"' if quote and any(c in text for c in (comma, '"', end)) else text

    return end.join(comma.join(cell(value) for value in row) for row in (header, *ROWS)) + end


PLAIN = ("Part ID", "Part Name", "Quantity", "Color")
# Name -> (content, pieces, rows that are no part).
DIALECTS: dict[str, tuple[bytes, int, int]] = {
    "commas": (table(PLAIN).encode(), TOTAL, 0),
    "semicolons": (table(PLAIN, ";").encode(), TOTAL, 0),
    "tabs": (table(PLAIN, "\t").encode(), TOTAL, 0),
    "CRLF": (table(PLAIN, end="\r\n").encode(), TOTAL, 0),
    "CR": (table(PLAIN, end="\r").encode(), TOTAL, 0),
    "a byte order mark": (table(PLAIN).encode("utf-8-sig"), TOTAL, 0),
    "UTF-16": (table(PLAIN, ";", "\r\n").encode("utf-16"), TOTAL, 0),
    "Windows-1252": (table(PLAIN).replace("Blau", "Grün").encode("cp1252"), TOTAL, 0),
    "no last line end": (table(PLAIN).rstrip().encode(), TOTAL, 0),
    "blank lines": (table(PLAIN).replace("\n", "\n\n").encode(), TOTAL, 0),
    "everything quoted": (b'"Part","Qty"\n"3001","8"\n"3002","9"\n', TOTAL, 0),
    "a line end in quotes": (b'part,qty,name\n3001,8,"two\nlines"\n3002,9,one\n', TOTAL, 0),
    "other words": (table(("part_number", "description", "MIN QTY", "colour")).encode(), TOTAL, 0),
    "words run together": (table(("DesignID", "ItemName", "qtyneeded", "colorname")).encode(), TOTAL, 0),
    "Pick a Brick": (b"elementId,quantity\r\n300121,8\r\n300223,9\r\n", TOTAL, 0),
    "Rebrickable": (b"Part,Color,Quantity,Is Spare\n3001,4,8,False\n3002,0,9,True\n", TOTAL, 0),
    "columns in another order": (b"amount,x,colour,item no\n8,-,Red,3001\n9,-,,3002\n", TOTAL, 0),
    "rows that are none": (b"part,qty\n3001,8\n3002,none\n,5\n3003,9\n", TOTAL, 2),
}


@pytest.fixture(params=SIDES)
def moc(request: pytest.FixtureRequest, stack: Up) -> Iterator[tuple[str, str]]:
    """(side, id) of a MOC without parts lists, made and in the end deleted on that side."""
    side = request.param
    made = stack.ask(side, "POST", "/api/mocs", {"title": "Listed", "type": "moc", "author": "Ada"}, user="alice")
    assert made.status == 201, made.body
    moc_id = made.json()["data"]["id"]
    yield side, moc_id
    assert stack.ask(side, "DELETE", f"/api/mocs/{moc_id}").status == 200


def counted(stack: Up, side: str, moc_id: str, content: bytes, name: str) -> Any:
    """The MOC when the list is uploaded and read; on the other side, where it must be the same."""
    accepted = stack.upload(side, moc_id, content, name)
    assert accepted.status == 202, accepted.body
    path, (other,) = f"/api/mocs/{moc_id}", [one for one in SIDES if one != side]

    def status() -> str:
        lists = stack.ask(side, "GET", path).json()["data"]["partsLists"]
        found: str = next(one["status"] for one in lists if one["id"] == accepted.json()["data"]["partsListId"])
        return found

    wait_until(lambda: status() != "pending", PARSED_SECONDS)
    data = stack.ask(other, "GET", path).json()["data"]
    assert data == stack.ask(side, "GET", path).json()["data"]
    return data


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_counted(stack: Up, moc: tuple[str, str], dialect: str) -> None:
    content, pieces, bad_rows = DIALECTS[dialect]
    data = counted(stack, *moc, content, "parts.csv")
    [parts_list] = data["partsLists"]
    assert (data["totalPieceCount"], parts_list["totalParts"], parts_list["errorCount"]) == (pieces, pieces, bad_rows)
    assert parts_list["status"] == ("parsed-with-errors" if bad_rows else "parsed")


ITEM = "<ITEM><ITEMID>{0[0]}</ITEMID><MINQTY>{0[2]}</MINQTY></ITEM>"
# Name -> the three rows in another format.
FORMATS = {
    "parts.json": json.dumps([dict(zip(("part", "name", "qty", "color"), row, strict=True)) for row in ROWS]),
    "under.json": json.dumps({"parts": [{"Part ID": row[0], "Quantity": str(row[2])} for row in ROWS]}),
    "parts.xml": f"<INVENTORY>{''.join(ITEM.format(row) for row in ROWS)}</INVENTORY>",
    "parts.tsv": table(PLAIN, "\t"),
    "parts.txt": table(PLAIN, ";"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_counted(stack: Up, moc: tuple[str, str], name: str) -> None:
    data = counted(stack, *moc, FORMATS[name].encode(), name)
    [parts_list] = data["partsLists"]
    assert (data["totalPieceCount"], parts_list["totalParts"], parts_list["status"]) == (TOTAL, TOTAL, "parsed")


def test_both_sides_show_the_same_parts_of_a_list(stack: Up, moc: tuple[str, str]) -> None:
    data = counted(stack, *moc, DIALECTS["rows that are none"][0], "parts.csv")
    path = f"/api/mocs/{moc[1]}/parts-lists/{data['partsLists'][0]['id']}?limit=1&page=2"
    stack.forget_cached()
    there, here = (stack.ask(side, "GET", path).json() for side in SIDES)
    assert there == here
    assert (there["total"], there["data"]["rows"], there["data"]["errorCount"]) == (2, 2, 2)
    assert there["data"]["parts"] == [{"line": 5, "partId": "3003", "quantity": 9}]


def test_old_clients_are_answered_after_the_parsing(stack: Up, moc: tuple[str, str]) -> None:
    side, moc_id = moc
    text = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="mocId"\r\n\r\n{moc_id}\r\n'.encode()
    form = text + form_of(DIALECTS["commas"][0])
    answer = stack.ask(side, "POST", "/api/mocs/upload-parts-list", form, headers=FORM)
    assert answer.status == 201, answer.body
    data = answer.json()["data"]
    assert data["parsing"] == {"totalPieceCount": TOTAL, "uniqueParts": 3, "format": "csv", "success": True}
    assert data["moc"] == {"id": moc_id, "totalPieceCount": TOTAL}


def test_a_moc_counts_the_pieces_of_all_its_lists(stack: Up, moc: tuple[str, str]) -> None:
    totals = []
    for number, dialect in enumerate(("commas", "Pick a Brick", "rows that are none"), start=1):
        totals.append(counted(stack, *moc, DIALECTS[dialect][0], f"{number}.csv")["totalPieceCount"])
    totals.append(counted(stack, *moc, b"part,qty\n3001,none\n", "bad.csv")["totalPieceCount"])
    assert totals == [TOTAL, 2 * TOTAL, 3 * TOTAL, 3 * TOTAL]


def test_a_long_list_is_counted(stack: Up, moc: tuple[str, str]) -> None:
    rows = "".join(f"{number},{number % 9 + 1}\n" for number in range(20_000))
    expected = sum(number % 9 + 1 for number in range(20_000))
    assert counted(stack, *moc, f"part,qty\n{rows}".encode(), "long.csv")["totalPieceCount"] == expected


@pytest.mark.skipif("PARTS_LISTS" not in os.environ, reason="PARTS_LISTS names no folder of real parts lists")
def test_the_total_of_every_real_file_is_known() -> None:
    assert sorted(path.name for path in files_in(Path(os.environ["PARTS_LISTS"]))) == sorted(REAL_FILES)


@pytest.mark.skipif("PARTS_LISTS" not in os.environ, reason="PARTS_LISTS names no folder of real parts lists")
@pytest.mark.parametrize("name", REAL_FILES)
def test_a_real_file_is_counted(stack: Up, moc: tuple[str, str], name: str) -> None:
    _, total = REAL_FILES[name]
    data = counted(stack, *moc, (Path(os.environ["PARTS_LISTS"]) / name).read_bytes(), name)
    [parts_list] = data["partsLists"]
    assert (data["totalPieceCount"], parts_list["totalParts"], parts_list["status"]) == (total, total, "parsed")
    assert parts_list["errorCount"] == 0
