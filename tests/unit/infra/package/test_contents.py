"""Nothing that is needed is missing from the package, and nothing is in it that nobody asks for."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.functions import FUNCTIONS, MIGRATE
from infra.package import contents
from infra.package.contents import LAYERS, LEFT_OUT, LEFT_OUT_OF_PROJECT, NOT_ON_LAMBDA, SOURCES
from infra.package.requirements import normalized
from infra.package.target import ARCHITECTURES, Target

ROOT = Path(__file__).parents[4]
PACKAGED = {name for layer in LAYERS.values() for name in layer}
PROJECT = "the project"


def environment(architecture: str) -> Mapping[str, str]:
    """What markers are asked of on Lambda."""
    target = Target(architecture, "3.13")
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": target.machine,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": "3.13.0",
        "python_version": "3.13",
        "sys_platform": "linux",
    }


def asked_by(name: str) -> list[str]:
    """The requirements of a distribution, or of the project."""
    if name == PROJECT:
        found: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
        return found
    return requires(name) or []


def needs(name: str, extras: frozenset[str], on: Mapping[str, str]) -> Iterator[tuple[str, frozenset[str]]]:
    """What it requires there with these extras, each with the extras that are asked of it."""
    for text in asked_by(name):
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({**on, "extra": extra}) for extra in (extras or {""})):
            yield canonicalize_name(one.name), frozenset(one.extras)


def edges(architecture: str) -> set[tuple[str, str]]:
    """Who asks for whom, from the project on, through everything that is packaged."""
    found: set[tuple[str, str]] = set()
    left, seen = [(PROJECT, frozenset[str]())], set()
    while left:
        one = left.pop()
        if one in seen:
            continue
        seen.add(one)
        for needed, extras in needs(*one, environment(architecture)):
            found.add((one[0], needed))
            if needed in PACKAGED:
                left += [(needed, extras), (needed, frozenset())]
    return found


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_requirement_is_packaged_or_left_out_by_name(architecture: str) -> None:
    left_out = {(who, name) for who, names in LEFT_OUT.items() for name in names}
    left_out |= {(PROJECT, name) for name in LEFT_OUT_OF_PROJECT}

    missing = {(who, name) for who, name in edges(architecture) if name not in PACKAGED}

    assert missing == left_out


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_everything_packaged_is_required(architecture: str) -> None:
    assert {name for _, name in edges(architecture)} >= PACKAGED


def test_each_distribution_is_in_one_layer_under_its_normalized_name() -> None:
    names = [name for layer in LAYERS.values() for name in layer]

    assert len(names) == len(set(names))
    assert [normalized(name) for name in names] == names
    for layer in LAYERS.values():
        assert list(layer) == sorted(layer)
    assert set(SOURCES) <= PACKAGED


def test_whatever_is_left_out_has_a_reason() -> None:
    reasons = [*LEFT_OUT_OF_PROJECT.values(), *(reason for names in LEFT_OUT.values() for reason in names.values())]
    assert all(reasons)


def test_the_aws_services_that_are_called_are_kept() -> None:
    called = {name for path in (ROOT / "service").rglob("*.py") for name in clients(path)}

    assert {"s3", "lambda"} <= called
    assert called <= set(contents.AWS_SERVICES)
    assert set(contents.AWS_SERVICES) - called == {"sts"}  # which botocore itself asks for a role's credentials


def clients(path: Path) -> Iterator[str]:
    """The services of AWS that a file makes clients of."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("LazyClient", ".client")):
            yield from (str(one.value) for one in node.args[:1] if isinstance(one, ast.Constant))


def test_the_entry_points_that_are_left_out_are_no_functions() -> None:
    handlers = {function.handler.split(".")[-2] for function in (*FUNCTIONS, MIGRATE)}
    there = {path.stem for path in (ROOT / "service" / "entrypoints").glob("*.py")}

    assert set(NOT_ON_LAMBDA) <= there
    assert handlers & set(NOT_ON_LAMBDA) == set()
