"""Windows in which nothing is raised: those of every week, and those that somebody named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from cutover.core.standing import Freeze

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = timedelta(days=7)
IN_SIGHT = timedelta(days=366)  # an opening further away than this is none that anybody waits for
_MOMENT = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class WeeklyFreeze:
    """A window of every week, in `zone`'s wall clock: [start, end) as time since Monday 00:00; end may be earlier."""

    start: timedelta
    end: timedelta
    zone: tzinfo
    text: str  # "Fri 12:00 to Mon 08:00 Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Frozen:
    """The window that a moment lies in: until when, and in whose words."""

    until: datetime
    text: str


def parse_moment(text: str) -> timedelta:
    """The time since Monday 00:00 of a moment such as "Fri 12:00". Raises ValueError with an example."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a moment of the week; write it as Fri 12:00")
    return timedelta(days=DAYS.index(found[1]), hours=int(found[2]), minutes=int(found[3]))


def parse_time(text: str, zone: tzinfo, now: datetime, *, is_end: bool) -> datetime:
    """The moment, in UTC, that `now`, RFC 3339 or "YYYY-MM-DD HH:MM" in `zone` names. Raises ValueError with examples.

    Where the clocks change and a wall time is two moments, a window takes both in: an end is the later one.
    """
    if text.lower() == "now":
        return now.astimezone(UTC)
    try:
        given = datetime.fromisoformat(text.upper()) if _TIME.fullmatch(text) else None
        if given is not None:
            return given.astimezone(UTC) if given.tzinfo else _instant(given, zone, latest=is_end)
    except (ValueError, OverflowError):
        pass  # a 31st of February, or a time that its zone moves out of the calendar
    raise ValueError(f'{text!r} is not a time; write it as "2026-12-24 18:00", 2026-12-24T18:00:00+01:00 or now')


def frozen(now: datetime, weekly: Sequence[WeeklyFreeze], named: Sequence[Freeze]) -> Frozen | None:
    """The window that `now` lies in, the one that ends last if there are several; None outside all."""
    found = [Frozen(end, w.text) for w in weekly if (end := _weekly_end(now, w)) is not None]
    found += [Frozen(f.end, f"{f.reason} ({f.actor})") for f in named if f.start <= now < f.end]
    return max(found, key=lambda window: window.until, default=None)


def opens_at(now: datetime, weekly: Sequence[WeeklyFreeze], named: Sequence[Freeze]) -> datetime:
    """The first moment from `now` on that lies in no window; windows that meet are followed to their common end.

    Over IN_SIGHT away, it is only the moment at which nobody looked further.
    """
    moment = now
    while moment - now <= IN_SIGHT and (window := frozen(moment, weekly, named)):
        moment = window.until
    return moment


def opening(now: datetime, opens: datetime) -> str:
    """An opening in words."""
    return f"{opens:%a %d %b %H:%M} UTC" if opens - now <= IN_SIGHT else "over a year from now"


def _weekly_end(now: datetime, window: WeeklyFreeze) -> datetime | None:
    """The end of that window if `now` lies in it: this week's, or last week's that reaches into this one."""
    local, length = now.astimezone(window.zone).replace(tzinfo=None), (window.end - window.start) % WEEK
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=local.weekday())
    for start in (monday + window.start, monday + window.start - WEEK):
        end = _instant(start + length, window.zone, latest=True)
        if _instant(start, window.zone, latest=False) <= now < end:
            return end.astimezone(now.tzinfo)
    return None


def _instant(wall: datetime, zone: tzinfo, *, latest: bool) -> datetime:
    """The moment in UTC at which the wall clock says so; of two, or of the two sides of a gap, the one asked for."""
    both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(both) if latest else min(both)
