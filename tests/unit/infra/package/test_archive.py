"""Archives: their bytes depend on what the files hold, and on nothing else."""

import hashlib
import os
import zipfile
from pathlib import Path

from infra.package.archive import write


def folder(root: Path, *, names: tuple[str, ...], mode: int, age: float) -> Path:
    """The same files, made in another order, at another time, for others to read."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 100)
        path.chmod(mode)
        os.utime(path, (age, age))
    return root


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", names=("a.py", "b/c.py", "b/d.so"), mode=0o600, age=1e9)
    two = folder(tmp_path / "two", names=("b/d.so", "b/c.py", "a.py"), mode=0o755, age=2e9)

    first, second = write(one, tmp_path / "1.zip"), write(two, tmp_path / "2.zip")

    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    assert first.sha256 == second.sha256 == hashlib.sha256((tmp_path / "1.zip").read_bytes()).hexdigest()


def test_entries_are_sorted_readable_by_all_and_of_1980(tmp_path: Path) -> None:
    write(folder(tmp_path / "one", names=("b.py", "a/z.py", "a.py"), mode=0o600, age=1e9), tmp_path / "1.zip")

    with zipfile.ZipFile(tmp_path / "1.zip") as made:
        found = made.infolist()
        assert made.read("a/z.py") == b"a/z.py" * 100

    assert [info.filename for info in found] == ["a/z.py", "a.py", "b.py"]
    assert {info.date_time for info in found} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.external_attr >> 16 for info in found} == {0o100644}
    assert {info.compress_type for info in found} == {zipfile.ZIP_DEFLATED}


def test_it_says_what_it_weighs(tmp_path: Path) -> None:
    made = write(folder(tmp_path / "one", names=("a.py", "b.py"), mode=0o600, age=1e9), tmp_path / "1.zip")

    assert (made.name, made.files, made.unzipped_bytes) == ("1.zip", 2, 800)
    assert made.zipped_bytes == (tmp_path / "1.zip").stat().st_size
