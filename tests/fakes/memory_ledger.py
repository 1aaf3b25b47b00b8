"""A ledger in memory, with its chain checked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from cutover.core.record import Event, Kind, chained, check_chain, encode
from cutover.ports import (
    Holder,
    LedgerMoved,
    LedgerUnavailable,
    Locked,
)
from tests.fakes.zone import Calls


@dataclass
class MemoryLedger:
    """A Ledger in memory, with its chain checked."""

    calls: Calls
    lines: list[Event] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    checked: list[Event] = field(default_factory=list)
    unreadable: str = ""
    unwritable: str = ""
    held_by: str = ""
    fence: int = 0
    before_append: list[Callable[[], object]] = field(default_factory=list)

    def events(self) -> Sequence[Event]:
        """Every event."""
        if self.unreadable:
            raise LedgerUnavailable(self.unreadable)
        if self.lines != self.checked:
            check_chain(self.lines)
            self.checked = list(self.lines)
        return tuple(self.lines)

    def append(self, event: Event) -> None:
        """Write one."""
        if self.unreadable or self.unwritable:
            raise LedgerUnavailable(self.unreadable or self.unwritable)
        while self.before_append:
            self.before_append.pop()()
        with self.calls.made(f"append {event.kind.value}"):
            if event != chained(event, self.lines[-1] if self.lines else None):
                raise LedgerMoved(f"ledger line {event.seq} was written by somebody else meanwhile")
            self.lines.append(event)
            if self.lines[:-1] == self.checked:
                self.checked.append(event)

    def lease(self, holder: str) -> AbstractContextManager["MemoryLease"]:
        """Held for as long as the context."""
        return self._held(holder)

    def holder(self) -> Holder | None:
        """Who holds it."""
        return Holder(self.held_by, self.fence) if self.held_by else None

    def break_lease(self) -> None:
        """Nobody holds it any more."""
        self.held_by, self.fence = "", self.fence + 1

    def keep(self, name: str, text: str) -> str:
        """Store a document."""
        if self.unwritable or self.unreadable:
            raise LedgerUnavailable(self.unwritable or self.unreadable)
        self.kept[name] = text
        return f"/ledger/{name}"

    def documents(self) -> Mapping[str, str]:
        """The kept documents."""
        self._must_be_readable()
        return dict(self.kept)

    def raw(self) -> Sequence[str]:
        """Every line as JSON."""
        self._must_be_readable()
        return [encode(event) for event in self.lines]

    def kinds(self) -> list[str]:
        """The kinds of all lines."""
        return [event.kind.value for event in self.lines]

    def last(self, kind: Kind) -> Event:
        """The newest line of that kind."""
        return [event for event in self.lines if event.kind is kind][-1]

    def _must_be_readable(self) -> None:
        if self.unreadable:
            raise LedgerUnavailable(self.unreadable)

    @contextmanager
    def _held(self, holder: str) -> Iterator["MemoryLease"]:
        if self.held_by:
            raise Locked(f"{self.held_by} is at work on this migration")
        self.held_by, self.fence = holder, self.fence + 1
        lease = MemoryLease(self, self.fence)
        try:
            yield lease
        finally:
            if self.fence == lease.fence:
                self.held_by = ""


@dataclass
class MemoryLease:
    """A Lease."""

    ledger: MemoryLedger
    fence: int

    def confirm(self) -> None:
        """Still ours, or Locked."""
        if self.ledger.fence != self.fence:
            raise Locked("the lease was broken meanwhile")
