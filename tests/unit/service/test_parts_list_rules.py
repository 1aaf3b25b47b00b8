"""Rows to parts: every real layout, every way to spoil a row, and nothing lost without a word."""

import os
from pathlib import Path

import pytest

from service.domains.parts_lists.headers import Columns
from service.domains.parts_lists.reading import read_parts
from service.domains.parts_lists.rules import MAX_ROWS, Part, PartsReader, Problem, Unreadable, shown
from tests.unit.service.parts_list_files import HEADER, failure, only_error, read

# File -> (rows, pieces), as counted when the files were collected.
REAL_FILES = {
    "baseline_lego-pab-parts-moc-159717-us-delivery-lorry.csv": (127, 435),
    "baseline_lego-pab-parts-moc-210134-coffee-truck.csv": (119, 328),
    "baseline_web-test-parts-list.csv": (2, 30),
    "earlier_upload_test-parts-list.csv": (2, 40),
    "later_MOC-194994_lego_pab.csv": (393, 1554),
    "later_MOC-194994_rebrickable.csv": (396, 1559),
    "later_MOC-255060_lego_pab.csv": (113, 1063),
    "later_MOC-255060_rebrickable.csv": (113, 1063),
    "later_MOC-194994_bricklink.xml": (396, 1559),
    "later_MOC-255060_bricklink.xml": (113, 1063),
    "later_docs_moc-parts-list-example.csv": (27, 798),
}


@pytest.mark.skipif("PARTS_LISTS" not in os.environ, reason="PARTS_LISTS names no folder of real parts lists")
@pytest.mark.parametrize(("name", "rows", "total"), [(name, *counts) for name, counts in REAL_FILES.items()])
def test_a_real_file_has_the_rows_and_pieces_that_were_counted(name: str, rows: int, total: int) -> None:
    parts, reader = read((Path(os.environ["PARTS_LISTS"]) / name).read_bytes())
    assert (len(parts), reader.rows, reader.total, reader.error_count) == (rows, rows, total, 0)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("elementId,quantity\r\n6371584,4\r\n300526,2\r\n", Part(2, "6371584", None, None, 4, None)),
        ("Part,Color,Quantity,Is Spare\n3062b,0,42,False\n3010,0,4,True\n", Part(2, "3062b", None, "0", 42, False)),
        ("Part,Quantity,Color\nBrick 2x4,10,Red\nPlate,20,Blue\n", Part(2, "Brick 2x4", None, "Red", 10, None)),
        (
            "part_number,description,color,quantity\n3001,2x4 Brick,White,24\n3002,2x3 Brick,Gray,16\n",
            Part(2, "3001", "2x4 Brick", "White", 24, None),
        ),
        (
            "Part ID,Part Name,Quantity,Color\n3001,Brick 2 x 4,25,Red\n3002,Brick,1,Blue\n",
            Part(2, "3001", "Brick 2 x 4", "Red", 25, None),
        ),
        (
            "BLItemNo\tElementId\tPartName\tBLColorId\tColorName\tQty\n3001\t300126\tBrick\t11\tBlack\t4\n1\t2\t\t\t\t1\n",
            Part(2, "3001", "Brick", "Black", 4, None),
        ),
    ],
    ids=["pick-a-brick", "rebrickable", "web test", "hand-made", "documentation", "studio"],
)
def test_every_known_layout_is_read(content: str, expected: Part) -> None:
    parts, reader = read(content)
    assert parts[0] == expected
    assert (len(parts), reader.error_count) == (2, 0)


@pytest.mark.parametrize("content", [HEADER, HEADER + "\n\n", HEADER + ",,,\n  , ,,\n"])
def test_a_header_alone_is_an_empty_file_too(content: str) -> None:
    error = failure(content)
    assert (error.code, error.message) == ("EMPTY_FILE", "The file holds no rows of parts.")


def test_a_file_without_a_good_row_fails_and_shows_the_first_problem() -> None:
    reader = read_parts([f"{HEADER}3001,Brick,none,Red\n,Brick,1,Red\n".encode()])
    with pytest.raises(Unreadable) as caught:
        list(reader)
    assert caught.value.code == "NO_GOOD_ROW"
    assert caught.value.message.startswith('None of the 2 rows is a part. Line 2: The quantity "none"')
    assert [error.code for error in reader.errors] == ["BAD_QUANTITY", "MISSING_PART"]


@pytest.mark.parametrize(
    ("written", "quantity"), [("1", 1), (" 10 ", 10), ("007", 7), ("999999", 999_999), ("1000", 1000)]
)
def test_a_quantity_is_up_to_six_digits(written: str, quantity: int) -> None:
    parts, reader = read(f"{HEADER}3001,Brick,{written},Red\n")
    assert [part.quantity for part in parts] == [reader.total] == [quantity]


@pytest.mark.parametrize(
    "written",
    [
        "0",
        "000000",
        "-5",
        "+5",
        "1.5",
        "2.0",
        "1e3",
        "1_000",
        "3x",
        "x",
        "1000000",
        "9" * 30,
        "١٢",
        "²",
        "\uff11",
        "1 0",
        "=1",
    ],
)
def test_anything_else_is_no_quantity(written: str) -> None:
    error = only_error(f"3001,Brick,{written},Red")
    assert (error.line, error.code) == (3, "BAD_QUANTITY")
    assert error.message.endswith("is not a whole number from 1 to 999999.")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",Brick,4,Red", "MISSING_PART"),
        ("  ,Brick,4,Red", "MISSING_PART"),
        ("3001,Brick,,Red", "MISSING_QUANTITY"),
        ("3001,Brick, ,Red", "MISSING_QUANTITY"),
        ("3001,Brick,4", "SHORT_ROW"),
        ("3001", "SHORT_ROW"),
        (f"{'3' * 101},Brick,4,Red", "PART_TOO_LONG"),
        (f"3001,{'B' * 256},4,Red", "NAME_TOO_LONG"),
        (f"3001,Brick,4,{'R' * 256}", "COLOR_TOO_LONG"),
        ("30\x0701,Brick,4,Red", "BAD_CHARACTER"),
        ('"30\n01",Brick,4,Red', "BAD_CHARACTER"),
        ('"30\t01",Brick,4,Red', "BAD_CHARACTER"),
        ("3001,Br\x1bick,4,Red", "BAD_CHARACTER"),
        ("3001,Brick,4,R\x85ed", "BAD_CHARACTER"),
        ('3001,"2" Brick",4,Red', "BAD_QUOTE"),
    ],
)
def test_a_bad_row_is_named_and_costs_no_other(row: str, code: str) -> None:
    error = only_error(row)
    assert (error.line, error.code) == (3, code)
    assert error.message.isprintable()
    assert error.message.endswith(".")


def test_texts_at_their_limits_are_kept_whole() -> None:
    parts, _ = read(f"{HEADER}{'3' * 100},{'B' * 255},4,{'R' * 255}\n")
    assert parts == [Part(2, "3" * 100, "B" * 255, "R" * 255, 4, None)]


def test_blank_rows_are_skipped_but_counted_as_lines() -> None:
    parts, reader = read(f"\n{HEADER}\n,,,\n3001,Brick,4,Red\n  \n3002,Brick,5,Red\n\n")
    assert [part.line for part in parts] == [5, 7]
    assert reader.error_count == 0


def test_more_cells_than_headers_do_no_harm() -> None:
    parts, reader = read(f"{HEADER}3001,Brick,4,Red,and,more\n")
    assert (len(parts), reader.error_count) == (1, 0)


def test_a_row_may_end_after_the_last_column_that_is_read() -> None:
    parts, reader = read("Part,Quantity,Note,\n3001,4\n")
    assert (len(parts), reader.error_count) == (1, 0)


def test_formulas_are_stored_as_the_text_that_they_are() -> None:
    parts, _ = read(f'{HEADER}@SUM(A1),"=HYPERLINK(""http://x"")",4,-2+3\n')
    assert parts == [Part(2, "@SUM(A1)", '=HYPERLINK("http://x")', "-2+3", 4, None)]


def test_spaces_around_texts_go_and_empty_texts_are_none() -> None:
    parts, _ = read(f'{HEADER}  3001 , "Brick, red", 4 ,\u00a0\n')
    assert parts == [Part(2, "3001", "Brick, red", None, 4, None)]


@pytest.mark.parametrize(
    ("written", "spare"),
    [("True", True), ("yes", True), ("1", True), ("FALSE", False), (" n ", False), ("", None), ("perhaps", None)],
)
def test_spare_parts_are_told_as_far_as_the_file_says(written: str, spare: bool | None) -> None:
    parts, reader = read(f"Part,Quantity,Is Spare\n3001,4,{written}\n")
    assert [part.is_spare for part in parts] == [spare]
    assert reader.error_count == 0


def test_the_same_part_on_several_rows_stays_several_rows() -> None:
    parts, reader = read(f"{HEADER}3001,Brick,4,Red\n3001,Brick,4,Red\n")
    assert (len(parts), reader.total) == (2, 8)


def test_only_the_first_hundred_errors_are_kept_but_all_are_counted() -> None:
    parts, reader = read(HEADER + "3001,Brick,bad,Red\n" * 150 + "3001,Brick,1,Red\n")
    assert (len(parts), len(reader.errors), reader.error_count) == (1, 100, 150)
    assert [reader.errors[0].line, reader.errors[-1].line] == [2, 101]


def rows_of_both_kinds(count: int) -> str:
    return HEADER + "3001,Brick,1,Red\n3001,Brick,bad,Red\n\n" * (count // 2)


def test_a_list_of_as_many_rows_as_allowed_is_read_blank_ones_apart() -> None:
    parts, reader = read(rows_of_both_kinds(MAX_ROWS))
    assert (len(parts), reader.error_count) == (MAX_ROWS // 2, MAX_ROWS // 2)


def test_one_row_more_fails_the_file() -> None:
    error = failure(rows_of_both_kinds(MAX_ROWS) + "3001,Brick,1,Red\n")
    assert (error.code, error.line) == ("TOO_MANY_ROWS", 2 + MAX_ROWS * 3 // 2)
    assert "100,000" in error.message


def test_more_pieces_than_a_moc_can_count_fail_the_file() -> None:
    error = failure(HEADER + "3001,Brick,999999,Red\n" * 2148)
    assert error.code == "TOO_MANY_PIECES"


def test_a_row_of_too_many_columns_fails_the_file() -> None:
    error = failure(f"{HEADER}3001,Brick,4,Red{',' * 61}\n")
    assert (error.code, error.line) == ("TOO_MANY_COLUMNS", 2)


def test_sixty_four_columns_are_allowed() -> None:
    parts, _ = read(f"Part,Quantity{',' * 62}\n3001,4{',' * 62}\n")
    assert len(parts) == 1


def test_rows_of_any_other_format_are_read_by_the_same_rules() -> None:
    rows: list[list[str] | Problem] = [
        ["3001", "4"],
        Problem("NOT_AN_OBJECT", "This entry is no object."),
        ["30\ud800", "5"],
        ["3002", "0"],
    ]
    reader = PartsReader(rows, Columns(part_id=0, quantity=1), first_line=1)
    assert list(reader) == [Part(1, "3001", None, None, 4, None)]
    assert [(error.line, error.code) for error in reader.errors] == [
        (2, "NOT_AN_OBJECT"),
        (3, "BAD_CHARACTER"),
        (4, "BAD_QUANTITY"),
    ]


def test_quoted_texts_in_messages_are_short_and_harmless() -> None:
    assert shown("a" * 41) == '"' + "a" * 39 + '…"'
    assert shown("a\x00\ud800\nb") == '"a???b"'
