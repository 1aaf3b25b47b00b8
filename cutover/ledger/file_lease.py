"""The right to raise weights on one machine: a locked file that ends with its process, and a number that grows."""

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec

from cutover.ledger.locking import locked, try_lock
from cutover.ports import Holder, Locked

_FENCE_DIGITS = 20  # always that many, so that a reader without the lock never meets half a number


class FileLeases:
    """The leases of the ledger at `path`: PATH.lease is locked by its holder, PATH.fence counts leases and breaks.

    Breaking must work while the holder is stopped and keeps its lock: the number grows, and the locked file is put
    out of the way, so that the next lease locks another one. Whoever changes either holds the lock of PATH.fence.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._lease = path.with_name(path.name + ".lease")
        self._fence = path.with_name(path.name + ".fence")
        self._now = now

    @contextmanager
    def held(self, name: str) -> Iterator[int]:
        """Hold it; yields its number. Raises Locked, OSError."""
        with locked(self._fence) as fence_file:
            descriptor = os.open(self._lease, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fence = self._take(descriptor, fence_file, name)
            except BaseException:
                os.close(descriptor)
                raise
        try:
            yield fence
        finally:
            os.close(descriptor)

    def holder(self) -> Holder | None:
        """Who holds it. Raises OSError."""
        if not self._lease.exists():
            return None
        with locked(self._fence), suppress(FileNotFoundError), self._lease.open("rb") as file:
            if not try_lock(file.fileno()):
                return _named(file.read())
        return None

    def break_it(self) -> None:
        """Take it away from whoever holds it. Raises OSError."""
        with locked(self._fence) as fence_file:
            _write_fence(fence_file, _read_fence(fence_file) + 1)
            self._lease.unlink(missing_ok=True)

    def newest(self) -> int:
        """The number of the newest lease or break. Raises OSError."""
        with self._fence.open("rb") as file:
            return _read_fence(file.fileno())

    def _take(self, descriptor: int, fence_file: int, name: str) -> int:
        if not try_lock(descriptor):
            other = _named(os.pread(descriptor, 4096, 0))
            raise Locked(f"{other.name} is at work on this migration")
        fence = _read_fence(fence_file) + 1
        _write_fence(fence_file, fence)
        mine = Holder(f"{name} (process {os.getpid()})", fence, host=platform.node(), since=self._now())
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode(mine), 0)
        return fence


class FileLease:
    """A Lease with this number, as long as it is the newest."""

    def __init__(self, fence: int, newest: Callable[[], int]) -> None:
        self.fence = fence
        self._newest = newest

    def confirm(self) -> None:
        """Make sure that nobody broke it. Raises Locked, LedgerUnavailable."""
        if self._newest() != self.fence:
            raise Locked("somebody broke this lease meanwhile: cutover history says who and why")


def _named(raw: bytes) -> Holder:
    try:
        return msgspec.json.decode(raw, type=Holder)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Holder("another process", 0)


def _read_fence(descriptor: int) -> int:
    digits = os.pread(descriptor, _FENCE_DIGITS, 0)
    return int(digits) if digits.isdigit() else 0


def _write_fence(descriptor: int, fence: int) -> None:
    os.pwrite(descriptor, f"{fence:0{_FENCE_DIGITS}}\n".encode(), 0)
    os.fsync(descriptor)
