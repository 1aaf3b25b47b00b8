"""Waiting for a file's lock, but never for long."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_SECONDS = 2.0


@contextmanager
def locked(path: Path, flags: int = 0) -> Iterator[int]:
    """The file, made if need be, opened for reading and writing under its lock. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
    try:
        _lock(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Take the lock if it is free; it ends with the process, or when the descriptor is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock(descriptor: int) -> None:
    """Wait for the lock, but not for a writer that was stopped while it held it: going back must not hang on that."""
    ends = time.monotonic() + LOCK_SECONDS
    while not try_lock(descriptor):
        if time.monotonic() > ends:
            raise OSError(errno.EBUSY, "another process holds its lock")
        time.sleep(0.01)
