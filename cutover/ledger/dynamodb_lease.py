"""The right to raise weights among machines: one item, exchanged only by whoever has seen how it is."""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from cutover.ledger.dynamodb_calls import Calls, Taken
from cutover.ports import Clock, Holder, LedgerUnavailable, Locked

RENEWALS = 4  # in the time that a lease lasts
# Two machines' clocks may differ by this part of a lease before a living holder's lease is taken for a dead one's;
# and then the holder's next `confirm` stops it, for the fence has grown.
SKEW_PART = 0.25
ATTEMPTS = 3  # to take a free lease, against others who try at the same moment
_NAMES = {f"#{name}": name for name in ("fence", "holder", "host", "since", "until", "token")}


@dataclass(frozen=True, slots=True)
class Seen:
    """The lease item as it was read; without a holder it is free."""

    fence: int = 0
    holder: str = ""
    host: str = ""
    since: datetime | None = None
    until: str = "0"  # seconds since 1970, as spelled in the item
    token: str = ""

    @property
    def ends(self) -> datetime:
        """When it ends, unless it is prolonged."""
        return datetime.fromtimestamp(float(self.until), UTC)


class TableLeases:
    """The leases of one migration: the item `key`, which nobody deletes, so that its fence only grows."""

    def __init__(self, calls: Calls, key: Mapping[str, Any], clock: Clock, lasts: timedelta) -> None:
        self._calls, self._key, self._clock, self._lasts = calls, key, clock, lasts

    @contextmanager
    def held(self, name: str) -> Iterator["TableLease"]:
        """Hold it, prolonged in the background. Raises Locked, LedgerUnavailable."""
        lease, ended = TableLease(self, self._take(f"{name} (process {os.getpid()})")), Event()
        every = self._lasts.total_seconds() / RENEWALS / self._clock.factor
        renewing = Thread(target=_renew, args=(lease, ended, every), name="lease", daemon=True)
        renewing.start()
        try:
            yield lease
        finally:
            ended.set()
            with suppress(Taken, LedgerUnavailable):  # not ours any more, or it ends by itself
                self._update("REMOVE #holder, #host, #since, #until, #token", "#fence = :fence", fence=_n(lease.fence))

    def holder(self) -> Holder | None:
        """Who holds it. Raises LedgerUnavailable."""
        seen = self._read()
        return None if self._is_free(seen) else Holder(seen.holder, seen.fence, seen.ends, seen.host, seen.since)

    def break_it(self) -> None:
        """Take it away from whoever holds it. Raises LedgerUnavailable."""
        self._update("ADD #fence :one REMOVE #holder, #host, #since, #until, #token", "", one=_n(1))

    def prolong(self, fence: int) -> None:
        """Make it last anew. Raises Locked if it is not the newest lease any more, LedgerUnavailable."""
        try:
            self._update(
                "SET #until = :until",
                "#fence = :fence AND attribute_exists(#holder)",
                until=self._end(),
                fence=_n(fence),
            )
        except Taken:
            seen = self._read()
            other = f" ({seen.holder} on {seen.host} has it now)" if seen.holder else ""
            raise Locked(f"this lease was broken, or taken over, meanwhile{other}") from None

    def _take(self, name: str) -> int:
        """Make it ours; the number it has then. A lost answer is recognised by the token."""
        token = uuid4().hex
        for _ in range(ATTEMPTS):
            seen = self._read()
            if seen.token == token:
                return seen.fence
            if not self._is_free(seen):
                raise Locked(_held_by(seen))
            with suppress(Taken):
                return self._exchange(seen, name, token)
        raise Locked("others took the lease at the same moment")

    def _exchange(self, seen: Seen, name: str, token: str) -> int:
        values = {
            "fence": _n(seen.fence + 1),
            "holder": _s(name),
            "host": _s(platform.node()),
            "since": _s(self._clock.now().isoformat(timespec="seconds")),
            "until": self._end(),
            "token": _s(token),
        }
        settings = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if not seen.fence:
            self._update(settings, "attribute_not_exists(#fence)", **values)
        elif not seen.holder:
            unchanged = "#fence = :seen AND attribute_not_exists(#holder)"
            self._update(settings, unchanged, seen=_n(seen.fence), **values)
        else:
            unchanged = "#fence = :seen AND #until = :ended"
            self._update(settings, unchanged, seen=_n(seen.fence), ended={"N": seen.until}, **values)
        return seen.fence + 1

    def _is_free(self, seen: Seen) -> bool:
        return not seen.holder or self._clock.now() > seen.ends + SKEW_PART * self._lasts

    def _end(self) -> Mapping[str, str]:
        return {"N": f"{(self._clock.now() + self._lasts).timestamp():.3f}"}

    def _read(self) -> Seen:
        item = self._calls.call("get_item", Key=self._key, ConsistentRead=True).get("Item", {})
        raw = {name: next(iter(item[name].values())) for name in Seen.__slots__ if name in item}
        if "since" in raw:
            raw["since"] = datetime.fromisoformat(raw["since"])
        return Seen(**raw | {"fence": int(raw.get("fence", 0))})

    def _update(self, expression: str, condition: str, **values: Mapping[str, str]) -> None:
        self._calls.call(
            "update_item",
            Key=self._key,
            UpdateExpression=expression,
            ExpressionAttributeNames={short: name for short, name in _NAMES.items() if short in expression + condition},
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            **({"ConditionExpression": condition} if condition else {}),
        )


class TableLease:
    """A Lease of these leases."""

    def __init__(self, leases: TableLeases, fence: int) -> None:
        self._leases, self.fence = leases, fence

    def confirm(self) -> None:
        """Prolong it, and make sure that it is still ours. Raises Locked, LedgerUnavailable."""
        self._leases.prolong(self.fence)


def _renew(lease: TableLease, ended: Event, every_seconds: float) -> None:
    """Until the lease is over or lost; a table that does not answer is asked again the next time."""
    while not ended.wait(every_seconds):
        try:
            lease.confirm()
        except Locked:
            return
        except LedgerUnavailable:
            continue


def _held_by(seen: Seen) -> str:
    since = f" since {seen.since:%d %b %H:%M:%S} UTC" if seen.since else ""
    return (
        f"{seen.holder} on {seen.host} is at work on this migration{since}; its lease lasts until {seen.ends:%H:%M:%S}"
    )


def _n(number: int) -> dict[str, str]:
    return {"N": str(number)}


def _s(text: str) -> dict[str, str]:
    return {"S": text}
