"""Sources are compiled for where Lambda will find them, and the same way every time."""

import importlib.util
import marshal
import sys
from pathlib import Path

import pytest

from infra.package.bytecode import DoesNotCompile, compile_folder
from infra.package.interpreters import Interpreter, running

SOURCES = {"a.py": "COLOURS = {'red', 'green', 'blue'}\n\ndef f(x):\n    return x in {'one', 'two', 'three'}\n"}
MORE = {"b/__init__.py": "", "b/c.py": "raise ValueError('here')\n", "d.txt": "text"}


def folder(root: Path) -> Path:
    """Some sources."""
    for name, content in {**SOURCES, **MORE}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def held(root: Path) -> dict[str, bytes]:
    """Every file and its content."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_bytecode_takes_the_place_of_its_source(tmp_path: Path) -> None:
    compile_folder(folder(tmp_path), "/opt/python", running(), keeps_source=lambda _: False)
    assert set(held(tmp_path)) == {"a.pyc", "b/__init__.pyc", "b/c.pyc", "d.txt"}


def test_bytecode_lies_beside_a_source_that_is_kept(tmp_path: Path) -> None:
    compile_folder(folder(tmp_path), "/var/task", running(), keeps_source=lambda _: True)

    made = Path(importlib.util.cache_from_source(str(tmp_path / "b/c.py")))
    assert made.is_file()
    assert (tmp_path / "b/c.py").read_text() == MORE["b/c.py"]


def test_some_sources_may_stay_among_others_that_go(tmp_path: Path) -> None:
    compile_folder(folder(tmp_path), "/opt/python", running(), keeps_source=lambda path: path.startswith("b/"))
    assert {"a.pyc", "b/__init__.py", "b/c.py", "d.txt"} <= set(held(tmp_path))
    assert not {"a.py", "b/c.pyc"} & set(held(tmp_path))
    assert Path(importlib.util.cache_from_source(str(tmp_path / "b/c.py"))).is_file()


def test_tracebacks_will_name_the_place_on_lambda(tmp_path: Path) -> None:
    compile_folder(folder(tmp_path), "/opt/python", running(), keeps_source=lambda _: False)

    content = (tmp_path / "b/c.pyc").read_bytes()
    assert marshal.loads(content[16:]).co_filename == "/opt/python/b/c.py"  # noqa: S302 - ours


def test_it_is_taken_without_a_look_at_the_source(tmp_path: Path) -> None:
    compile_folder(folder(tmp_path), "/opt/python", running(), keeps_source=lambda _: False)

    content = (tmp_path / "a.pyc").read_bytes()
    assert content[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(content[4:8], "little") == 0b01  # PEP 552: by hash, not checked


def test_the_same_sources_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        compile_folder(folder(tmp_path / name), "/opt/python", running(), keeps_source=lambda _: False)
    assert held(tmp_path / "one") == held(tmp_path / "two")


def test_a_file_that_is_no_python_is_named(tmp_path: Path) -> None:
    (folder(tmp_path) / "wrong.py").write_text("def\n")
    with pytest.raises(DoesNotCompile, match=r"/opt/python/wrong\.py"):
        compile_folder(tmp_path, "/opt/python", running(), keeps_source=lambda _: False)
    assert (tmp_path / "a.py").exists()


def test_a_compiler_that_fails_without_a_word_is_noticed(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexit 3\n")
    silent.chmod(0o755)
    with pytest.raises(DoesNotCompile, match="exit status 3"):
        compile_folder(
            folder(tmp_path / "code"), "/opt/python", Interpreter(silent, "3.99"), keeps_source=lambda _: True
        )


def test_this_machines_own_settings_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_folder(folder(tmp_path / "one"), "/opt/python", running(), keeps_source=lambda _: False)
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    compile_folder(folder(tmp_path / "two"), "/opt/python", running(), keeps_source=lambda _: False)
    assert held(tmp_path / "one") == held(tmp_path / "two")
    assert sys.flags.optimize == 0
