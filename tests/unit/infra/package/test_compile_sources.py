"""The program that the target's Python runs."""

from pathlib import Path

import pytest

from infra.package.compile_sources import main


def test_each_line_is_a_file_and_where_its_bytecode_goes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text("1\n")

    assert main([f"{tmp_path}/a.py\t{tmp_path}/a.pyc\t/opt/a.py\n", f"{tmp_path}/b.py\t\t/opt/b.py\n"]) == 0

    assert (tmp_path / "a.pyc").is_file()
    assert len(list((tmp_path / "__pycache__").iterdir())) == 1


def test_what_is_no_python_is_named_as_on_lambda(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("def\n")
    assert main([f"{tmp_path}/a.py\t\t/opt/a.py\n"]) == 1
    assert capsys.readouterr().err.startswith("/opt/a.py: ")
