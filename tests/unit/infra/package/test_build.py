"""A build is whole or it leaves what was there."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.package import weights
from infra.package.artifacts import Artifacts, PackageMissing
from infra.package.build import Order, build, replace
from infra.package.contents import CORE, IMAGES
from infra.package.interpreters import running
from infra.package.layers import Clash, WrongNative
from infra.package.requirements import NotPinned
from infra.package.target import Target
from infra.package.weights import TooHeavy, Weights, weights_of
from tests.unit.infra.package.elf import library
from tests.unit.infra.package.tiny import KNOWN, TinyDistributions


def order(out: Path, architecture: str = "arm64") -> Order:
    """Of a package for the running Python."""
    return Order(Target(architecture, running().version), running(), KNOWN, out)


def built(out: Path, tmp_path: Path, more: Mapping[str, Mapping[str, bytes]] | None = None) -> Weights:
    """Build it of tiny wheels."""
    wheels = tmp_path / "wheels"
    wheels.mkdir(exist_ok=True)
    return build(order(out), TinyDistributions(wheels, more), lambda _: None)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Built once."""
    folder = tmp_path_factory.mktemp("package")
    built(folder / "out", folder)
    return Artifacts(folder / "out" / "arm64")


def names(path: Path) -> set[str]:
    """The files of an archive."""
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_every_archive_is_there_beside_its_manifest_and_nothing_else(package: Artifacts) -> None:
    there = {path.name for path in package.folder.iterdir()}
    assert there == {path.name for path in package.all} | {"manifest.json"}
    assert [path.name for path in package.folder.parent.iterdir()] == ["arm64"]


def test_a_layer_holds_its_own_distributions_compiled_and_without_tests(package: Artifacts) -> None:
    images = {name for name in names(package.images_layer) if name.startswith("python/pyvips/")}

    assert images == {"python/pyvips/__init__.pyc", "python/pyvips/native.so"}
    assert "python/litestar/__init__.pyc" in names(package.core_layer)
    assert "python/alembic/__init__.pyc" in names(package.migrations_layer)
    assert not any("tests" in name for name in names(package.core_layer))


def test_native_libraries_are_stripped_and_metadata_is_cut(package: Artifacts) -> None:
    with zipfile.ZipFile(package.images_layer) as archive:
        assert archive.read("python/pyvips/native.so").endswith(b"codedata")
        assert archive.read("python/pyvips-1.0.dist-info/METADATA") == b"Name: x\n\n"


def test_our_own_code_keeps_its_sources(package: Artifacts) -> None:
    assert {"service/settings.py", "service/openapi.json"} <= names(package.service_code)
    assert "cutover/reindex/task.py" in names(package.reindex_code)


def test_the_manifest_tells_the_weights(package: Artifacts, tmp_path: Path) -> None:
    made = built(tmp_path / "out", tmp_path)
    assert weights_of(json.loads((package.folder / "manifest.json").read_text())) == made


def test_building_twice_gives_the_same_bytes(package: Artifacts, tmp_path: Path) -> None:
    built(tmp_path / "out", tmp_path)

    for path in (*package.all, package.folder / "manifest.json"):
        assert path.read_bytes() == (tmp_path / "out" / "arm64" / path.name).read_bytes(), path.name


def test_the_old_package_goes_when_the_new_one_is_whole(tmp_path: Path) -> None:
    old = tmp_path / "out" / "arm64" / "of-yore.zip"
    old.parent.mkdir(parents=True)
    old.touch()

    built(tmp_path / "out", tmp_path)

    assert not old.exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["arm64"]


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"mako": {"alembic/native.so": library(machine=183)}}, Clash, "mako-1.0.* both hold alembic/native.so"),
        ({"mako": {"mako/x.so": library(machine=62)}}, WrongNative, "mako/x.so of mako-1.0.* can't be used on arm64"),
        ({"mako": {"mako/big.bin": bytes(6_000_000)}}, TooHeavy, r"arm64: layer migrations is 6\.\d+ MB, may be 5.00"),
    ],
)
def test_a_build_that_fails_leaves_the_old_package(
    tmp_path: Path, more: Mapping[str, Mapping[str, bytes]], error: type[Exception], words: str
) -> None:
    old = tmp_path / "out" / "arm64" / "of-yore.zip"
    old.parent.mkdir(parents=True)
    old.touch()

    with pytest.raises(error, match=words):
        built(tmp_path / "out", tmp_path, more)

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["arm64"]
    assert old.exists()


def test_what_is_not_pinned_is_not_even_asked_for(tmp_path: Path) -> None:
    source = TinyDistributions(tmp_path)
    with pytest.raises(NotPinned, match="litestar"):
        build(Order(order(tmp_path).target, running(), {}, tmp_path / "out"), source, lambda _: None)
    assert source.asked == []
    assert not (tmp_path / "out").exists()


def test_the_old_one_comes_back_when_it_can_not_be_replaced(tmp_path: Path) -> None:
    old = tmp_path / "arm64"
    old.mkdir()
    with pytest.raises(FileNotFoundError):
        replace(old, tmp_path / "absent", tmp_path / "aside")
    assert old.is_dir()


def test_nothing_comes_back_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "arm64", tmp_path / "absent", tmp_path / "aside")
    assert list(tmp_path.iterdir()) == []


def test_a_function_with_its_layers_has_a_limit_too(package: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    made = weights_of(json.loads((package.folder / "manifest.json").read_text()))
    limit = made.unzipped_bytes(CORE, IMAGES, "service") - 1
    monkeypatch.setattr(weights, "FUNCTION_LIMIT", limit)

    with pytest.raises(TooHeavy, match="function service with images is") as heavy:
        weights.check(made)
    assert heavy.value.weights is made


def test_a_package_for_lambdas_python_is_found(package: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.package.artifacts.LAMBDA_PYTHON", running().version)
    assert Artifacts.built("arm64", package.folder.parent) == package


def test_one_for_another_python_is_not_deployed(package: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.package.artifacts.LAMBDA_PYTHON", "3.99")
    with pytest.raises(PackageMissing, match=r"the functions run 3\.99"):
        Artifacts.built("arm64", package.folder.parent)


def test_one_that_is_not_there_is_to_be_built(tmp_path: Path) -> None:
    with pytest.raises(PackageMissing, match=r"lacks layer-core\.zip.*manifest\.json: run `tox run -e package` first"):
        Artifacts.built("arm64", tmp_path)
