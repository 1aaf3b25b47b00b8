"""Rules of the house that no linter knows: short files that say what they are for."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = ("service", "cutover", "infra", "loadtests")
MAX_LINES = 400
SOURCES = sorted(path for folder in (*PROGRAMS, "tests") for path in (ROOT / folder).rglob("*.py"))


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 300


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in SOURCES:
        text = path.read_text()
        if text.strip() and ast.get_docstring(ast.parse(text)) is None:
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_no_source_is_in_a_folder_that_git_ignores() -> None:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    ignored = {line.rstrip("/") for line in lines if line.endswith("/") and not line.startswith("/")}
    assert ignored
    assert [str(path) for path in SOURCES if ignored & {*path.relative_to(ROOT).parts}] == []
