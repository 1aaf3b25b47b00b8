"""The version of a search document: microseconds since 1970, exact wherever PostgreSQL's times are."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kernel.wire_time import version_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.integers(0, (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)))
def test_a_time_after_1970_is_counted_to_the_microsecond(microseconds: int) -> None:
    assert version_of(EPOCH + timedelta(microseconds=microseconds)) == microseconds


@pytest.mark.parametrize("text", ["1969-12-31T23:59:59.999999", "1969-12-31T23:59:58.500000", "0001-01-01T00:00:00"])
def test_times_before_1970_have_the_least_version_that_the_engine_takes(text: str) -> None:
    assert version_of(datetime.fromisoformat(text)) == 0


def test_a_time_in_another_zone_has_the_version_of_the_same_time_in_utc() -> None:
    moment = datetime(2025, 11, 2, 12, 15, 30, 123456, tzinfo=timezone(timedelta(hours=2)))

    assert version_of(moment) == version_of(datetime.fromisoformat("2025-11-02T10:15:30.123456")) == 1762078530123456
