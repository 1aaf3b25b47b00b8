"""One reindexer at a time on this machine: a file that the kernel frees when its process dies, however it dies."""

import fcntl
import os
from pathlib import Path
from uuid import uuid4

from cutover.core.reindex.models import ReindexStopped, StoppedBy

_NAME_LENGTH = len(uuid4().hex)


def way_on(alias: str) -> str:
    """What to do while another reindexer is at work."""
    return (
        f"cutover reindex status {alias} shows who is at work; a dead one's lock ends by itself within 75 s, and then"
        " the same command goes on"
    )


class Place:
    """The file of one alias. What it holds is a name that no other machine's file has."""

    def __init__(self, path: Path, alias: str) -> None:
        self._path, self._alias = path, alias
        self._descriptor = -1

    def seize(self) -> str:
        """Have the file to ourselves; its name. Raises ReindexStopped if another process of this machine has it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return self._name()
        except BlockingIOError:
            self.leave()
            text = f"another process on this machine reindexes {self._alias}: it has {self._path}"
            raise ReindexStopped(text, way_on(self._alias), StoppedBy.LOCKED) from None
        except OSError as error:
            self.leave()
            text = f"{self._path} can't be written: {error.strerror or error}"
            raise ReindexStopped(text, "set reindex.folder to one that can; then again") from error

    def leave(self) -> None:
        """Let others have it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _name(self) -> str:
        name = os.pread(self._descriptor, _NAME_LENGTH, 0).decode(errors="replace")
        if len(name) != _NAME_LENGTH:
            name = uuid4().hex
            os.pwrite(self._descriptor, name.encode(), 0)
            os.fsync(self._descriptor)
        return name
