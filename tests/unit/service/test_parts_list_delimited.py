"""Text to rows: headers, delimiters, line ends and quotes."""

from collections.abc import Iterator

import pytest

from service.domains.parts_lists.delimited import read_delimited
from service.domains.parts_lists.rules import MAX_LINE_CHARACTERS, Part
from tests.unit.service.parts_list_files import HEADER, failure, read


@pytest.mark.parametrize(
    "header",
    [
        "PART NUMBER;qty needed",
        "part-no;QTY",
        "Design ID;Min Qty",
        "Item No;count",
        "ITEM_ID;amount",
        " element id ;Quantity",
    ],
)
def test_headers_are_known_whatever_their_case_spaces_and_dashes(header: str) -> None:
    parts, _ = read(f"{header}\n3001;4\n")
    assert parts == [Part(2, "3001", None, None, 4, None)]


def test_of_two_headers_that_mean_the_same_the_plainer_one_is_read() -> None:
    parts, _ = read("Element ID,Part ID,Color ID,Color,Description,Name,Quantity\n300126,3001,0,Black,long,Brick,4\n")
    assert parts == [Part(2, "3001", "Brick", "Black", 4, None)]


def test_the_same_header_twice_fails_since_either_could_count() -> None:
    error = failure("Part ID,part_id,Quantity\n3001,3002,4\n")
    assert (error.code, error.line) == ("DUPLICATE_HEADER", 1)
    assert '"Part ID" is there 2 times' in error.message


def test_headers_without_a_meaning_may_repeat() -> None:
    parts, _ = read("Part,Quantity,Note,Note,,\n3001,4,a,b,,\n")
    assert parts == [Part(2, "3001", None, None, 4, None)]


def test_a_file_without_header_is_told_which_columns_it_needs_and_which_were_found() -> None:
    error = failure("3001,4\n3002,5\n")
    assert (error.code, error.line) == ("NO_HEADER", 1)
    for words in ('"Part ID"', '"Quantity"', 'found: "3001", "4".'):
        assert words in error.message


def test_a_header_that_lacks_one_column_names_only_that() -> None:
    error = failure("Part ID;Colour\n3001;Red\n")
    assert error.code == "NO_HEADER"
    assert "the quantity" in error.message
    assert "the part" not in error.message


def test_a_header_of_many_unknown_columns_is_cut_short_in_the_message() -> None:
    error = failure(",".join(f"c{number}" for number in range(30)) + "\n1,2\n")
    assert error.message.endswith('"c9" and 20 more.')


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_from_the_header(delimiter: str) -> None:
    parts, _ = read(
        delimiter.join(["Part", '"Quantity"', "Name"]) + "\n" + delimiter.join(["3001", "4", '"a,b;c"']) + "\n"
    )
    assert parts == [Part(2, "3001", "a,b;c", None, 4, None)]


def test_quoted_delimiters_in_the_header_do_not_count() -> None:
    parts, _ = read('Part;"Name, long, of, it";Quantity\n3001;x;4\n')
    assert parts == [Part(2, "3001", None, None, 4, None)]


@pytest.mark.parametrize("opening", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_line_that_names_the_delimiter_is_honoured_and_not_counted(opening: str) -> None:
    parts, _ = read(f"{opening}\r\nPart;Quantity\r\n3001;4\r\n")
    assert parts == [Part(2, "3001", None, None, 4, None)]


def test_a_named_delimiter_rules_out_the_others() -> None:
    assert failure("sep=;\nPart,Quantity\n3001,4\n").code == "NO_HEADER"


def test_a_delimiter_that_is_not_known_is_refused() -> None:
    error = failure("sep=|\nPart|Quantity\n3001|4\n")
    assert (error.code, error.line) == ("BAD_DELIMITER", 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_end_is_understood_with_or_without_a_last_one(end: str, last: bool) -> None:
    content = end.join(["Part,Quantity", "3001,4", "3002,5"]) + (end if last else "")
    parts, _ = read(content)
    assert [(part.line, part.part_id, part.quantity) for part in parts] == [(2, "3001", 4), (3, "3002", 5)]


@pytest.mark.parametrize("content", ["", "\n\n \r\n", "\ufeff", "sep=;\n", ";;;\n,,,\n"])
def test_a_file_without_any_word_is_empty(content: str) -> None:
    assert failure(content).code == "EMPTY_FILE"


def test_a_quoted_name_may_go_over_lines_and_rows_are_counted_as_a_spreadsheet_does() -> None:
    parts, _ = read(f'{HEADER}3001,"Brick\n2 x 4\ttall",4,Red\n3002,Plate,5,Red\n')
    assert [(part.line, part.name) for part in parts] == [(2, "Brick\n2 x 4\ttall"), (3, "Plate")]


def test_a_quoted_header_may_go_over_lines() -> None:
    parts, _ = read('"Part\nID";"Quantity\r\n";Color\n3001;4;Red\n')
    assert parts == [Part(2, "3001", None, "Red", 4, None)]


def test_a_mark_for_inches_within_a_text_is_just_a_character() -> None:
    parts, _ = read(f'{HEADER}3001,Tile 2" wide,4,Red\n')
    assert parts[0].name == 'Tile 2" wide'


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('3001,Brick,4,Red\n3002,"Brick,4,Red\n3003,Brick,4,Red\n', 3),
        ('3001,"Brick,4,Red\n3002,Brick,4,Red\n3003,"Tile",4,Red\n3004,Brick,1,Red\n', 2),
        ('3001,"Brick,4,Red', 2),
        ('3001,"Brick,4,Red\n' + "3002,Brick,4,Red\n" * 10_000, 2),
    ],
    ids=["to the end", "to another quote", "in the last line", "over more than a field may hold"],
)
def test_an_unclosed_quote_fails_the_file_and_names_the_line_where_it_began(rows: str, line: int) -> None:
    error = failure(HEADER + rows)
    assert (error.code, error.line) == ("UNCLOSED_QUOTE", line)
    assert f"line {line}" in error.message


@pytest.mark.parametrize("header", ['"Part,Quantity', '"Part,Quantity\n' + "3001,4\n" * 100, '"Part"x,"Quantity"y'])
def test_an_unclosed_quote_in_the_header_fails_the_file(header: str) -> None:
    error = failure(header)
    assert (error.code, error.line) == ("UNCLOSED_QUOTE", 1)


def test_a_line_over_the_limit_fails_the_file_and_is_named() -> None:
    error = failure(f"{HEADER}3001,Brick,4,{'R' * MAX_LINE_CHARACTERS}\n")
    assert (error.code, error.line) == ("LINE_TOO_LONG", 2)


def test_a_header_of_too_many_columns_fails_the_file() -> None:
    error = failure(f"Part,Quantity{',' * 63}\n3001,4\n")
    assert (error.code, error.line) == ("TOO_MANY_COLUMNS", 1)


def test_lines_are_taken_only_as_parts_are_asked_for() -> None:
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in [HEADER, *["3001,Brick,1,Red\n"] * 100]:
            taken += 1
            yield line

    parts = iter(read_delimited(lines()))
    assert (next(parts).line, next(parts).line) == (2, 3)
    assert taken == 3
