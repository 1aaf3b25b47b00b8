"""Windows in which nothing is raised: those of every week, and those that somebody named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from cutover.core.standing import Freeze

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = timedelta(days=7)
_MOMENT = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


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


def frozen(now: datetime, weekly: Sequence[WeeklyFreeze], named: Sequence[Freeze]) -> Frozen | None:
    """The window that `now` lies in, the one that ends last if there are several; None outside all."""
    found = [Frozen(end, w.text) for w in weekly if (end := _weekly_end(now, w)) is not None]
    found += [Frozen(f.end, f"{f.reason} ({f.actor})") for f in named if f.start <= now < f.end]
    return max(found, key=lambda window: window.until, default=None)


def opens_at(now: datetime, weekly: Sequence[WeeklyFreeze], named: Sequence[Freeze]) -> datetime:
    """The first moment from `now` on that lies in no window; windows that meet are followed to their common end."""
    moment = now
    for _ in range(100):  # more windows in a row than anybody names
        window = frozen(moment, weekly, named)
        if window is None:
            return moment
        moment = window.until
    return moment


def _weekly_end(now: datetime, window: WeeklyFreeze) -> datetime | None:
    local = now.astimezone(window.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    since_monday = local.replace(tzinfo=None) - (midnight - timedelta(days=local.weekday()))
    into, length = (since_monday - window.start) % WEEK, (window.end - window.start) % WEEK
    if into >= length:
        return None
    wall = local.replace(tzinfo=None) - into + length  # on the wall clock: a change of summer time moves no window
    return wall.replace(tzinfo=window.zone).astimezone(now.tzinfo)
