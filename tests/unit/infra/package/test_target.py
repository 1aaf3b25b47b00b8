"""How wheels and libraries call what Lambda runs on."""

import pytest

from infra.package.target import ARCHITECTURES, Target


@pytest.mark.parametrize(("architecture", "machine", "elf"), [("arm64", "aarch64", 183), ("x86_64", "x86_64", 62)])
def test_an_architecture_has_three_names(architecture: str, machine: str, elf: int) -> None:
    target = Target(architecture, "3.13")
    assert (target.machine, target.elf_machine, target.abi) == (machine, elf, "cp313")
    assert architecture in ARCHITECTURES


def test_wheels_may_want_a_glibc_as_new_as_lambdas_and_no_newer() -> None:
    platforms = Target("arm64", "3.13").platforms

    assert platforms[0] == "manylinux_2_34_aarch64"
    assert "manylinux_2_28_aarch64" in platforms
    assert platforms[-1] == "manylinux2014_aarch64"
    assert "manylinux_2_35_aarch64" not in platforms
