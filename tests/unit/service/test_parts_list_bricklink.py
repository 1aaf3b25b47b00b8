"""BrickLink's XML to rows, and what people may try with XML."""

import pytest

from service.domains.parts_lists.rules import MAX_LINE_CHARACTERS, MAX_ROWS, Part
from tests.unit.service.parts_list_files import failure, read

BRICK = "<ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>3001</ITEMID><COLOR>11</COLOR><MINQTY>4</MINQTY></ITEM>"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">'
    '<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">]>'
    "<INVENTORY><ITEM><ITEMID>&f;&f;</ITEMID><MINQTY>1</MINQTY></ITEM></INVENTORY>"
)


def inventory(*items: str) -> str:
    return f"<INVENTORY>{''.join(items)}</INVENTORY>"


def item(**values: str) -> str:
    return "<ITEM>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items()) + "</ITEM>"


@pytest.mark.parametrize(
    "content",
    [
        inventory(BRICK),
        '<?xml version="1.0" encoding="UTF-8"?>\n' + inventory(BRICK),
        "\n \ufeff".strip("\ufeff") + '<?xml version="1.0"?><!-- from a shop -->' + inventory("\n", BRICK, "<NOTE/>"),
        inventory(BRICK).lower(),
        inventory(BRICK.replace("<COLOR>", "<REMARKS/><COLOR id='<'>".replace("'<'", "'&lt;'"))),
        inventory(BRICK.replace("3001", "<![CDATA[30]]>0<!-- -->1")),
        inventory(BRICK.replace("3001", "\n  3001\n")),
        inventory(BRICK.replace("MINQTY", "QTY")),
    ],
    ids=["bare", "declared", "commented", "lower case", "attributes", "character data", "spaced", "an inventory's QTY"],
)
def test_an_inventory_of_items_is_read(content: str) -> None:
    parts, reader = read(content)
    assert parts == [Part(2, "3001", None, "11", 4, None)]
    assert (reader.rows, reader.total, reader.error_count) == (1, 4, 0)


def test_colour_and_type_need_not_be_there() -> None:
    parts, _ = read(inventory(item(ITEMID="3001", MINQTY="4"), item(MINQTY="5", COLOR="", ITEMID="3002")))
    assert parts == [Part(2, "3001", None, None, 4, None), Part(3, "3002", None, None, 5, None)]


@pytest.mark.parametrize("declared", ["UTF-8", "ISO-8859-1", "UTF-16", "punycode", "no-such-encoding"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_bytes_tell_the_encoding_whatever_the_declaration_says(declared: str, encoding: str) -> None:
    brick = item(ITEMID="3001", ITEMNAME="Größe", MINQTY="4")
    parts, _ = read(f'<?xml version="1.0" encoding="{declared}"?>{inventory(brick)}'.encode(encoding))
    assert parts == [Part(2, "3001", "Größe", None, 4, None)]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (item(MINQTY="4"), "MISSING_PART"),
        ("<ITEM/>", "MISSING_PART"),
        (item(ITEMID="", MINQTY="4"), "MISSING_PART"),
        (item(ITEMID="3001"), "MISSING_QUANTITY"),
        (item(ITEMID="3001", MINQTY="0"), "BAD_QUANTITY"),
        (item(ITEMID="3001", MINQTY="-1"), "BAD_QUANTITY"),
        (item(ITEMID="<b>3001</b>", MINQTY="1"), "MISSING_PART"),
        (item(ITEMID="3" * 101, MINQTY="1"), "PART_TOO_LONG"),
        (item(ITEMID="30&#x85;01", MINQTY="1"), "BAD_CHARACTER"),
        ("<ITEM><ITEMID>1</ITEMID><ITEMID>2</ITEMID><MINQTY>1</MINQTY></ITEM>", "DUPLICATE_FIELD"),
    ],
)
def test_a_bad_item_is_named_and_costs_no_other(bad: str, code: str) -> None:
    parts, reader = read(inventory(BRICK, bad, BRICK))
    assert [part.line for part in parts] == [2, 4]
    assert [(error.line, error.code) for error in reader.errors] == [(3, code)]


@pytest.mark.parametrize("content", ["<INVENTORY/>", inventory("<NOTE>none</NOTE>"), inventory("text")])
def test_an_inventory_without_items_is_an_empty_file(content: str) -> None:
    assert failure(content).code == "EMPTY_FILE"


@pytest.mark.parametrize("content", ["<html><body/></html>", f"<LIST>{BRICK}</LIST>", BRICK])
def test_other_xml_is_no_inventory(content: str) -> None:
    assert failure(content).code == "NO_INVENTORY"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("<", 2),
        ("<INVENTORY>", 2),
        (f"<INVENTORY>{BRICK}", 3),
        (inventory(BRICK) + "more", 3),
        (inventory(BRICK) + inventory(BRICK), 3),
        (inventory(BRICK, BRICK.replace("</MINQTY>", "")), 3),
        (inventory(BRICK, "<ITEM><ITEMID>&nope;</ITEMID></ITEM>"), 3),
        (inventory(BRICK, "<ITEM><ITEMID>\x07</ITEMID></ITEM>"), 3),
        (inventory(BRICK, "<ITEM a='1' a='2'/>"), 3),
    ],
)
def test_what_is_not_well_formed_fails_the_file_and_names_the_item(content: str, line: int) -> None:
    error = failure(content)
    assert (error.code, error.line) == ("BAD_XML", line)
    assert f"(item {line - 1})" in error.message
    assert "line 1, column " in error.message


@pytest.mark.parametrize(
    "content",
    [
        LAUGHS,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + inventory(BRICK),
        '<!DOCTYPE x [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]><INVENTORY>&x;</INVENTORY>',
        "<!DOCTYPE INVENTORY>" + inventory(BRICK),
        "<!DOCTYPE html><html></html>",
    ],
    ids=["billion laughs", "external subset", "external entity", "harmless", "html"],
)
def test_a_file_with_a_dtd_is_refused(content: str) -> None:
    assert failure(content).code == "DTD_REFUSED"


def test_elements_in_one_another_end_somewhere() -> None:
    assert failure("<INVENTORY>" + "<a>" * 100_000).code == "TOO_DEEP"
    parts, _ = read(inventory("<a>" * 15 + "</a>" * 15, BRICK))
    assert [part.line for part in parts] == [2]


@pytest.mark.parametrize(
    "bad",
    [
        f"<ITEM a='{'x' * MAX_LINE_CHARACTERS * 2}'/>",
        "<ITEM " + " ".join(f"a{number}=''" for number in range(20_000)) + "/>",
        f"<ITEM><ITEMID>{'3' * MAX_LINE_CHARACTERS * 2}</ITEMID></ITEM>",
        "<ITEM><ITEMID>" + "<![CDATA[3001]]>" * 20_000 + "</ITEMID></ITEM>",
        f"<!--{'x' * MAX_LINE_CHARACTERS * 2}-->",
    ],
    ids=["an attribute", "attributes", "text", "text in pieces", "a comment"],
)
def test_an_item_over_the_limit_of_a_line_fails_the_file(bad: str) -> None:
    error = failure(inventory(BRICK, bad, BRICK))
    assert (error.code, error.line) == ("LINE_TOO_LONG", 3)


def test_an_item_of_too_many_values_fails_the_file() -> None:
    values = "".join(f"<n{number}/>" for number in range(65))
    error = failure(inventory(BRICK, f"<ITEM>{values}</ITEM>"))
    assert (error.code, error.line) == ("TOO_MANY_COLUMNS", 3)


def test_one_item_too_many_fails_the_file() -> None:
    error = failure(inventory(*["<ITEM><ITEMID>1</ITEMID><QTY>1</QTY></ITEM>"] * (MAX_ROWS + 1)))
    assert (error.code, error.line) == ("TOO_MANY_ROWS", MAX_ROWS + 2)


@pytest.mark.parametrize("spaces", [0, 16_380, 16_384, 50_000])
def test_items_cut_by_the_borders_of_chunks_stay_whole(spaces: int) -> None:
    content = " " * spaces + '<?xml version="1.0"?>' + inventory(*[BRICK.replace("3001", "ö€😀")] * 1000)
    parts, reader = read(content)
    assert (len(parts), reader.total, {part.part_id for part in parts}) == (1000, 4000, {"ö€😀"})
