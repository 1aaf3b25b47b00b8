"""Parts lists nobody thought of: what is written comes back, and nothing ends in a crash."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domains.parts_lists.rules import Part, Unreadable
from tests.unit.service.parts_list_files import read


def outcome(data: bytes) -> list[Part] | Unreadable:
    try:
        return read(data)[0]
    except Unreadable as error:
        return error


CELLS = st.text(
    st.one_of(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), st.sampled_from('",;\t\n=@ ')), max_size=20
)
ROWS = st.tuples(
    CELLS.map(lambda text: text.replace("\n", "").replace("\t", "")), CELLS, st.integers(1, 999_999), CELLS
)


@settings(deadline=None)  # a busy machine is no bug
@given(
    rows=st.lists(ROWS.filter(lambda row: bool(row[0].strip())), min_size=1, max_size=10),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_table_that_the_csv_module_writes_is_read_back_whole(
    rows: list[tuple[str, str, int, str]], delimiter: str, line_end: str, encoding: str
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("Part ID", "Part Name", "Quantity", "Color"), *rows])
    parts, reader = read(file.getvalue().encode(encoding))
    assert reader.errors == []
    assert parts == [
        Part(line, part_id.strip(), name.strip() or None, color.strip() or None, quantity, None)
        for line, (part_id, name, quantity, color) in enumerate(rows, 2)
    ]


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.from_regex("[0-9a-z]{1,8}", fullmatch=True), st.text('ab ",;é', max_size=8), st.integers(1, 999_999)
        ),
        min_size=1,
        max_size=10,
    ),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_table_with_as_few_quotes_as_possible_is_read_back_whole(
    rows: list[tuple[str, str, int]], delimiter: str, line_end: str
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=line_end).writerows([("part", "name", "qty"), *rows])
    parts, _ = read(file.getvalue())
    assert [(part.part_id, part.name or "", part.quantity) for part in parts] == [
        (part_id, name.strip(), quantity) for part_id, name, quantity in rows
    ]


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400).map(lambda data: b"Part,Quantity,Name\n" + data),
        st.binary(max_size=200),
        st.text(st.sampled_from('Part,;\t"\n\r=1 Qty\ufeffé'), max_size=200).map(str.encode),
    )
)
def test_no_file_whatever_ends_in_anything_but_parts_or_a_reason(data: bytes) -> None:
    end = outcome(data)
    assert end
    assert isinstance(end, list) or (end.code.isupper() and end.message.isprintable())
