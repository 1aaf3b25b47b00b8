"""When an output is what a page promises."""

import pytest

from tests.runbooks.matching import difference, lines_of, matches


@pytest.mark.parametrize(
    ("wanted", "got", "fits"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        (["a", "b"], ["a"], False),
        ([], [], True),
        ([], ["a"], False),
        (["…"], [], True),
        (["…"], ["a", "b"], True),
        (["…", "c"], ["a", "b", "c"], True),
        (["…", "c"], ["a", "c", "b"], False),
        (["a", "  …", "c", "…"], ["a", "c"], True),
        (["…", "b", "…", "b"], ["b", "x", "b", "b"], True),
        (["it took … s"], ["it took 1.4 s"], True),
        (["it took … s"], ["it took 1.4 ms"], False),
        (["…", "a.c"], ["abc"], False),
        (["a …"], ["a"], False),
    ],
)
def test_lines_fit_or_they_do_not(wanted: list[str], got: list[str], fits: bool) -> None:
    assert matches(wanted, got) is fits
    assert (difference(wanted, got) == "") is fits


def test_a_difference_shows_both_and_the_line_that_was_not_found() -> None:
    assert difference(["a", "b"], ["a", "c"]) == "wanted:\n  | a\n  | b\ngot:\n  | a\n  | c\n(line 2 of them)"
    assert difference(["a"], ["a", "b"]).endswith("(there is more than the page shows)")
    assert "  | (nothing)" in difference(["a"], [])


def test_colours_blanks_at_the_ends_and_empty_last_lines_do_not_count() -> None:
    assert lines_of("\x1b[1;32mPASS\x1b[0m  \n\n b\n\n") == ["PASS", "", " b"]
    assert matches(["PASS ", "", " b"], lines_of("PASS\n\n b"))


def test_many_wildcards_are_compared_in_no_time() -> None:
    assert not matches(["…"] * 40 + ["b"], ["a"] * 200)
