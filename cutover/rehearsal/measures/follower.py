"""Follows a file that grows, as the log driver of a container reads its output."""

from pathlib import Path

_READ_BYTES = 1024 * 1024


class Follower:
    """Reads what was written since the last time; from its beginning again if the file was made anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> bytes:
        """What is new, at most 1 MB; empty if nothing is, or the file is not there."""
        try:
            with self._path.open("rb") as file:
                if self._path.stat().st_size < self._offset:
                    self._offset = 0
                file.seek(self._offset)
                text = file.read(_READ_BYTES)
        except OSError:
            return b""
        self._offset += len(text)
        return text
