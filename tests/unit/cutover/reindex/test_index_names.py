"""The names of indices."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.core.reindex.names import all_of, index_name, made_at


def test_a_name_says_the_alias_and_the_moment_in_utc() -> None:
    moment = datetime(2025, 11, 2, 12, 15, 30, 999, tzinfo=timezone(timedelta(hours=2)))

    assert index_name("moc_instructions", moment) == "moc_instructions-v20251102t101530"
    assert all_of("moc_instructions") == "moc_instructions-v*"


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_moment_can_be_read_back_from_every_name(moment: datetime) -> None:
    assert made_at("wishlist_items", index_name("wishlist_items", moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    "name",
    [
        "moc_instructions",
        "moc_instructions-v2",
        "moc_instructions-v20251302t101530",
        "moc_instructions-v2025110210153000",
        "moc_instructions-v20251102t1015 3",
        "gallery_images-v20251102t101530",
        "moc_instructions-v20251102t101530-old",
    ],
)
def test_other_names_have_no_moment(name: str) -> None:
    assert made_at("moc_instructions", name) is None
