"""Which of our own files are deployed."""

import ast
from pathlib import Path

from infra.functions import FUNCTIONS, MIGRATE
from infra.package import own_code
from infra.package.own_code import ROOT


def places(paths: object) -> set[str]:
    """Where they lie in the checkout."""
    return {path.relative_to(ROOT).as_posix() for path in paths}  # type: ignore[attr-defined]  # paths are paths


def test_every_handler_is_in_the_service() -> None:
    handlers = {f"{function.handler.rpartition('.')[0].replace('.', '/')}.py" for function in (*FUNCTIONS, MIGRATE)}
    assert handlers <= places(own_code.of_service(ROOT))


def test_what_is_read_at_run_time_and_every_revision_is_in_the_service() -> None:
    deployed = places(own_code.of_service(ROOT))
    revisions = places((ROOT / "service/db/migrations/versions").glob("*.py"))

    assert len(revisions) > 3
    assert revisions <= deployed
    assert "service/openapi.json" in deployed
    assert any(place.startswith("service/domains/docs/assets/") for place in deployed)


def test_programs_of_elsewhere_and_what_only_they_import_stay_out() -> None:
    deployed = places(own_code.of_service(ROOT))

    assert {f"service/entrypoints/{name}.py" for name in ("api", "openapi", "server")} & deployed == set()
    assert "service/domains/mocs/described.py" not in deployed
    assert {place.partition("/")[0] for place in deployed} == {"service"}


def test_the_reindex_has_what_it_imports_of_both_programs_and_no_more() -> None:
    deployed = places(own_code.of_reindex(ROOT))

    assert {"cutover/reindex/task.py", "cutover/reindex/in_lambda.py", "service/search/documents.py"} <= deployed
    assert {place for place in deployed if place.startswith(("cutover/rehearsal", "cutover/commands"))} == set()
    assert len(deployed) < 80


def test_no_module_is_imported_by_a_computed_name() -> None:
    paths = [path for path in {*own_code.of_service(ROOT), *own_code.of_reindex(ROOT)} if path.suffix == ".py"]
    calls = [
        (path.name, ast.unparse(node.func))
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"__import__", "importlib.import_module"}
    ]
    assert calls == []


def test_copies_lie_where_the_originals_do(tmp_path: Path) -> None:
    own_code.copy([ROOT / "service/openapi.json"], tmp_path, ROOT)
    assert (tmp_path / "service/openapi.json").read_bytes() == (ROOT / "service/openapi.json").read_bytes()
