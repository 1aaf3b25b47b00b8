"""What people type is sent to the search engine in a form that it can bear."""

from service.kernel.paging import Slice
from service.search.queries import MAX_WORDS, image_query, moc_query, wishlist_query

PAGE = Slice.of_page(1, 20)


def words_of(query: dict[str, object]) -> str:
    (_, matching, *_) = query["query"]["bool"]["must"]  # type: ignore[index]
    words: str = matching["multi_match"]["query"]
    return words


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
