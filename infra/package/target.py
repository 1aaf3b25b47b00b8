"""What a package is built for: Lambda's architecture and Python, and how wheels call them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ARCHITECTURES = ("arm64", "x86_64")
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
_ELF_MACHINES = {"arm64": 183, "x86_64": 62}  # e_machine: EM_AARCH64, EM_X86_64
_NEWEST_GLIBC = 34  # Amazon Linux 2023, under Lambda's Python 3.12 and later, has glibc 2.34
_OLDEST_GLIBC = 17  # manylinux2014


@dataclass(frozen=True, slots=True)
class Target:
    """One architecture (as Lambda names it) and one Python ("3.13")."""

    architecture: str
    python: str

    @property
    def machine(self) -> str:
        """The architecture as wheels name it."""
        return _MACHINES[self.architecture]

    @property
    def elf_machine(self) -> int:
        """The architecture as native libraries name it."""
        return _ELF_MACHINES[self.architecture]

    @property
    def abi(self) -> str:
        """The interpreter's binary interface as wheels name it."""
        return "cp" + self.python.replace(".", "")

    @property
    def platforms(self) -> Sequence[str]:
        """The platform tags whose wheels run there."""
        glibc = [f"manylinux_2_{minor}_{self.machine}" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1)]
        return [*glibc, f"manylinux2014_{self.machine}"]
