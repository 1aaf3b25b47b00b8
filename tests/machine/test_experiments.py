"""Every experiment is shown by tests that are there and run, or says why not; and the page says the same."""

import ast
from pathlib import Path

import pytest

from tests.machine.experiment import Experiment, NotHere
from tests.machine.experiments import EXPERIMENTS, PAGE, page

ROOT = Path(__file__).parents[2]
SHOWN = sorted({test for one in EXPERIMENTS.values() if isinstance(one, Experiment) for test in one.shown})
LEFT_OUT = ("pytest.mark.skip", "pytest.mark.xfail")  # skipif may stand: it names what a machine lacks


def named(test: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function of path::name, or of path::class::name."""
    path, *names = test.split("::")
    here: ast.AST = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    for name in names:
        inside = [node for node in ast.iter_child_nodes(here) if getattr(node, "name", "") == name]
        if not inside:
            return None
        here = inside[0]
    return here if isinstance(here, ast.FunctionDef | ast.AsyncFunctionDef) else None


def decorators(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """What stands above it, without arguments."""
    return [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in function.decorator_list]


def test_there_are_all_thirty() -> None:
    assert list(EXPERIMENTS) == [f"D{number}" for number in range(1, 31)]


@pytest.mark.parametrize("label", EXPERIMENTS)
def test_each_is_shown_or_says_why_not(label: str) -> None:
    one = EXPERIMENTS[label]
    assert one.fault
    assert one.must.endswith(".")
    if isinstance(one, NotHere):
        assert one.why
        assert not (ROOT / one.until).exists(), f"{one.until} is there by now: name the tests that show {label}"
    else:
        assert one.shown
        assert len(set(one.shown)) == len(one.shown)


@pytest.mark.parametrize("test", SHOWN)
def test_what_shows_it_is_there_and_runs(test: str) -> None:
    assert (ROOT / "tests" / test.partition("::")[0]).is_file(), test
    function = named(test)
    assert function, f"there is no {test}"
    assert function.name.startswith("test_")
    assert [one for one in decorators(function) if one in LEFT_OUT] == []


def test_the_page_says_what_the_table_says() -> None:
    again = f"write it anew: python -m tests.machine.experiments > {PAGE.relative_to(ROOT)}"
    assert PAGE.read_text(encoding="utf-8") == page(), again
