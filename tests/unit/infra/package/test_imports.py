"""Imports are followed wherever they stand."""

from pathlib import Path

import pytest

from infra.package.imports import file_of, needed

FILES = {
    "app/__init__.py": "",
    "app/start.py": "import json\nfrom app.parts import one\nimport app.other.deep\n",
    "app/parts/__init__.py": "from app.parts.listed import NAMES\n",
    "app/parts/one.py": "def later():\n    from app import late\n    return late\n",
    "app/parts/listed.py": "NAMES = ()\n",
    "app/parts/unused.py": "from app import start\n",
    "app/late.py": "from . import start\nfrom app.start import missing\n",
    "app/other/__init__.py": "",
    "app/other/deep.py": "",
    "app/alone.py": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small program."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_all_that_is_imported_comes_along_and_nothing_else(root: Path) -> None:
    found = {path.relative_to(root).as_posix() for path in needed(root, ["app.start"])}
    assert found == set(FILES) - {"app/parts/unused.py", "app/alone.py"}


def test_a_module_brings_the_packages_around_it(root: Path) -> None:
    found = {path.relative_to(root).as_posix() for path in needed(root, ["app.other.deep"])}
    assert found == {"app/__init__.py", "app/other/__init__.py", "app/other/deep.py"}


def test_a_module_has_a_file_or_is_not_ours(root: Path) -> None:
    assert file_of(root, "app.other") == root / "app/other/__init__.py"
    assert file_of(root, "json") is None
