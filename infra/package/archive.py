"""Writes a folder as a zip archive whose bytes depend on nothing but what the files hold."""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can name
_FILE_MODE = 0o100644 << 16
_UNIX = 3
LEVEL = 9


@dataclass(frozen=True, slots=True)
class Archive:
    """What was written: its digest, and its size in bytes, zipped and unzipped."""

    name: str
    sha256: str
    zipped_bytes: int
    unzipped_bytes: int
    files: int


def write(folder: Path, archive: Path) -> Archive:
    """Zip every file below the folder: sorted, all of one time and mode. There are no entries for folders."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    unzipped_bytes = 0
    with zipfile.ZipFile(archive, "w") as made:
        for path in paths:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _MOMENT)
            entry.external_attr = _FILE_MODE
            entry.create_system = _UNIX
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = path.read_bytes()
            unzipped_bytes += len(content)
            made.writestr(entry, content, compresslevel=LEVEL)
    content = archive.read_bytes()
    return Archive(archive.name, hashlib.sha256(content).hexdigest(), len(content), unzipped_bytes, len(paths))
