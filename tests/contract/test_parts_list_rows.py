"""What is read of parts lists: formats, encodings, columns under their many names, rows that are none."""

import pytest

from tests.contract.client import Side, one
from tests.contract.direct import Sent
from tests.contract.moc_files import path_of
from tests.contract.parts import (
    UNREADABLE,
    coded,
    csv,
    list_sent,
    parsed,
    pieces,
    read_list,
    sent_as_before,
)

HEADER = ("Part ID", "Part Name", "Quantity", "Color")
ROWS = (("3001", "Brick, 2 x 4; red", "4", "Grün"), ("98138", 'Tile 1" round', "3", "Bläulich"))
PARTS = [
    {"line": 2, "partId": "3001", "name": "Brick, 2 x 4; red", "quantity": 4, "color": "Grün"},
    {"line": 3, "partId": "98138", "name": 'Tile 1" round', "quantity": 3, "color": "Bläulich"},
]


def table(comma: str = ",", end: str = "\n") -> str:
    """The rows below their header, every cell quoted."""
    return end.join(comma.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (HEADER, *ROWS)) + end


DIALECTS = {
    "commas": table().encode(),
    "semicolons": table(";").encode(),
    "tabs": table("\t").encode(),
    "CRLF": table(end="\r\n").encode(),
    "CR": table(end="\r").encode(),
    "no last line end": table().rstrip().encode(),
    "a mark of UTF-8": table().encode("utf-8-sig"),
    "UTF-16, little end first": b"\xff\xfe" + table(";").encode("utf-16-le"),
    "UTF-16, big end first": b"\xfe\xff" + table("\t", "\r\n").encode("utf-16-be"),
    "Windows-1252": table(";", "\r\n").encode("cp1252"),
}


@pytest.mark.contract("list.csv")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_of_csv_is_the_same_list(side: Side, dialect: str) -> None:
    found = read_list(side, csv(DIALECTS[dialect]))
    assert (found["status"], found["errors"], found["totalParts"]) == ("parsed", [], 7)
    assert found["parts"] == PARTS


@pytest.mark.contract("list.csv")
def test_quotes_hold_line_ends_together_and_nothing_needs_them(side: Side) -> None:
    found = read_list(side, csv(b'part,name,qty\n3001,"two\nlines",4\n3002,one,3\n'))
    assert [(part["partId"], part["name"]) for part in found["parts"]] == [("3001", "two\nlines"), ("3002", "one")]
    assert (found["status"], found["totalParts"]) == ("parsed", 7)


ENTRIES = (
    '{"part": "3001", "Part_Name": "Brick, 2 x 4; red", "qty": 4, "colour": "Grün"},'
    '{"part": "98138", "Part_Name": "Tile 1\\" round", "qty": "3", "colour": "Bläulich", "is spare": null, "x": [1]}'
)
ITEMS = (
    "<ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>3001</ITEMID><COLOR>Grün</COLOR><MINQTY>4</MINQTY>"
    "<ITEMNAME>Brick, 2 x 4; red</ITEMNAME></ITEM>"
    "<ITEM><ITEMID>98138</ITEMID><COLOR>Bläulich</COLOR><MINQTY>3</MINQTY>"
    "<ITEMNAME>Tile 1&quot; round</ITEMNAME></ITEM>"
)
FORMATS = [
    Sent("a.txt", table("\t").encode(), "text/plain"),
    Sent("a.txt", table().encode(), "application/octet-stream"),
    Sent("a.tsv", table("\t").encode(), "text/tab-separated-values"),
    Sent("a.json", f"[{ENTRIES}]".encode(), "application/json"),
    Sent("a.json", f'{{"name": "Ship", "parts": [{ENTRIES}], "more": {{}}}}'.encode(), "application/json"),
    Sent("a.json", f" [{ENTRIES}]\n".encode("utf-8-sig"), "text/plain"),
    Sent("a.xml", f"<INVENTORY>{ITEMS}</INVENTORY>".encode(), "application/xml"),
    Sent("a.xml", f'<?xml version="1.0"?>\n<INVENTORY>\n{ITEMS}\n</INVENTORY>\n'.encode(), "text/xml"),
]


@pytest.mark.contract("list.formats")
@pytest.mark.parametrize("file", FORMATS, ids=lambda file: f"{file.name} {file.declared}")
def test_every_format_is_the_same_list(side: Side, file: Sent) -> None:
    found = read_list(side, file)
    assert (found["status"], found["errors"], found["totalParts"]) == ("parsed", [], 7)
    assert found["parts"] == PARTS


PART = (
    "Part ID", "part", "part number", "part_no", "element id", "elementId", "design id", "item no", "item id",
    "ELEMENT-ID", "  Part__Number ", "DesignID", "itemno",
)  # fmt: skip
QUANTITY = ("quantity", "qty", "count", "amount", "min qty", "qty needed", "QTY", "Min_Qty", "MINQTY", "Qty-Needed")
COLOUR = ("color", "colour", "color id", "color name", "COLOUR", "Color_ID", "colorName", "colour-name")
NAME = ("part name", "name", "description", "Part_Name", "PARTNAME", "Description")
SPARE = ("is spare", "Is Spare", "is_spare", "isSpare")
ALIASES = [
    *((alias, "partId", "3001", "3001") for alias in PART),
    *((alias, "quantity", "4", 4) for alias in QUANTITY),
    *((alias, "color", "Red", "Red") for alias in COLOUR),
    *((alias, "name", "Brick", "Brick") for alias in NAME),
    *((alias, "isSpare", "True", True) for alias in SPARE),
]


@pytest.mark.contract("list.aliases", "list.required")
def test_a_column_has_many_names(side: Side) -> None:
    moc = side.moc()
    for number, (alias, key, cell, value) in enumerate(ALIASES):
        columns = {"Part ID": "3001", "Quantity": "4"} if key not in ("partId", "quantity") else {}
        columns |= {"partId": {"Quantity": "4"}, "quantity": {"Part ID": "3001"}}.get(key, {})
        columns |= {"whatever": "x", alias: cell}
        body = f"{','.join(columns)}\n{','.join(columns.values())}\n"
        made = one(sent_as_before(side, moc["id"], csv(body.encode(), f"{number}.csv")), 201)
        (part,) = parsed(side, moc, made["partsList"]["id"])["parts"]
        assert part == {"line": 2, "partId": "3001", "quantity": 4, key: value}, alias


@pytest.mark.contract("list.aliases")
@pytest.mark.parametrize(
    "file",
    [
        Sent("a.json", b'[{"Element-ID": 3001, "MIN_QTY": 4, "Colour Name": "Red"}]', "application/json"),
        Sent("a.xml", b"<INVENTORY><ITEM><ITEMID>3001</ITEMID><MINQTY>4</MINQTY><COLOR>Red</COLOR></ITEM></INVENTORY>",
             "text/xml"),
    ],
    ids=["JSON", "XML"],
)  # fmt: skip
def test_the_names_are_the_same_in_every_format(side: Side, file: Sent) -> None:
    assert read_list(side, file)["parts"] == [{"line": 2, "partId": "3001", "quantity": 4, "color": "Red"}]


@pytest.mark.contract("list.required")
def test_pick_a_brick_has_just_elements_and_quantities(side: Side) -> None:
    found = read_list(side, csv(b"elementId,quantity\r\n300121,8\r\n300223,9\r\n"))
    assert (found["status"], found["rows"], found["totalParts"]) == ("parsed", 2, 17)
    assert found["parts"][0] == {"line": 2, "partId": "300121", "quantity": 8}


@pytest.mark.contract("list.bad-rows", "list.sum")
def test_three_bad_rows_among_a_hundred_cost_three(side: Side) -> None:
    rows = [b"%d,%d" % (number, number) for number in range(1, 101)]
    rows[9], rows[49], rows[99] = b",5", b"50,x", b"100,0"
    moc = side.moc()
    identity = list_sent(side, moc, csv(b"Part,Qty\n" + b"\n".join(rows)))
    found = parsed(side, moc, identity)
    assert (found["status"], found["rows"], len(found["parts"])) == ("parsed-with-errors", 97, 97)
    assert [error["line"] for error in found["errors"]] == [11, 51, 101]
    assert all(set(error) == {"line", "code", "message"} for error in found["errors"])
    assert coded(found["errors"])
    assert found["totalParts"] == pieces(side, moc) == 5050 - 10 - 50 - 100
    (shown,) = one(side.get(path_of(moc)))["partsLists"]
    assert (shown["status"], shown["errorCount"], shown["totalParts"]) == ("parsed-with-errors", 3, 4890)


@pytest.mark.contract("list.bad-rows")
@pytest.mark.parametrize(
    "row", [b",5", b"3001,", b"3001,0", b"3001,-2", b"3001,2.5", b"3001,two", b"3001", b"3001,1000000", b"a\x07b,5"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_part(side: Side, row: bytes) -> None:
    found = read_list(side, csv(b"Part,Qty\n3002,7\n" + row + b"\n3003,1\n"))
    assert [error["line"] for error in found["errors"]] == [3]
    assert [(part["line"], part["partId"]) for part in found["parts"]] == [(2, "3002"), (4, "3003")]
    assert (found["status"], found["totalParts"]) == ("parsed-with-errors", 8)


@pytest.mark.contract("list.bad-rows")
def test_the_first_hundred_bad_rows_are_told(side: Side) -> None:
    found = read_list(side, csv(b"Part,Qty\n" + b"3001,none\n" * 150 + b"3001,1\n"))
    assert [error["line"] for error in found["errors"]] == list(range(2, 102))
    assert (found["errorCount"], found["rows"], found["parts"][0]["line"]) == (150, 1, 152)


@pytest.mark.contract("list.no-good-row", "list.failed", "parts.in-moc")
@pytest.mark.parametrize("file", UNREADABLE, ids=lambda file: repr(file.body)[:40])
def test_a_file_without_a_good_row_fails_and_says_why(side: Side, file: Sent) -> None:
    moc = side.moc()
    identity = list_sent(side, moc, file)
    found = parsed(side, moc, identity)
    assert (found["status"], found["parts"], found.get("rows", 0)) == ("failed", [], 0)
    assert found["errors"]
    assert coded(found["errors"])
    assert "root:" not in str(found)
    detail = one(side.get(path_of(moc)))
    assert [(shown["id"], shown["status"]) for shown in detail["partsLists"]] == [(identity, "failed")]
    assert not detail.get("totalPieceCount")
    assert [stored["originalFilename"] for stored in detail["files"]] == [file.name]


@pytest.mark.contract("list.limits")
@pytest.mark.parametrize(("rows", "status"), [(100_000, "parsed"), (100_001, "failed")])
def test_a_list_may_have_a_hundred_thousand_rows(side: Side, rows: int, status: str) -> None:
    moc = side.moc()
    found = parsed(side, moc, list_sent(side, moc, csv(b"Part,Qty\n" + b"3001,2\n" * rows)))
    assert found["status"] == status, found["errors"]
    assert (found["rows"], pieces(side, moc) or 0) == ((rows, 2 * rows) if status == "parsed" else (0, 0))
