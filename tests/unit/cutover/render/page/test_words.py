"""Words that do not cover each other."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from cutover.render.page.words import Placed, placed, sparse, width_of


def stretch(word: Placed) -> tuple[float, float]:
    width = width_of(word.text)
    return (word.at, word.at + width) if word.anchor == "start" else (word.at - width, word.at)


@given(st.lists(st.tuples(st.floats(50, 500), st.text("abc %", min_size=1, max_size=20)), max_size=15))
def test_no_word_covers_another_or_leaves_the_chart(words: list[tuple[float, str]]) -> None:
    found = placed(words, 50, 500, rows=3)
    assert [word.text for word in found] == [text for _, text in words]
    shown = [word for word in found if word.row is not None]
    for one, other in combinations(shown, 2):
        (a, b), (c, d) = stretch(one), stretch(other)
        assert one.row != other.row or b <= c or d <= a
    assert all(start >= 40 and end <= 510 for start, end in map(stretch, shown))


def test_a_word_stands_right_of_its_place_and_left_of_it_at_the_edge() -> None:
    first, last = placed([(100, "asked 10%"), (495, "finished 100%")], 50, 500, rows=2)
    assert (first.anchor, first.at, first.row) == ("start", 103, 0)
    assert (last.anchor, last.at, last.row) == ("end", 492, 0)


def test_words_at_one_place_go_to_both_its_sides_then_below_each_other_then_away() -> None:
    found = placed([(250, "rolled back")] * 5, 50, 500, rows=2)
    assert [(word.anchor, word.row) for word in found] == [
        ("start", 0),
        ("end", 0),
        ("start", 1),
        ("end", 1),
        ("start", None),
    ]


def test_ticks_too_close_for_their_words_lose_every_other() -> None:
    assert sparse([(n * 100.0, "10:00") for n in range(5)]) == [0, 1, 2, 3, 4]
    assert sparse([(n * 25.0, "10:00") for n in range(5)]) == [0, 2, 4]
    assert sparse([]) == []
