"""Lambda's Python is found where people have it, and a name alone proves nothing."""

import sys
from pathlib import Path

import pytest

from infra.package.interpreters import Interpreter, NoInterpreter, find, lambdas_own, running

OTHER = "3.99"  # nobody has it
BROKEN = "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"


def program(path: Path, told: str) -> Path:
    """An executable that says this."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(told if told.startswith("#!") else f"#!/bin/sh\necho {told}\n")
    path.chmod(0o755)
    return path


def test_the_running_one_is_taken_if_it_is_the_one(tmp_path: Path) -> None:
    assert find(running().version, {"PATH": ""}, tmp_path) == Interpreter(Path(sys.executable), running().version)


def test_one_of_the_path_is_taken_when_it_runs(tmp_path: Path) -> None:
    program(tmp_path / "shims" / f"python{OTHER}", BROKEN)
    program(tmp_path / "lying" / f"python{OTHER}", "cpython 3.11")
    program(tmp_path / "pypy" / f"python{OTHER}", f"pypy {OTHER}")
    real = program(tmp_path / "bin" / f"python{OTHER}", f"cpython {OTHER}")
    path = ":".join(str(tmp_path / name) for name in ("", "absent", "shims", "lying", "pypy", "bin"))

    assert find(OTHER, {"PATH": path}, tmp_path) == Interpreter(real, OTHER)


@pytest.mark.parametrize(
    "place", [f".pyenv/versions/{OTHER}.1", f".local/share/uv/python/cpython-{OTHER}.1-linux-x86_64-gnu"]
)
def test_one_of_pyenv_and_of_uv_is_found(tmp_path: Path, place: str) -> None:
    real = program(tmp_path / place / "bin" / f"python{OTHER}", f"cpython {OTHER}")
    assert find(OTHER, {"PATH": ""}, tmp_path).path == real


def test_their_folders_may_be_elsewhere(tmp_path: Path) -> None:
    real = program(tmp_path / "else/versions" / f"{OTHER}.0/bin/python{OTHER}", f"cpython {OTHER}")
    assert find(OTHER, {"PATH": "", "PYENV_ROOT": str(tmp_path / "else")}, tmp_path).path == real


def test_a_program_that_can_not_be_started_is_none(tmp_path: Path) -> None:
    program(tmp_path / "bin" / f"python{OTHER}", "#!/nowhere/python\n")
    with pytest.raises(NoInterpreter, match=f"no Python {OTHER} .* install it"):
        find(OTHER, {"PATH": str(tmp_path / "bin")}, tmp_path)


def test_without_lambdas_own_it_is_the_running_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.package.interpreters.LAMBDA_PYTHON", OTHER)
    assert lambdas_own({"PATH": ""}, tmp_path) == running()


def test_lambdas_own_is_taken_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.package.interpreters.LAMBDA_PYTHON", OTHER)
    real = program(tmp_path / "bin" / f"python{OTHER}", f"cpython {OTHER}")
    assert lambdas_own({"PATH": str(tmp_path / "bin")}, tmp_path).path == real
