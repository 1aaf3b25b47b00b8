"""What processes use, by the kernel's own account in /proc."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since the start, those of ended children among them; bytes of memory that nobody shares."""

    cpu_seconds: float
    memory_bytes: float


def usage(pid: int, proc: Path = _PROC) -> Usage | None:
    """Of the process and all its children; None if it is gone, or nobody says."""
    try:
        own = _own(pid, proc)
    except (OSError, ValueError, IndexError):
        return None
    seconds, memory = own
    for child in _descendants(pid, proc):
        try:
            child_seconds, child_memory = _own(child, proc)
        except (OSError, ValueError, IndexError):  # it has just ended
            continue
        seconds += child_seconds
        memory += child_memory
    return Usage(seconds, memory)


def noted(pids: Path, name: str) -> int | None:
    """The id that the stack has noted for that process."""
    try:
        return msgspec.json.decode(pids.read_bytes(), type=dict[str, int]).get(name)
    except (OSError, msgspec.MsgspecError):
        return None


def _own(pid: int, proc: Path) -> tuple[float, float]:
    fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    ticks = sum(map(int, fields[11:15]))  # utime, stime, and those of children that were waited for
    pages = (proc / str(pid) / "statm").read_text().split()
    return ticks / _TICKS, (int(pages[1]) - int(pages[2])) * _PAGE_BYTES


def _descendants(pid: int, proc: Path) -> Iterator[int]:
    try:
        children = (proc / str(pid) / "task" / str(pid) / "children").read_text().split()
    except OSError:
        return
    for child in map(int, children):
        yield child
        yield from _descendants(child, proc)
