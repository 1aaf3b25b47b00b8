"""No point of the contract is without a test, and no test names a point that is not there."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.contract.points import ELSEWHERE, POINTS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def checked() -> Iterator[str]:
    """The points that this folder's tests name."""
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.contract":
                yield from (ast.literal_eval(argument) for argument in node.args)


def test_every_point_is_checked() -> None:
    assert sorted(set(POINTS) - set(checked()) - set(ELSEWHERE)) == []


def test_every_name_of_a_point_is_one() -> None:
    assert sorted((set(checked()) | set(ELSEWHERE)) - set(POINTS)) == []


def test_what_is_checked_elsewhere_is_there() -> None:
    for places in ELSEWHERE.values():
        assert places
        for place in places:
            path, _, name = place.partition("::")
            tree = ast.parse((ROOT / path).read_text())
            functions = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
            assert name in functions, place
