"""Native libraries lose what is never loaded and nothing else."""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from infra.package.stripping import PT_LOAD, NotStrippable, is_native, segments, stripped
from tests.unit.infra.package.elf import AARCH64, SECTIONS, X86_64, library


@pytest.mark.parametrize("machine", [X86_64, AARCH64])
def test_what_is_behind_the_last_segment_goes_and_the_rest_stays(machine: int) -> None:
    whole = library(machine=machine)

    made = stripped(whole, machine)

    assert made.endswith(b"codedata")
    assert len(made) == len(whole) - len(SECTIONS)
    assert made[64:] == whole[64 : len(made)]
    assert segments(made, machine) == segments(whole, machine)


def test_the_header_no_longer_speaks_of_sections() -> None:
    made = stripped(library(), X86_64)

    assert struct.unpack_from("<Q", made, 40) == (0,)
    assert struct.unpack_from("<HHH", made, 58) == (0, 0, 0)
    assert made[:40] == library()[:40]


def test_stripping_again_changes_nothing() -> None:
    made = stripped(library(), X86_64)
    assert stripped(made, X86_64) == made


def test_a_segment_behind_the_sections_keeps_all_before_it() -> None:
    whole = library([(PT_LOAD, b"code"), (PT_LOAD, b"")])
    late = whole + b"late"  # as patchelf leaves it
    at = 64 + 56
    late = late[: at + 8] + struct.pack("<QQQQQ", len(whole), 0, 0, 4, 4) + late[at + 48 :]

    assert stripped(late, X86_64)[64:] == late[64:]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no ELF file"),
        (b"\x7fELF", "no ELF file"),
        (b"MZ" + bytes(100), "no ELF file"),
        (library(ident=b"\x7fELF\x01\x01\x01"), "not 64-bit little-endian"),
        (library(ident=b"\x7fELF\x02\x02\x01"), "not 64-bit little-endian"),
        (library(kind=1), "no shared library"),
        (library(machine=AARCH64), "e_machine is 183, not 62"),
        (library([]), "program headers are not all there"),
        (library()[:100], "program headers are not all there"),
        (library()[:-33], "ends before its last segment"),
    ],
)
def test_anything_else_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(NotStrippable, match=words):
        stripped(content, X86_64)


def test_it_is_told_from_other_files() -> None:
    assert is_native(library())
    assert not is_native(b"import sys\n")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other libraries")
def test_a_real_library_still_works(tmp_path: Path) -> None:
    shutil.copytree(Path(msgspec.__file__).parent, tmp_path / "msgspec")
    (path,) = (tmp_path / "msgspec").glob("_core*.so")
    whole = path.read_bytes()
    (machine,) = struct.unpack_from("<H", whole, 18)

    path.write_bytes(stripped(whole, machine))

    code = "import msgspec; print(msgspec.json.decode(b'[1]'), msgspec.__file__)"
    env = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    told = subprocess.run([sys.executable, "-S", "-c", code], env=env, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["[1]", str(tmp_path / "msgspec" / "__init__.py")]
    assert path.stat().st_size < len(whole)
