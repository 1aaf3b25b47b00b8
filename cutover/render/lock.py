"""The screen and the document of `cutover lock`."""

from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cutover.core.words import printable, roughly
from cutover.flow.verbs.unlocking import free
from cutover.ports import Holder
from cutover.render.parts import age, row, unbroken


def held(holder: Holder | None, now: datetime) -> list[RenderableType]:
    """Who holds the lease, on which machine, since when, until when, and its number."""
    if holder is None:
        return [Text(free().text)]
    since = f"{holder.since:%d %b %H:%M:%S} UTC, {age(now, holder.since)}" if holder.since else "not known"
    return [
        unbroken(row("holder", (printable(holder.name), "bold"))),
        row("on", printable(holder.host) or "not known"),
        row("since", since),
        row("until", _until(holder, now)),
        row("number", str(holder.fence)),
    ]


def document(holder: Holder | None) -> dict[str, Any] | None:
    """The holder as plain JSON values; times in UTC."""
    if holder is None:
        return None
    return {
        "name": holder.name,
        "host": holder.host or None,
        "since": holder.since.isoformat(timespec="seconds") if holder.since else None,
        "until": holder.until.isoformat(timespec="seconds") if holder.until else None,
        "fence": holder.fence,
    }


def _until(holder: Holder, now: datetime) -> str:
    if holder.until is None:
        return "its process ends"
    if holder.until <= now:
        return f"{holder.until:%d %b %H:%M:%S} UTC: it was not prolonged, and is free in a moment"
    return f"{holder.until:%d %b %H:%M:%S} UTC, in {roughly(holder.until - now)}, unless it is prolonged"
