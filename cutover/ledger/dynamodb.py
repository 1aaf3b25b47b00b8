"""The ledger in a DynamoDB table: one item an event, so that several machines can work on one migration."""

import hashlib
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from cutover.core.record import Broken, Event, chained, encode
from cutover.ledger.chain import read_chain
from cutover.ledger.dynamodb_calls import Calls, Taken
from cutover.ledger.dynamodb_lease import TableLeases
from cutover.ledger.file import FileLedger
from cutover.ports import Clock, Holder, Lease, LedgerMoved, LedgerUnavailable

LARGEST_BYTES = 300_000  # of a document as an item, which DynamoDB limits to 400 KB
LEASE_SEQ = 0
Item = Mapping[str, Mapping[str, str]]


class TableLedger:
    """A Ledger in the items of `migration`: seq 1 and up are events, 0 is the lease, below are kept documents.

    An event's item is put only where none has its number. What was read is kept: later reads ask for newer items only.
    """

    def __init__(self, calls: Calls, migration: str, beside: Path, clock: Clock, lasts: timedelta) -> None:
        """`beside`: where documents are kept on this machine too."""
        self._calls, self._migration, self._beside = calls, migration, FileLedger(beside)
        self._leases = TableLeases(calls, self._key(LEASE_SEQ), clock, lasts)
        self._known: list[Event] = []
        self._reading = Lock()

    def events(self) -> Sequence[Event]:
        """Every event, oldest first, the new ones' chain checked. Raises LedgerUnavailable."""
        with self._reading:
            for page in self._query("seq > :seq", self._newest_seq()):
                self._known += self._chained([_text(item, "line").encode() for item in page])
            return tuple(self._known)

    def append(self, event: Event) -> None:
        """Put one event behind the newest, where nobody has. Raises LedgerMoved, LedgerUnavailable.

        Where the number is taken by the very same event, an earlier try had arrived and only its answer was lost.
        """
        if not self._follows(event):
            self.events()
        line = encode(event)
        if not self._follows(event) or not self._put(event.seq, line):
            raise LedgerMoved(f"ledger line {event.seq} was written by somebody else meanwhile")
        with self._reading:
            if self._newest_seq() == event.seq - 1:
                self._known.append(event)

    def lease(self, holder: str) -> AbstractContextManager[Lease]:
        """Hold the right to raise weights, prolonged in the background. Raises Locked, LedgerUnavailable."""
        return self._leases.held(holder)

    def holder(self) -> Holder | None:
        """Who holds the lease. Raises LedgerUnavailable."""
        return self._leases.holder()

    def break_lease(self) -> None:
        """Take the lease from whoever holds it. Raises LedgerUnavailable."""
        self._leases.break_it()

    def keep(self, name: str, text: str) -> str:
        """Write a document on this machine, and into the table if that answers; returns its path.

        The path is what the way back needs, and raises LedgerUnavailable; the item is for those at other machines.
        """
        place = self._beside.keep(name, text)
        size = len(text.encode())
        said = text if size <= LARGEST_BYTES else f"{size} bytes, too large for the table: {place} on {platform.node()}"
        with suppress(LedgerUnavailable):
            self._calls.call("put_item", Item=self._key(_place(name)) | {"name": {"S": name}, "text": {"S": said}})
        return place

    def documents(self) -> Mapping[str, str]:
        """Every document that was kept, on whatever machine, by name. Raises LedgerUnavailable."""
        found = [item for page in self._query("seq < :seq", LEASE_SEQ) for item in page]
        return {_text(item, "name"): _text(item, "text") for item in found} | dict(self._beside.documents())

    def raw(self) -> Sequence[str]:
        """Every line as it is stored, unchecked. Raises LedgerUnavailable."""
        return [_text(item, "line") for page in self._query("seq > :seq", LEASE_SEQ) for item in page]

    def _follows(self, event: Event) -> bool:
        return event == chained(event, self._known[-1] if self._known else None)

    def _newest_seq(self) -> int:
        return self._known[-1].seq if self._known else LEASE_SEQ

    def _put(self, seq: int, line: str) -> bool:
        """Whether the line is there now; False if another one is."""
        try:
            self._calls.call(
                "put_item", Item=self._key(seq) | {"line": {"S": line}}, ConditionExpression="attribute_not_exists(seq)"
            )
        except Taken:
            found = self._calls.call("get_item", Key=self._key(seq), ConsistentRead=True).get("Item", {})
            return _text(found, "line") == line
        return True

    def _query(self, condition: str, seq: int) -> Iterator[Sequence[Item]]:
        """Pages of items whose seq is so, in order. Each page has a call's time."""
        start: dict[str, Any] = {}
        while True:
            page = self._calls.call(
                "query",
                ConsistentRead=True,
                KeyConditionExpression=f"migration = :migration AND {condition}",
                ExpressionAttributeValues={":migration": {"S": self._migration}, ":seq": {"N": str(seq)}},
                **start,
            )
            yield page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _chained(self, lines: Sequence[bytes]) -> list[Event]:
        try:
            return read_chain(lines, self._known[-1] if self._known else None)
        except (Broken, UnicodeDecodeError) as error:
            raise LedgerUnavailable(
                f"{self._calls.table}, migration {self._migration!r}: {error}; find out who wrote it (cutover never"
                " edits an item), then name another migration in [ledger]: the next command begins a new ledger from"
                " the live records"
            ) from error

    def _key(self, seq: int) -> dict[str, dict[str, str]]:
        return {"migration": {"S": self._migration}, "seq": {"N": str(seq)}}


def _place(name: str) -> int:
    """A document's number: below the lease's, and its own."""
    return -int(hashlib.sha256(name.encode()).hexdigest()[:24], 16) - 1


def _text(item: Item, name: str) -> str:
    return str(item.get(name, {}).get("S", ""))
