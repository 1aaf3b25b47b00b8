"""Which documents are not what their rows are, and under which version that is mended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.core.reindex.differing import ABSENT, Side, difference, is_same, mending_version, state
from cutover.core.reindex.models import Difference

VERSIONS = st.integers(min_value=0, max_value=1 << 62)
SIDES = st.none() | st.builds(Side, VERSIONS, st.sampled_from([b'{"a":1}', b'{"a":2}']))


def test_two_that_are_not_there_are_the_same() -> None:
    assert is_same(None, None)


@pytest.mark.parametrize(
    ("row", "document", "how", "fields"),
    [
        (None, Side(1, b"{}"), "extra", ()),
        (Side(1, b"{}"), None, "missing", ()),
        (Side(1, b'{"a":1,"b":2}'), Side(1, b'{"a":1,"c":2}'), "different", ("b", "c")),
        (Side(1, b'{"a":1}'), Side(1, b'{"a":true}'), "different", ("a",)),
        (Side(2, b'{"a":1}'), Side(1, b'{"a":1}'), "different", ("version",)),
        (Side(2, b"{}"), Side(2, b"[1]"), "different", ("version",)),
        (Side(2, b'{"a":1}'), Side(2, b"not JSON"), "different", ("a",)),
        (Side(2, b'{"a":1}'), Side(2, b"[" * 100_000), "different", ("a",)),
    ],
)
def test_a_difference_is_named(row: Side | None, document: Side | None, how: str, fields: tuple[str, ...]) -> None:
    assert not is_same(row, document)
    assert difference("1", row, document) == Difference("1", how, fields)


@given(row=SIDES, document=SIDES, clock=VERSIONS)
def test_what_is_mended_is_taken_and_ends_the_difference(row: Side | None, document: Side | None, clock: int) -> None:
    version = mending_version(row, document, clock=clock, outranked=False)

    assert document is None or version >= document.version
    assert row is None or is_same(row, Side(version, row.content))


@given(row=st.builds(Side, VERSIONS, st.just(b"{}")), document=SIDES, clock=VERSIONS)
def test_a_document_gets_no_higher_version_than_it_needs(row: Side, document: Side | None, clock: int) -> None:
    """Whatever is written to the row from now on has a time after the row's, and has to get in."""
    version = mending_version(row, document, clock=clock, outranked=False)

    assert version == max(row.version, document.version if document else 0)


def test_only_a_document_that_an_unseen_tombstone_keeps_out_is_put_by_the_clock() -> None:
    row = Side(5, b"{}")

    assert mending_version(row, None, clock=99, outranked=True) == 99
    assert mending_version(row, Side(7, b"[]"), clock=99, outranked=True) == 7
    assert mending_version(Side(120, b"{}"), None, clock=99, outranked=True) == 120


def test_a_state_tells_contents_apart_and_nothing_from_something() -> None:
    assert state(None) == ABSENT
    assert state(Side(1, b"{}")) == state(Side(2, b"{}")) != state(Side(1, b"[]"))
    assert state(Side(1, b"")) != ABSENT
