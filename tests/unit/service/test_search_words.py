"""What people type is sent to the search engine in a form that it can bear."""

import pytest

from service.kernel.paging import Slice
from service.search.queries import MAX_CHARS, MAX_CLAUSES, MAX_WORDS, image_query, moc_query, wishlist_query

PAGE = Slice.of_page(1, 20)


def words_of(query: dict[str, object]) -> str:
    (_, matching, *_) = query["query"]["bool"]["must"]  # type: ignore[index]
    words: str = matching["multi_match"]["query"]
    return words


def alike_of(query: dict[str, object]) -> int:
    (_, matching, *_) = query["query"]["bool"]["must"]  # type: ignore[index]
    spellings: int = matching["multi_match"]["max_expansions"]
    return spellings


def test_each_word_is_looked_for_once_in_the_order_of_typing() -> None:
    assert words_of(moc_query("alice", "b  a b\ta c", "", PAGE)) == "b a c"


def test_no_more_than_the_engine_bears() -> None:
    typed = " ".join(str(number) for number in range(100))
    for query in (
        moc_query("alice", typed, "grey", PAGE),
        image_query("alice", typed, "grey", None, PAGE),
        wishlist_query("alice", typed, "city", PAGE),
    ):
        assert words_of(query).split() == [str(number) for number in range(MAX_WORDS)]


def test_words_that_are_too_long_are_cut() -> None:
    assert words_of(moc_query("alice", "a" * 5_000, "", PAGE)) == "a" * MAX_CHARS


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("", 50), ("castle", 50), ("a b c d e f", 50), ("one two three", 50), ("one two three four", 37)],
)
def test_a_few_words_are_looked_for_in_many_spellings(typed: str, expected: int) -> None:
    assert alike_of(moc_query("alice", typed, "", PAGE)) == expected


@pytest.mark.parametrize("number", range(1, 51))
@pytest.mark.parametrize("between", [" ", "-", "/"])
def test_many_words_never_make_more_clauses_than_the_engine_bears(number: int, between: str) -> None:
    typed = between.join(["abc"] * number) if between != " " else " ".join(f"w{n:02}" for n in range(number))
    query = moc_query("alice", typed, "", PAGE)
    words = len(words_of(query).replace("-", " ").replace("/", " ").split())
    assert 1 <= alike_of(query) * words * 6 <= MAX_CLAUSES
