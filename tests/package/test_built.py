"""What was built: the same bytes every time, for one machine only, within its limits, as the document says."""

import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.package.__main__ import DOCUMENT
from infra.package.artifacts import MANIFEST, Artifacts
from infra.package.contents import LAYERS
from infra.package.downloads import Downloads
from infra.package.interpreters import Interpreter
from infra.package.layers import READ_THEMSELVES
from infra.package.requirements import chosen, pins
from infra.package.stripping import PT_LOAD, is_native, segments
from infra.package.table import BEGIN, END, document
from infra.package.target import ARCHITECTURES, Target
from infra.package.weights import Weights, check, weights_of
from infra.package.wheels import entries
from tests.package.conftest import Packages
from tests.package.lambda_folders import REQUIREMENTS

NEAR = 0.25  # of a figure in the document, and at least so many MB: our own code grows every day
ELF_MACHINES = {"arm64": 183, "x86_64": 62}


@pytest.fixture(params=ARCHITECTURES)
def package(packages: Packages, request: pytest.FixtureRequest) -> Artifacts:
    """Each architecture's."""
    return packages[request.param]


def weights(package: Artifacts) -> Weights:
    """What the manifest says."""
    return weights_of(json.loads((package.folder / MANIFEST).read_text()))


def held(package: Artifacts) -> Iterator[tuple[str, bytes]]:
    """Every file of every archive."""
    for path in package.all:
        with zipfile.ZipFile(path) as archive:
            yield from ((info.filename, archive.read(info)) for info in archive.infolist())


def test_building_again_gives_the_same_bytes(packages: Packages, architecture: str, tmp_path: Path) -> None:
    packages.build(architecture, tmp_path)

    again = Artifacts(tmp_path / architecture)
    for first, second in zip(packages[architecture].all, again.all, strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name
    assert sorted(path.name for path in tmp_path.iterdir()) == [architecture]


def test_every_native_library_is_for_that_machine(package: Artifacts) -> None:
    machines = [struct.unpack_from("<H", content, 18)[0] for _, content in held(package) if is_native(content)]

    assert len(machines) > 25
    assert set(machines) == {ELF_MACHINES[package.folder.name]}


def test_no_wheel_was_for_another_machine(package: Artifacts, interpreter: Interpreter, downloads: Downloads) -> None:
    known = chosen(pins(REQUIREMENTS.read_text()), [name for layer in LAYERS.values() for name in layer])
    target = Target(package.folder.name, interpreter.version)
    platforms = {path.stem.rpartition("-")[2] for path in downloads.fetch(known, target).values()}
    tags = {tag for platform in platforms - {"any"} for tag in platform.split(".") if "linux" in tag}

    assert tags
    assert {tag for tag in tags if not tag.endswith(f"_{target.machine}")} == set()


def test_what_is_loaded_of_a_library_is_what_was_downloaded(
    package: Artifacts, interpreter: Interpreter, downloads: Downloads
) -> None:
    known = chosen(pins(REQUIREMENTS.read_text()), [name for layer in LAYERS.values() for name in layer])
    target = Target(package.folder.name, interpreter.version)
    made = {name.removeprefix("python/"): content for name, content in held(package) if is_native(content)}
    compared = 0
    for archive in downloads.fetch(known, target).values():
        for entry in entries(archive):
            if entry.path in made:
                compared += 1
                assert loaded(made[entry.path], target) == loaded(entry.content, target), entry.path
                assert len(made[entry.path]) <= len(entry.content)
    assert compared == len(made)


def loaded(content: bytes, target: Target) -> list[bytes]:
    """What the loader maps, but for the three fields of the file's own header that say where its sections are."""
    parts = [part for part in segments(content, target.elf_machine) if part.kind == PT_LOAD]
    blank = content[:40] + bytes(8) + content[48:58] + bytes(6) + content[64:]
    return [blank[part.offset : part.end] for part in parts]


def test_it_is_within_its_limits(package: Artifacts) -> None:
    check(weights(package))


def test_layers_hold_bytecode_and_sources_only_of_what_reads_its_own(
    package: Artifacts, interpreter: Interpreter
) -> None:
    tag = f".cpython-{interpreter.version.replace('.', '')}.pyc"
    names = {name for name, _ in held(package)}
    sources = {name for name in names if name.endswith(".py")}

    assert {name.split("/")[1] for name in sources if name.startswith("python/")} == READ_THEMSELVES
    assert {"cutover/reindex/task.py", "service/settings.py"} <= sources
    for name in sources:
        folder, _, module = name.removesuffix(".py").rpartition("/")
        assert f"{folder}/__pycache__/{module}{tag}" in names


def test_the_manifest_knows_the_archives(package: Artifacts) -> None:
    told = weights(package).archives.values()
    assert {one.name: one.zipped_bytes for one in told} == {path.name: path.stat().st_size for path in package.all}


def test_the_document_says_what_it_weighs(packages: Packages, interpreter: Interpreter) -> None:
    kept = DOCUMENT.read_text(encoding="utf-8")
    if f"Python {interpreter.version} " not in kept:
        pytest.skip("the document is of Lambda's Python, which this machine does not have")
    now = document(kept, [weights(packages[architecture]) for architecture in ARCHITECTURES])

    assert [words(row) for row in rows(now)] == [words(row) for row in rows(kept)]
    for was, found in zip(rows(kept), rows(now), strict=True):
        assert figures(was) == pytest.approx(figures(found), rel=NEAR, abs=NEAR), found


def rows(text: str) -> list[list[str]]:
    """The cells of every row of the tables."""
    tables = text.partition(BEGIN)[2].partition(END)[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables.splitlines() if line.startswith("|")]


def words(row: list[str]) -> list[str]:
    """What is no number in it: names, versions."""
    return [cell for cell in row if not cell.replace(".", "").isdecimal()]


def figures(row: list[str]) -> list[float]:
    """Its megabytes."""
    return [float(cell) for cell in row if "." in cell and cell.replace(".", "").isdecimal()]
