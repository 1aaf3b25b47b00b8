"""The ledger in a local file: one line an event, written behind the last under a lock, and surviving crashes."""

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cutover.core.record import Broken, Event, chained, encode
from cutover.ledger.chain import is_whole, read_chain
from cutover.ledger.file_lease import FileLease, FileLeases
from cutover.ledger.locking import locked
from cutover.ports import Holder, Lease, LedgerMoved, LedgerUnavailable

# Other files may lie beside the ledger: only what `cutover` named is its own.
_KEPT = re.compile(r"rollback-[0-9]+\.json", re.ASCII)
_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time by the machine's clock."""
    return datetime.now(UTC)


class FileLedger:
    """A Ledger in `path` (JSON lines), for one machine; its lock, lease and kept documents lie beside it.

    A line that a crash cut off does not count: the next append moves it to `PATH.torn`, and a log line tells.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = utc_now) -> None:
        self._path = path
        self._torn = path.with_name(path.name + ".torn")
        self._leases = FileLeases(path, now)
        self._told = False

    def events(self) -> Sequence[Event]:
        """Every event, oldest first. Raises LedgerUnavailable if it can't be read or its chain is broken."""
        try:
            return self._parsed(self._path.read_bytes())[0]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unavailable("read", error) from error

    def append(self, event: Event) -> None:
        """Write one event behind the last, and wait until the disk has it. Raises LedgerMoved, LedgerUnavailable."""
        with self._telling("write"), locked(self._path, os.O_APPEND) as descriptor:
            raw = _read_all(descriptor)
            events, torn = self._parsed(raw)
            if event != chained(event, events[-1] if events else None):
                raise LedgerMoved(f"ledger line {event.seq} was written by somebody else meanwhile")
            self._mend(descriptor, raw, torn)
            _write_all(descriptor, encode(event).encode() + b"\n")

    def lease(self, holder: str) -> AbstractContextManager[Lease]:
        """Hold the right to raise weights; the kernel ends it with the process. Raises Locked, LedgerUnavailable."""
        return self._held(holder)

    def holder(self) -> Holder | None:
        """Who holds the lease. Raises LedgerUnavailable."""
        with self._telling("look at the lease of"):
            return self._leases.holder()

    def break_lease(self) -> None:
        """Take the lease from whoever holds it, running or stopped. Raises LedgerUnavailable."""
        with self._telling("break the lease of"):
            self._leases.break_it()

    def keep(self, name: str, text: str) -> str:
        """Write a document beside the ledger; returns its absolute path. Raises LedgerUnavailable."""
        place = self._path.parent / name
        with self._telling("write beside"):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text + "\n", encoding="utf-8")
        return str(place)

    def documents(self) -> Mapping[str, str]:
        """Every document that was kept here, by name. Raises LedgerUnavailable."""
        with self._telling("look beside"):
            kept = [place for place in self._path.parent.glob("*.json") if _KEPT.fullmatch(place.name)]
            return {place.name: place.read_text(encoding="utf-8", errors="replace") for place in sorted(kept)}

    def raw(self) -> Sequence[str]:
        """Every line as it is in the file, unchecked. Raises LedgerUnavailable."""
        with self._telling("read"):
            text = self._path.read_text(encoding="utf-8", errors="replace") if self._path.exists() else ""
            return [line for line in text.split("\n") if line]

    @contextmanager
    def _held(self, holder: str) -> Iterator[Lease]:
        with ExitStack() as stack:
            with self._telling("lock"):
                fence = stack.enter_context(self._leases.held(holder))
            yield FileLease(fence, self._newest_fence)

    def _newest_fence(self) -> int:
        with self._telling("look at the lease of"):
            return self._leases.newest()

    def _parsed(self, raw: bytes) -> tuple[Sequence[Event], bool]:
        """The events, and whether the last line was cut off."""
        *lines, tail = raw.split(b"\n")
        try:
            torn = bool(tail) and not is_whole(tail)
            events = read_chain([*lines, tail] if tail and not torn else lines)
        except (Broken, UnicodeDecodeError) as error:
            raise LedgerUnavailable(
                f"{self._path}: {error}; find out who wrote it (cutover never edits a line), then move the file away:"
                " the next command begins a new one from the live records"
            ) from error
        if torn and not self._told:
            self._told = True
            _log.warning("the ledger's last line was cut off by a crash: it does not count, and goes to %s", self._torn)
        return events, torn

    def _mend(self, descriptor: int, raw: bytes, torn: bool) -> None:
        """Make the file end with a whole line."""
        end = raw.rfind(b"\n") + 1
        if torn:
            with self._torn.open("ab") as aside:
                aside.write(raw[end:] + b"\n")
            os.ftruncate(descriptor, end)
        elif end < len(raw):
            _write_all(descriptor, b"\n")

    @contextmanager
    def _telling(self, verb: str) -> Iterator[None]:
        """What the file system refuses becomes LedgerUnavailable."""
        try:
            yield
        except OSError as error:
            raise self._unavailable(verb, error) from error

    def _unavailable(self, verb: str, error: OSError) -> LedgerUnavailable:
        why = error.strerror or str(error)
        return LedgerUnavailable(
            f"can't {verb} the ledger {self._path}: {why}; mend that, or set ledger.path in the settings"
        )


def _read_all(descriptor: int) -> bytes:
    read = b""
    while part := os.pread(descriptor, 1 << 20, len(read)):
        read += part
    return read


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)
