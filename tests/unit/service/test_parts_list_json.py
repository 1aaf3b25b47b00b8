"""JSON to rows: the same parts, the same reports and the same limits as from a CSV file."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domains.parts_lists.rules import MAX_LINE_CHARACTERS, MAX_ROWS, Part, Unreadable
from tests.unit.service.parts_list_files import failure, read

GOOD = {"part": "3001", "quantity": 1}


def listed(*entries: Any) -> str:
    return json.dumps(entries)


@pytest.mark.parametrize(
    "content",
    [
        '[{"part":"3001","quantity":4}]',
        '{"parts":[{"part":"3001","quantity":4}]}',
        '\ufeff\r\n\t [ {"part" : "3001" , "quantity" : 4 } ] \n',
        '{"name":"Falcon","sizes":[1,{"parts":[1]}],"PARTS":[{"part":"3001","quantity":"4"}],"more":null}',
    ],
    ids=["array", "under parts", "spaced", "under parts among others"],
)
def test_an_array_of_objects_is_read_also_under_parts(content: str) -> None:
    parts, reader = read(content)
    assert parts == [Part(2, "3001", None, None, 4, None)]
    assert (reader.rows, reader.total, reader.error_count) == (1, 4, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_is_understood_that_csv_is_understood_in(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    parts, _ = read(mark + '[{"part":"3001","name":"Größe","quantity":4}]'.encode(encoding))
    assert parts == [Part(2, "3001", "Größe", None, 4, None)]


@pytest.mark.parametrize(
    "names",
    [
        ("Part ID", "Part Name", "Quantity", "Color", "Is Spare"),
        ("part_number", "description", "QTY", "colour", "spare"),
        ("DesignID", "ItemName", "qty-needed", "colorName", "isSpare"),
    ],
)
def test_names_are_known_by_the_aliases_of_headers(names: tuple[str, ...]) -> None:
    entry = dict(zip(names, ["3001", "Brick", 4, "Red", False], strict=True))
    parts, _ = read(listed(entry, {"note": [1, {}], **entry}))
    assert parts == [Part(line, "3001", "Brick", "Red", 4, False) for line in (2, 3)]


def test_of_two_names_that_mean_the_same_the_plainer_one_is_read() -> None:
    parts, _ = read(listed({"elementId": "300126", "partId": "3001", "colorId": 0, "color": "Black", "qty": 4}))
    assert parts == [Part(2, "3001", None, "Black", 4, None)]


def test_entries_need_not_be_alike() -> None:
    parts, _ = read(listed({"qty": 4, "part": "1"}, {"part": "2", "color": None, "qty": "5"}, {"count": 6, "item": 3}))
    assert [(part.line, part.part_id, part.quantity) for part in parts] == [(2, "1", 4), (3, "2", 5), (4, "3", 6)]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"part": "", "quantity": 4}, "MISSING_PART"),
        ({"quantity": 4}, "MISSING_PART"),
        ({}, "MISSING_PART"),
        ({"note": "x"}, "MISSING_PART"),
        ({"part": "3001"}, "MISSING_QUANTITY"),
        ({"part": "3001", "quantity": None}, "MISSING_QUANTITY"),
        ({"part": "3001", "quantity": 0}, "BAD_QUANTITY"),
        ({"part": "3001", "quantity": -1}, "BAD_QUANTITY"),
        ({"part": "3001", "quantity": 1.0}, "BAD_QUANTITY"),
        ({"part": "3001", "quantity": 1e3}, "BAD_QUANTITY"),
        ({"part": "3001", "quantity": True}, "BAD_QUANTITY"),
        ({"part": "3001", "quantity": [4]}, "BAD_VALUE"),
        ({"part": {"id": "3001"}, "quantity": 4}, "BAD_VALUE"),
        ({"part": "30\x0001", "quantity": 4}, "BAD_CHARACTER"),
        ({"part": "30\ud80001", "quantity": 4}, "BAD_CHARACTER"),
        ({"part": "3" * 101, "quantity": 4}, "PART_TOO_LONG"),
        ({"part": "3001", "quantity": 4, "name": "B" * 256}, "NAME_TOO_LONG"),
        ({"part": "3001", "quantity": 4, "color": "R" * 256}, "COLOR_TOO_LONG"),
        ({"part": "3001", "Part": "3002", "quantity": 4}, "DUPLICATE_FIELD"),
        (["3001", 4], "NOT_AN_OBJECT"),
        ("3001", "NOT_AN_OBJECT"),
        (4, "NOT_AN_OBJECT"),
        (None, "NOT_AN_OBJECT"),
    ],
)
def test_a_bad_entry_is_named_and_costs_no_other(entry: Any, code: str) -> None:
    parts, reader = read(listed(GOOD, entry, GOOD))
    assert [part.line for part in parts] == [2, 4]
    assert [(error.line, error.code) for error in reader.errors] == [(3, code)]
    assert reader.errors[0].message.isprintable()


def test_a_number_of_any_length_is_just_no_quantity() -> None:
    _, reader = read('[{"part":"1","quantity":2},{"part":"1","quantity":1' + "0" * 5000 + "}]")
    assert [(error.line, error.code) for error in reader.errors] == [(3, "BAD_QUANTITY")]


def test_one_name_twice_in_an_object_is_seen() -> None:
    _, reader = read('[{"part":"1","quantity":2},{"part":"1","part":"2","quantity":2}]')
    assert [(error.line, error.code) for error in reader.errors] == [(3, "DUPLICATE_FIELD")]


def test_an_entry_of_blank_texts_is_skipped_as_a_blank_row_is() -> None:
    parts, reader = read(listed({"part": " ", "quantity": None}, GOOD))
    assert ([part.line for part in parts], reader.error_count) == ([3], 0)


@pytest.mark.parametrize("content", ["[]", '{"parts":[]}', '[{"part":"","quantity":""}]'])
def test_a_list_of_nothing_is_an_empty_file(content: str) -> None:
    assert failure(content).code == "EMPTY_FILE"


@pytest.mark.parametrize("content", ["{}", '{"part":"3001","quantity":4}', '{"parts":{}}', '{"parts":[],"Parts":[]}'])
def test_an_object_without_one_array_under_parts_is_no_list(content: str) -> None:
    assert failure(content).code == "NO_PARTS"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("[", 2),
        ("[{", 2),
        ('[{"part":"3001","quantity":4}', 3),
        ('[{"part":"3001","quantity":4},', 3),
        ('[{"part":"3001","quantity":4},]', 3),
        ('[{"part":"3001","quantity":4} {}]', 3),
        ('[{"part":"3001","quantity":4}]]', 3),
        ('[{"part":"3001","quantity":4}]\n[]', 3),
        ('{"part":"3001","quantity":4}\n{"part":"3002","quantity":4}', 2),
        ("[{part:3001}]", 2),
        ("[{'part':'3001'}]", 2),
        ('[{"part":"3001","quantity":NaN}]', 2),
        ('[{"part":"30\n01","quantity":4}]', 2),
        ("[" * 100_000, 2),
        ('{"a":' * 20_000, 2),
        ('{"parts":[{"part":"3001","quantity":4}]', 3),
        ('{"parts":[{"part":"3001","quantity":4}],}', 3),
        ("{1:2}", 2),
        ('{"a" 1}', 2),
        ('{"a":1 "b":2}', 2),
        ('["' + "x" * 300_000, 2),
    ],
)
def test_what_is_no_json_fails_the_file_and_names_the_entry(content: str, line: int) -> None:
    error = failure(content)
    if content.startswith('{"part":"3001"'):
        assert error.code in ("BAD_JSON", "NO_PARTS")
        return
    assert (error.code, error.line) == ("BAD_JSON", line)
    assert f"entry {line - 1}" in error.message
    assert error.message.isprintable()


def test_an_entry_over_the_limit_of_a_line_fails_the_file() -> None:
    content = listed(GOOD, {**GOOD, "note": "x" * MAX_LINE_CHARACTERS}, *[GOOD] * 5000)
    error = failure(content)
    assert (error.code, error.line) == ("LINE_TOO_LONG", 3)


def test_an_entry_of_too_many_values_fails_the_file() -> None:
    error = failure(listed(GOOD, {**GOOD, **{f"n{number}": 1 for number in range(63)}}))
    assert (error.code, error.line) == ("TOO_MANY_COLUMNS", 3)


def test_as_many_layouts_as_entries_are_read() -> None:
    parts, reader = read(listed(*({"part": n, "quantity": 1, f"note {n}": ""} for n in range(1, 300))))
    assert (len(parts), reader.error_count) == (299, 0)


def test_one_entry_too_many_fails_the_file() -> None:
    error = failure("[" + ",".join(['{"part":"3001","quantity":1}'] * (MAX_ROWS + 1)) + "]")
    assert (error.code, error.line) == ("TOO_MANY_ROWS", MAX_ROWS + 2)


def test_a_bad_file_of_bad_entries_shows_the_first() -> None:
    error = failure(listed({"part": "3001", "quantity": "none"}, 5))
    assert error.code == "NO_GOOD_ROW"
    assert error.message.startswith('None of the 2 rows is a part. Line 2: The quantity "none"')


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 1_000_005), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)  # fmt: skip
NAMES = st.sampled_from(["part", "Part ID", "quantity", "qty", "name", "color", "is spare", "note"])


@settings(deadline=None)
@given(st.lists(st.one_of(VALUES, st.dictionaries(NAMES, VALUES)), max_size=8), st.sampled_from([None, 1]))
def test_every_entry_of_any_list_ends_as_a_part_or_as_a_report(entries: list[Any], indent: int | None) -> None:
    try:
        parts, reader = read(json.dumps(entries, indent=indent))
    except Unreadable as error:
        assert error.code in ("EMPTY_FILE", "NO_GOOD_ROW")  # noqa: PT017 - one of two good ends
    else:
        assert len(parts) + reader.error_count <= len(entries)
        lines = [part.line for part in parts] + [error.line for error in reader.errors]
        assert len(set(lines)) == len(lines)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 999_999), min_size=1, max_size=6),
    st.sampled_from([0, 65_480, 65_520, 65_530, 131_000]),
    st.integers(0, 60),
)
def test_entries_cut_by_the_borders_of_chunks_stay_whole(quantities: list[int], spaces: int, more: int) -> None:
    text = json.dumps([{"part": "ö€😀", "quantity": quantity} for quantity in quantities], ensure_ascii=False)
    parts, _ = read(" " * (spaces + more) + text)
    assert [part.quantity for part in parts] == quantities
    assert {part.part_id for part in parts} == {"ö€😀"}
