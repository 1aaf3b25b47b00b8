"""Reads what downloaded distributions hold: wheels as they are, of a source distribution its Python files."""

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_INSTALLED_AT_ROOT = ("platlib", "purelib")


class Unreadable(Exception):
    """A download is no archive of the kind that its name says; the message names it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a distribution: where it is installed, what it holds."""

    path: str
    content: bytes


def entries(archive: Path) -> Iterator[Entry]:
    """Every file that installing the distribution would put beside the others. Raises Unreadable."""
    try:
        yield from _of_source(archive) if archive.name.endswith(".tar.gz") else _of_wheel(archive)
    except (OSError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise Unreadable(f"{archive.name} can't be read: {error}") from error


def _of_wheel(archive: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(archive) as wheel:
        for info in sorted(wheel.infolist(), key=lambda info: info.filename):
            place = None if info.is_dir() else _installed_at(info.filename)
            if place is not None:
                yield Entry(place, wheel.read(info))


def _installed_at(name: str) -> str | None:
    """The place of a wheel's file below site-packages; None: it goes elsewhere (scripts, headers)."""
    top, *rest = PurePosixPath(name).parts
    if not top.endswith(".data"):
        return name
    return "/".join(rest[1:]) if rest and rest[0] in _INSTALLED_AT_ROOT else None


def _of_source(archive: Path) -> Iterator[Entry]:
    """The package NAME/ of NAME-VERSION.tar.gz, and its PKG-INFO as what it becomes when it is installed."""
    stem = archive.name.removesuffix(".tar.gz")
    package = f"{stem}/{stem.rpartition('-')[0]}/"
    with tarfile.open(archive) as source:
        for member in sorted(source.getmembers(), key=lambda member: member.name):
            file = source.extractfile(member) if member.isfile() else None
            if file is None:
                continue
            if member.name == f"{stem}/PKG-INFO":
                yield Entry(f"{stem}.dist-info/METADATA", file.read())
            elif member.name.startswith(package):
                yield Entry(member.name.removeprefix(f"{stem}/"), file.read())
