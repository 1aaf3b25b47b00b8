"""The gallery's pure parts: cursors, filters, fields."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domains.gallery.albums import statements as albums
from service.domains.gallery.feed.cursor import KINDS, Cursor
from service.domains.gallery.feed.filters import Filter
from service.domains.gallery.fields import reference
from service.domains.gallery.images import statements as images
from service.domains.gallery.images.rules import new_image
from service.domains.gallery.images.schemas import ImageIn
from service.kernel.errors import ValidationFailed
from service.kernel.titles import MAX_TITLE_CHARS, trimmed_title

ID = UUID("00000000-0000-0000-0000-0000000000a1")
NOTHING = {"kind": "", "words": "", "tag": "", "album_id": "", "flagged": ""}


@given(st.datetimes(), st.uuids(), st.sampled_from(KINDS))
def test_a_cursor_comes_back_as_it_went_out(moment: datetime, identity: UUID, kind: str) -> None:
    text = str(Cursor.behind(moment, identity, kind))
    assert Cursor.parse(text) == Cursor(moment, identity, kind)
    assert text.isascii()
    assert not set(text) & set("+/= &?#%")


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValidationFailed):
        Cursor.parse(text)


def test_a_cursor_of_a_zoned_time_is_in_utc() -> None:
    zoned = datetime(2025, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert Cursor.behind(zoned, ID, "image").created_at == datetime(2025, 6, 1, 10, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("query", "images_too", "albums_too"),
    [
        ({}, True, True),
        ({"kind": "all"}, True, True),
        ({"kind": "image"}, True, False),
        ({"kind": "album"}, False, True),
        ({"tag": "a"}, True, False),
        ({"tag": " "}, True, True),
        ({"album_id": str(ID)}, True, False),
        ({"flagged": "true"}, True, False),
        ({"flagged": "false"}, True, True),
        ({"words": "castle"}, True, True),
        ({"kind": "album", "tag": "a"}, False, False),
    ],
)
def test_albums_are_left_out_where_something_is_asked_that_no_album_has(
    query: dict[str, str], images_too: bool, albums_too: bool
) -> None:
    found = Filter.of_query(**{**NOTHING, **query})
    assert (found.images, found.albums) == (images_too, albums_too)


@pytest.mark.parametrize("name", ["kind", "flagged", "album_id"])
def test_a_filter_of_another_value_is_refused(name: str) -> None:
    with pytest.raises(ValidationFailed):
        Filter.of_query(**{**NOTHING, name: "nonsense"})


@given(st.text(max_size=300))
def test_a_title_is_trimmed_or_refused(title: str) -> None:
    fits = 1 <= len(title.strip()) <= MAX_TITLE_CHARS
    try:
        assert (trimmed_title(title), fits) == (title.strip(), True)
    except ValidationFailed:
        assert not fits


@pytest.mark.parametrize("text", ["x", str(ID).replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", f"{ID}\n", "٣" * 36])
def test_a_reference_has_its_one_usual_spelling(text: str) -> None:
    assert reference(str(ID).upper(), "albumId") == ID
    with pytest.raises(ValidationFailed):
        reference(text, "albumId")


@pytest.mark.parametrize("blank", [None, "", " "])
def test_what_is_blank_counts_as_not_given(blank: str | None) -> None:
    new = new_image(ImageIn(title=blank, description=blank, tags=(), album_id=blank))
    assert (new.title, new.description, new.tags, new.album_id) == (None, None, None, None)
    assert new.title_or("ship.png") == "ship.png"


@pytest.mark.parametrize("table", [images, albums])
def test_only_writable_columns_are_ever_named(table: object) -> None:
    update_of = images.update_of if table is images else albums.update_of
    assert "title = $2" in update_of(("title",))
    with pytest.raises(ValueError, match="user_id"):
        update_of(("user_id",))
