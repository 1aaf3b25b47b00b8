"""Whatever is typed: an answer, the right one, and no query language."""

import random
import string
from contextlib import suppress

import pytest

from service.search import queries
from service.search.port import SearchUnavailable
from tests.search.shelf import Shelf

OPERATORS = (
    "title:* OR userId:bob", "*", "?", "cas*", "/.*/", '"castle" OR userId:bob', "userId:bob", "+|-()", "castle~9",
    "castle^99", "[* TO *]", "{}", "\\", '"', "'", "&& ||", "NOT castle", "_exists_:title", "<script>", "%", "_",
)  # fmt: skip
ODD = (
    "", " ", "\t\n", "\x00", "\u200b", "\u202e", "🏰", "👨\u200d👩", "e\u0301" * 50, "\ufffe", "\U0010ffff", "İ", "ß",
    "-1", "1e309", "null", "true", "a" * 200, "a" * 20_000, "🏰" * 5_000, "-".join("abcdefgh"), "a-" * 100, "abc城" * 9,
    "ab " * 1_000,
)  # fmt: skip
NUMBERS = (1, 3, 5, 10, 20)


async def test_no_query_language_reaches_the_engine(shelf: Shelf) -> None:
    await shelf.put(shelf.document("Crane", owner="bob"), shelf.document("Harbour"))
    for words in OPERATORS:
        assert await shelf.titles(words) == [], words


async def test_odd_words_find_nothing_and_break_nothing(shelf: Shelf) -> None:
    await shelf.put(shelf.document("Castle", label="star wars", description="by the sea"))
    for words in ODD:
        assert await shelf.titles(words) == [], words[:30]
        assert await shelf.titles(f"castle {words}") == ["Castle"], words[:30]


async def test_of_a_thousand_words_the_first_ones_count(shelf: Shelf) -> None:
    await shelf.put(shelf.document("Castle"), shelf.document("Crane"))
    many = [f"w{number}" for number in range(1_000)]
    assert await shelf.titles(" ".join(["castle", *many])) == ["Castle"]
    assert await shelf.titles(" ".join([*many, "crane"])) == []


@pytest.fixture
async def large_vocabulary(mocs: Shelf) -> list[str]:
    """Twenty words that are in the index, and very many that are spelt alike."""
    chance = random.Random(7)  # noqa: S311 - the same documents each time
    words = ["".join(chance.choices(string.ascii_lowercase, k=9)) for _ in range(20)]

    def alike(word: str) -> str:
        at = chance.randrange(len(word))
        return word[:at] + chance.choice(string.ascii_lowercase) + word[at + 1 :]

    def text(length: int) -> str:
        return " ".join(alike(chance.choice(words)) for _ in range(length))

    documents = [
        mocs.document(
            text(6), description=text(20), tags=tuple(text(1) for _ in range(5)), theme=text(2), author=text(2)
        )
        for _ in range(400)
    ]
    await mocs.put(*documents, *(mocs.document(" ".join(words[:number]), label="exact") for number in NUMBERS))
    return words


async def test_many_words_of_a_large_vocabulary_are_not_too_many_for_the_engine(
    mocs: Shelf, large_vocabulary: list[str]
) -> None:
    for number in NUMBERS:
        typed = " ".join(large_vocabulary[:number])
        assert typed in await mocs.titles(typed, "exact")


async def test_a_query_of_too_many_clauses_is_no_failure_of_the_engine(
    mocs: Shelf, large_vocabulary: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else three such searches would take everybody's search away. Only a real OpenSearch minds them at all."""
    with monkeypatch.context() as careless:
        careless.setattr(queries, "MAX_CLAUSES", 1_000_000)
        for _ in range(5):
            with suppress(SearchUnavailable):
                await mocs.hits(" ".join(large_vocabulary))
    assert (await mocs.hits(large_vocabulary[0])).total > 0
