"""What is read of downloaded archives."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from infra.package.wheels import Entry, Unreadable, entries


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    """A wheel of these."""
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def source(path: Path, files: dict[str, bytes]) -> Path:
    """A source distribution of these."""
    with tarfile.open(path, "w:gz") as made:
        folder = tarfile.TarInfo("pyvips-3.2.0/pyvips")
        folder.type = tarfile.DIRTYPE
        made.addfile(folder)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return path


def test_a_wheel_is_what_is_installed_beside_others(tmp_path: Path) -> None:
    path = wheel(
        tmp_path / "one-1.0-py3-none-any.whl",
        {
            "one/": b"",
            "one/b.py": b"b",
            "one/a.py": b"a",
            "one-1.0.data/platlib/one/c.py": b"c",
            "one-1.0.data/purelib/d.py": b"d",
            "one-1.0.data/scripts/one": b"script",
            "one-1.0.data/headers/one.h": b"header",
        },
    )

    assert {entry.path: entry.content for entry in entries(path)} == {
        "one/a.py": b"a", "one/b.py": b"b", "one/c.py": b"c", "d.py": b"d",
    }  # fmt: skip


def test_a_source_distribution_is_its_package_and_what_it_says_of_itself(tmp_path: Path) -> None:
    path = source(
        tmp_path / "pyvips-3.2.0.tar.gz",
        {
            "pyvips-3.2.0/setup.py": b"never run",
            "pyvips-3.2.0/PKG-INFO": b"Name: pyvips",
            "pyvips-3.2.0/pyvips/base.py": b"base",
            "pyvips-3.2.0/tests/test_base.py": b"test",
            "pyvips-3.2.0/pyvips.egg-info/PKG-INFO": b"again",
        },
    )

    assert list(entries(path)) == [
        Entry("pyvips-3.2.0.dist-info/METADATA", b"Name: pyvips"),
        Entry("pyvips/base.py", b"base"),
    ]


@pytest.mark.parametrize("name", ["one-1.0-py3-none-any.whl", "one-1.0.tar.gz"])
def test_what_is_no_archive_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"<html>")
    with pytest.raises(Unreadable, match=name):
        list(entries(tmp_path / name))
