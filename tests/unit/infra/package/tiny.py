"""A whole package of next to nothing: a tiny wheel in each distribution's place."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.package.contents import LAYERS
from infra.package.requirements import Pin
from infra.package.target import Target
from tests.unit.infra.package.elf import library

KNOWN = {name: Pin(name, "1.0", frozenset({"0" * 64})) for layer in LAYERS.values() for name in layer}


class TinyDistributions:
    """Gives a wheel with one module for whatever is asked; `more` are files of some, by name."""

    def __init__(self, folder: Path, more: Mapping[str, Mapping[str, bytes]] | None = None) -> None:
        self._folder = folder
        self._more = more or {}
        self.asked: list[tuple[str, Target]] = []

    def fetch(self, pins: Sequence[Pin], target: Target) -> Mapping[str, Path]:
        """Write them."""
        self.asked += [(pin.name, target) for pin in pins]
        return {pin.name: self._wheel(pin.name, target) for pin in pins}

    def _wheel(self, name: str, target: Target) -> Path:
        module = name.replace("-", "_")
        files = {
            f"{module}/__init__.py": f"NAME = {name!r}\n".encode(),
            f"{module}/tests/test_it.py": b"assert False\n",
            f"{module}/native.so": library(machine=target.elf_machine),
            f"{module}-1.0.dist-info/METADATA": b"Name: x\n\nread me",
            **self._more.get(name, {}),
        }
        path = self._folder / f"{module}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as made:
            for place, content in files.items():
                made.writestr(place, content)
        return path
