"""Where a reindex stands, in a file for each alias: written whole or not at all, so that a kill spoils nothing."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from cutover.core.reindex.models import DeadLetter, ReindexStopped
from cutover.core.reindex.run import Position

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Position).decode
_decode_letter = msgspec.json.Decoder(DeadLetter).decode


class Checkpoint:
    """The files of one alias in a folder, which is made when the first is written."""

    def __init__(self, folder: Path, alias: str, *, way_back: bool = False) -> None:
        """`way_back`: of the alias's rollback."""
        self._folder = folder
        self._command = f"cutover reindex {'rollback' if way_back else 'run'} {alias}"
        self.path = folder / f"{alias}{'.rollback' if way_back else ''}.json"

    def read(self) -> Position | None:
        """What was written last; None: nothing. Raises ReindexStopped where it can't be read."""
        try:
            return _decode(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            raise ReindexStopped(
                f"the checkpoint {self.path} can't be read: {error}",
                f"mend it, or begin anew: {self._command} --fresh",
            ) from error

    def write(self, position: Position, *, lasting: bool = True) -> None:
        """Replace what is there. `lasting`: it is on the disk before anything else is done."""
        fresh = self.path.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(_encode(position))
                if lasting:
                    file.flush()
                    os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError as error:
            raise self._unwritable(self.path, error) from error

    def letters_path(self, index: str) -> Path:
        """The file of what could not be put into that index: JSON lines."""
        return self._folder / f"{index}.dead.ndjson"

    def letters(self, index: str) -> Sequence[DeadLetter]:
        """What could not be put into that index, each row once with what was said of it last."""
        found: dict[str, DeadLetter] = {}
        try:
            lines = self.letters_path(index).read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        for line in lines:
            try:
                letter = _decode_letter(line)
            except msgspec.MsgspecError:  # the last line of a process that was killed while it wrote
                continue
            found[letter.id] = letter
        return tuple(found.values())

    def add_letters(self, index: str, letters: Iterable[DeadLetter]) -> None:
        """Write down what could not be put into that index."""
        lines = b"".join(_encode(letter) + b"\n" for letter in letters)
        if not lines:
            return
        path = self.letters_path(index)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(lines)
        except OSError as error:
            raise self._unwritable(path, error) from error

    def _unwritable(self, path: Path, error: OSError) -> ReindexStopped:
        return ReindexStopped(
            f"{path} can't be written: {error.strerror or error}",
            f"make room for it, or set reindex.folder; then: {self._command}",
        )
