"""Who finds what, and in which order: slips, boosts, labels, the newest first, and never what others own."""

from uuid import UUID

import pytest

from service.search.indices import IMAGES
from service.search.queries import image_query
from tests.search.shelf import FIRST_PAGE, OWNER, Shelf


async def test_a_slip_of_the_pen_is_forgiven(shelf: Shelf) -> None:
    await shelf.put(shelf.document("Winter castle"), shelf.document("Harbour crane"))
    for typed in ("castle", "CASTLE", "castel", "casttle", "castl", "kastle", "cassle"):
        assert await shelf.titles(typed) == ["Winter castle"], typed


async def test_three_slips_in_a_word_are_another_word(shelf: Shelf) -> None:
    await shelf.put(shelf.document("Winter castle"))
    assert await shelf.titles("kazdle") == []


async def test_short_words_are_taken_as_they_are(shelf: Shelf) -> None:
    await shelf.put(shelf.document("UFO on an XL base"))
    assert await shelf.titles("xl") == ["UFO on an XL base"]
    assert await shelf.titles("xm") == []


async def test_what_is_spelt_right_comes_before_what_is_only_alike(shelf: Shelf) -> None:
    await shelf.put(
        shelf.document("castel", seconds=2), shelf.document("castle", seconds=1), shelf.document("castles", seconds=3)
    )
    assert (await shelf.titles("castle"))[0] == "castle"
    assert set(await shelf.titles("castle")) == {"castle", "castel", "castles"}


async def test_the_title_counts_for_more_than_a_label_and_that_for_more_than_the_description(shelf: Shelf) -> None:
    await shelf.put(
        shelf.document("described", label="shelf", description="castle", seconds=3),
        shelf.document("labelled", label="castle", description="plain", seconds=2),
        shelf.document("castle", label="shelf", description="plain", seconds=1),
    )
    assert await shelf.titles("castle") == ["castle", "labelled", "described"]


async def test_saying_it_often_in_a_description_does_not_beat_the_title(shelf: Shelf) -> None:
    await shelf.put(
        shelf.document("tower", label="shelf", description="castle " * 5, seconds=1),
        shelf.document("castle", label="shelf", description="plain"),
    )
    assert await shelf.titles("castle") == ["castle", "tower"]


async def test_a_word_of_a_label_of_several_words_finds_it(shelf: Shelf) -> None:
    await shelf.put(shelf.document("X-wing", label="star wars"), shelf.document("Crane", label="harbour"))
    for typed in ("star", "wars", "Star Wars", "stra"):
        assert await shelf.titles(typed) == ["X-wing"], typed


async def test_a_label_as_a_filter_is_the_whole_label(shelf: Shelf) -> None:
    await shelf.put(
        shelf.document("Grey castle", label="star wars"),
        shelf.document("Red castle", label="star"),
        shelf.document("Blue castle"),
        shelf.document("Crane", label="star"),
    )
    assert await shelf.titles("castle", "star wars") == ["Grey castle"]
    assert await shelf.titles("castle", "star") == ["Red castle"]
    for other in ("Star", "wars", "sta", "star*", "star wars "):
        assert await shelf.titles("castle", other) == [], other


async def test_each_tag_is_a_filter(mocs: Shelf) -> None:
    await mocs.put(mocs.document("Castle", tags=("grey", "night sky", "ÄÖ", '"\\', "x" * 50)))
    for tag in ("grey", "night sky", "ÄÖ", '"\\', "x" * 50):
        assert await mocs.titles("castle", tag) == ["Castle"], tag


async def test_equals_come_newest_first_and_then_by_their_id(shelf: Shelf) -> None:
    ages = (0, 5, 5, 5, 9)
    documents = [shelf.document("castle", seconds=seconds) for seconds in ages]
    await shelf.put(*reversed(documents))
    found = [one["id"] for one in (await shelf.hits("castle")).documents]
    assert found == [str(documents[number].id) for number in (4, 1, 2, 3, 0)]


async def test_a_better_match_comes_before_a_newer_one(shelf: Shelf) -> None:
    await shelf.put(
        shelf.document("Tower", label="shelf", description="near a castle", seconds=3600),
        shelf.document("Castle", label="shelf", description="plain"),
    )
    assert await shelf.titles("castle") == ["Castle", "Tower"]


async def test_any_of_the_words_is_enough_and_more_of_them_are_better(shelf: Shelf) -> None:
    await shelf.put(
        shelf.document("Winter", seconds=2), shelf.document("Winter castle", seconds=1), shelf.document("Crane")
    )
    assert await shelf.titles("winter castle") == ["Winter castle", "Winter"]


async def test_nobody_ever_finds_what_others_own(shelf: Shelf) -> None:
    await shelf.put(
        shelf.document("Castle", owner="bob", label="star wars"),
        shelf.document("Castle of alice", owner="Alice"),
        shelf.document("My castle", label="star"),
        shelf.document("alice", owner="alice bob"),
    )
    assert await shelf.titles("castle") == ["My castle"]
    assert await shelf.titles("castle", owner="bob") == ["Castle"]
    assert await shelf.titles("castle", "star wars") == []
    for nobody in ("", "al", "bo", "*", "alice OR bob", "ali?e"):
        assert await shelf.titles("castle alice bob", owner=nobody) == [], nobody


@pytest.mark.parametrize("words", ["café", "ÜBUNG", "замок", "城", "キャッスル", "강아지", "naïve", "x2024y"])
async def test_any_script_is_searched(shelf: Shelf, words: str) -> None:
    await shelf.put(shelf.document(f"Start {words} end"), shelf.document("Something else"))
    assert await shelf.titles(words) == [f"Start {words} end"]
    assert await shelf.titles(words.lower()) == [f"Start {words} end"]


async def test_a_hit_is_the_whole_document(shelf: Shelf) -> None:
    document = shelf.document("Castle", label="star wars", description="grey")
    await shelf.put(document)
    (hit,) = (await shelf.hits("castle")).documents
    assert set(hit) >= {"id", "userId", "title", "description"}
    assert (hit["id"], hit["title"], hit["description"]) == (str(document.id), "Castle", "grey")


async def test_theme_and_author_of_a_moc_are_searched_its_brand_is_not(mocs: Shelf) -> None:
    await mocs.put(
        mocs.document("One", theme="City"), mocs.document("Two", author="Ada"), mocs.document("Three", brand="LEGO")
    )
    assert await mocs.titles("city") == ["One"]
    assert await mocs.titles("ada") == ["Two"]
    assert await mocs.titles("lego") == []


async def test_images_are_looked_for_in_one_album_or_outside_all(images: Shelf) -> None:
    album, other = UUID(int=101), UUID(int=102)
    await images.put(
        images.document("Castle in that album", album_id=album),
        images.document("Castle elsewhere", album_id=other),
        images.document("Castle outside"),
    )
    for wanted, expected in ((album, "Castle in that album"), (other, "Castle elsewhere"), (None, "Castle outside")):
        hits = await images.engine.find(IMAGES, image_query(OWNER, "castle", "", wanted, FIRST_PAGE))
        assert [hit["title"] for hit in hits.documents] == [expected]
