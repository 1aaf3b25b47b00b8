"""The ledger in a local file: one line an event, written behind the last under a lock, and surviving crashes."""

import errno
import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from cutover.core.record import GENESIS, Broken, Event, chained, check_chain, decode, encode
from cutover.ports import LedgerMoved, LedgerUnavailable, Locked

LOCK_SECONDS = 2.0
_log = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(Event)


class FileLedger:
    """A Ledger in `path` (JSON lines); its lock, lease and kept documents lie beside it.

    A line that a crash cut off does not count: the next append moves it to `PATH.torn`, and a log line tells.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._torn = path.with_name(path.name + ".torn")
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
        try:
            with self._locked() as descriptor:
                raw = _read_all(descriptor)
                events, torn = self._parsed(raw)
                if event != chained(event, events[-1] if events else None):
                    raise LedgerMoved(f"ledger line {event.seq} was written by somebody else meanwhile")
                self._mend(descriptor, raw, torn)
                _write_all(descriptor, encode(event).encode() + b"\n")
        except OSError as error:
            raise self._unavailable("write", error) from error

    @contextmanager
    def lease(self, holder: str) -> Iterator[None]:
        """Hold the right to raise weights; the kernel ends it with the process. Raises Locked, LedgerUnavailable."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(
                self._path.with_name(self._path.name + ".lease"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise self._unavailable("lock", error) from error
        try:
            self._take_lease(descriptor, f"{holder} (process {os.getpid()})")
            yield
        finally:
            os.close(descriptor)

    def keep(self, name: str, text: str) -> str:
        """Write a document beside the ledger; returns its absolute path. Raises LedgerUnavailable."""
        place = self._path.parent / name
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise self._unavailable("write beside", error) from error
        return str(place)

    def _parsed(self, raw: bytes) -> tuple[Sequence[Event], bool]:
        """The events, and whether the last line was cut off."""
        *lines, tail = raw.split(b"\n")
        try:
            torn = bool(tail) and not _whole(tail)
            events = _read_chain([*lines, tail] if tail and not torn else lines)
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
    def _locked(self) -> Iterator[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    def _take_lease(self, descriptor: int, holder: str) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(descriptor, 500, 0).decode(errors="replace").strip() or "another process"
            raise Locked(f"{other} is at work on this migration") from None
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, holder.encode(), 0)

    def _unavailable(self, verb: str, error: OSError) -> LedgerUnavailable:
        why = error.strerror or str(error)
        return LedgerUnavailable(
            f"can't {verb} the ledger {self._path}: {why}; mend that, or set ledger.path in the settings"
        )


def _read_chain(lines: Sequence[bytes]) -> list[Event]:
    """The events of these lines. Raises Broken, UnicodeDecodeError.

    Writing every event anew to compare its hash takes ten times as long as reading it: that is done only where the
    bytes alone do not prove the chain, to say where it breaks or that a line was merely spelled in another way.
    """
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        events = [_decoder.decode(line) for line in lines]
        if _proven(zip(lines, events, strict=True)):
            return events
    events = [decode(line.decode()) for line in lines]
    check_chain(events)
    return events


def _proven(pairs: Iterable[tuple[bytes, Event]]) -> bool:
    """Whether each line is, byte for byte, what its hash was made from, and the successor of the one before it."""
    seq, previous = 0, GENESIS
    for line, event in pairs:
        hashed = line.replace(f'"hash":"{event.hash}"'.encode(), b'"hash":""', 1)
        linked = (event.seq, event.prev_hash) == (seq + 1, previous)
        if not linked or hashlib.sha256(hashed).hexdigest() != event.hash:
            return False
        seq, previous = event.seq, event.hash
    return True


def _whole(line: bytes) -> bool:
    try:
        decode(line.decode())
    except (Broken, UnicodeDecodeError):
        return False
    return True


def _lock(descriptor: int) -> None:
    """Wait for the lock, but not for a writer that was stopped while it held it: going back must not hang on that."""
    ends = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > ends:
                raise OSError(errno.EBUSY, "another process holds its lock") from None
            time.sleep(0.01)
        else:
            return


def _read_all(descriptor: int) -> bytes:
    read = b""
    while part := os.pread(descriptor, 1 << 20, len(read)):
        read += part
    return read


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)
