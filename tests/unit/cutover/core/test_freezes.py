"""Windows in which nothing is raised: their edges, weeks that wrap, clocks that change, windows that meet."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cutover.core.freezes import (
    IN_SIGHT,
    WeeklyFreeze,
    frozen,
    opening,
    opens_at,
    parse_moment,
    parse_time,
)
from cutover.core.standing import Freeze

BERLIN = ZoneInfo("Europe/Berlin")
SECOND = timedelta(seconds=1)


def weekly(start: str, end: str, zone: str = "UTC") -> WeeklyFreeze:
    return WeeklyFreeze(parse_moment(start), parse_moment(end), ZoneInfo(zone), f"{start} to {end} {zone}")


def named(start: datetime, end: datetime, reason: str = "launch") -> Freeze:
    return Freeze("f1", start, end, reason, "ada")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


WEEKEND = weekly("Fri 12:00", "Mon 08:00")
FRIDAY, MONDAY = utc(2026, 11, 20, 12), utc(2026, 11, 23, 8)


@pytest.mark.parametrize(
    ("now", "is_frozen"),
    [
        (FRIDAY - SECOND, False),
        (FRIDAY, True),
        (utc(2026, 11, 22, 23, 59, 59), True),
        (utc(2026, 11, 23, 0), True),
        (MONDAY - SECOND, True),
        (MONDAY, False),
        (utc(2026, 11, 25, 12), False),
    ],
)
def test_a_window_that_wraps_the_week_holds_from_its_start_and_ends_before_its_end(
    now: datetime, is_frozen: bool
) -> None:
    found = frozen(now, [WEEKEND], [])

    assert (found is not None) is is_frozen
    assert opens_at(now, [WEEKEND], []) == (MONDAY if is_frozen else now)
    assert found is None or found.text == "Fri 12:00 to Mon 08:00 UTC"


def test_a_window_inside_the_week_does_not_wrap() -> None:
    window = weekly("Tue 09:00", "Tue 17:00")

    assert frozen(utc(2026, 11, 24, 9), [window], []) is not None
    assert frozen(utc(2026, 11, 24, 17), [window], []) is None
    assert frozen(utc(2026, 11, 23, 12), [window], []) is None


def test_a_window_is_of_its_own_zone_wherever_the_asker_is() -> None:
    window = weekly("Fri 12:00", "Mon 08:00", "Asia/Tokyo")  # nine hours ahead

    assert frozen(utc(2026, 11, 20, 3), [window], []) is not None
    assert frozen(utc(2026, 11, 20, 2, 59), [window], []) is None
    assert opens_at(utc(2026, 11, 20, 3), [window], []) == utc(2026, 11, 22, 23)
    assert frozen(datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Asia/Tokyo")), [window], []) is not None


def test_summer_time_moves_no_edge_of_a_weekend_on_the_wall_clock() -> None:
    window = weekly("Fri 12:00", "Mon 08:00", "Europe/Berlin")

    spring = opens_at(utc(2026, 3, 28, 12), [window], [])  # clocks go forward on Sunday 29 March 2026, 02:00
    autumn = opens_at(utc(2026, 10, 24, 12), [window], [])  # and back on Sunday 25 October 2026, 03:00

    assert (spring, autumn) == (utc(2026, 3, 30, 6), utc(2026, 10, 26, 7))
    assert frozen(utc(2026, 3, 27, 11), [window], []) is not None
    assert frozen(utc(2026, 3, 27, 10, 59), [window], []) is None
    assert frozen(utc(2026, 10, 23, 10), [window], []) is not None


def test_an_end_in_the_hour_that_comes_twice_is_the_second_one() -> None:
    window = weekly("Sun 01:00", "Sun 02:30", "Europe/Berlin")  # 02:30 is at 00:30 and at 01:30 UTC

    assert [frozen(utc(2026, 10, 25, *t), [window], []) is not None for t in ((0, 29), (0, 45), (1, 29), (1, 30))] == [
        True,
        True,
        True,
        False,
    ]
    assert opens_at(utc(2026, 10, 25, 1, 15), [window], []) == utc(2026, 10, 25, 1, 30)


def test_a_start_in_the_hour_that_comes_twice_is_the_first_one() -> None:
    window = weekly("Sun 02:30", "Sun 04:00", "Europe/Berlin")

    assert frozen(utc(2026, 10, 25, 0, 30), [window], []) is not None
    assert frozen(utc(2026, 10, 25, 1, 15), [window], []) is not None
    assert frozen(utc(2026, 10, 25, 0, 29), [window], []) is None


def test_an_edge_in_the_hour_that_is_left_out_takes_the_hour_in() -> None:
    into, out = weekly("Sun 02:30", "Sun 05:00", "Europe/Berlin"), weekly("Sun 00:00", "Sun 02:30", "Europe/Berlin")

    assert frozen(utc(2026, 3, 29, 1), [into], []) is not None  # 03:00 on the wall, and 02:30 never was
    assert opens_at(utc(2026, 3, 29, 0), [out], []) == utc(2026, 3, 29, 1, 30)


def test_windows_that_meet_or_overlap_open_at_their_common_end() -> None:
    launch = named(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=5))
    after = named(MONDAY + timedelta(hours=5), MONDAY + timedelta(hours=6), "audit")

    assert opens_at(FRIDAY, [WEEKEND], [launch, after]) == MONDAY + timedelta(hours=6)


def test_of_several_windows_the_one_that_ends_last_is_told() -> None:
    launch = named(FRIDAY, MONDAY + timedelta(hours=5))

    found = frozen(FRIDAY, [WEEKEND], [launch])

    assert found is not None
    assert (found.until, found.text) == (launch.end, "launch (ada)")


@pytest.mark.parametrize(("after", "is_frozen"), [(-SECOND, False), (timedelta(0), True), (timedelta(hours=1), False)])
def test_a_named_window_holds_from_its_start_and_ends_before_its_end(after: timedelta, is_frozen: bool) -> None:
    launch = named(FRIDAY, FRIDAY + timedelta(hours=1))

    assert (frozen(FRIDAY + after, [], [launch]) is not None) is is_frozen


def test_what_never_opens_says_so_and_does_not_search_for_ever() -> None:
    whole = [weekly("Mon 00:00", "Thu 00:00"), weekly("Thu 00:00", "Mon 00:00")]

    opens = opens_at(FRIDAY, whole, [])

    assert opens - FRIDAY > IN_SIGHT
    assert opening(FRIDAY, opens) == "over a year from now"
    assert opening(FRIDAY, MONDAY) == "Mon 23 Nov 08:00 UTC"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", FRIDAY),
        ("NOW", FRIDAY),
        ("2026-12-24 18:00", utc(2026, 12, 24, 17)),
        ("2026-07-24T18:00:30", utc(2026, 7, 24, 16, 0, 30)),
        ("2026-12-24T18:00:00Z", utc(2026, 12, 24, 18)),
        ("2026-12-24t18:00z", utc(2026, 12, 24, 18)),
        ("2026-12-24 18:00-05:00", utc(2026, 12, 24, 23)),
    ],
)
def test_times_are_read_as_people_write_them(text: str, moment: datetime) -> None:
    assert parse_time(text, BERLIN, FRIDAY, is_end=False) == moment


def test_a_time_that_comes_twice_is_read_so_that_the_window_is_the_longer_one() -> None:
    text = "2026-10-25 02:30"

    start, end = (parse_time(text, BERLIN, FRIDAY, is_end=is_end) for is_end in (False, True))

    assert (start, end) == (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30))


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-12-24", "2026-13-24 18:00", "2026-02-31 10:00", "24.12.2026 18:00", "2026-12-24 25:00",
     "2026-12-24 18:00 CET", "20261224T180000Z", "\u0662026-12-24 18:00", "0001-01-01 00:00", "9999-12-31 23:59-12:00"],
)  # fmt: skip
def test_what_is_no_time_is_told_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time; write it as"):
        parse_time(text, BERLIN, FRIDAY, is_end=False)


@pytest.mark.parametrize("text", ["Fri", "fri 12:00", "Fri 24:00", "Fri 12:60", "Freitag 12:00"])
def test_what_is_no_moment_of_the_week_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="write it as Fri 12:00"):
        parse_moment(text)
