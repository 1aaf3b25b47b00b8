"""Builds the package of one architecture in a folder aside, which takes the old one's place when it is whole."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.package import archive, own_code
from infra.package.artifacts import MANIFEST, Artifacts
from infra.package.bytecode import compile_folder
from infra.package.contents import CORE, IMAGES, LAYERS, MIGRATIONS
from infra.package.interpreters import Interpreter
from infra.package.layers import lay
from infra.package.requirements import Pin, chosen
from infra.package.target import Target
from infra.package.weights import Weight, Weights, check, manifest

TASK_ROOT = "/var/task"

Say = Callable[[str], None]


class Source(Protocol):
    """Where distributions come from."""

    def fetch(self, pins: Sequence[Pin], target: Target) -> Mapping[str, Path]:
        """The archive of each by name."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """What to build: for which target, compiled by which Python, of which pins, into which folder, of whose code."""

    target: Target
    interpreter: Interpreter
    pins: Mapping[str, Pin]
    out: Path
    code: Path = own_code.ROOT


def build(order: Order, downloads: Source, say: Say) -> Weights:
    """Build the package into OUT/ARCHITECTURE. A build that fails or is interrupted leaves what was there.

    Raises NotPinned, DownloadFailed, TooHeavy, and what the layers raise.
    """
    architecture = order.target.architecture
    wanted = chosen(order.pins, [name for layer in LAYERS.values() for name in layer])
    say(f"{architecture}: fetching {len(wanted)} distributions, or checking those that are here")
    found = downloads.fetch(wanted, order.target)
    order.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=order.out, prefix=f".{architecture}-") as scratch:
        artifacts = Artifacts(Path(scratch) / "made")
        artifacts.folder.mkdir()
        layers = _make_layers(order, found, artifacts, say)
        weights = Weights(
            architecture, order.target.python, {name: weighed for name, (weighed, _) in layers.items()},
            {**{name: written for name, (_, written) in layers.items()}, **_make_code(order, artifacts, say)},
        )  # fmt: skip
        check(weights)
        told = json.dumps(manifest(weights), indent=1) + "\n"
        (artifacts.folder / MANIFEST).write_text(told, encoding="utf-8")
        replace(order.out / architecture, artifacts.folder, Path(scratch) / "old")
    return weights


def replace(place: Path, fresh: Path, aside: Path) -> None:
    """Let `fresh` take the place of what is there, which goes aside; it comes back when that fails."""
    there = place.exists()
    if there:
        place.rename(aside)
    try:
        fresh.rename(place)
    except BaseException:
        if there:
            aside.rename(place)
        raise


def _make_layers(
    order: Order, found: Mapping[str, Path], artifacts: Artifacts, say: Say
) -> Mapping[str, tuple[Sequence[Weight], archive.Archive]]:
    places = {CORE: artifacts.core_layer, IMAGES: artifacts.images_layer, MIGRATIONS: artifacts.migrations_layer}
    made = {}
    for name, place in places.items():
        say(f"{order.target.architecture}: layer {name}")
        folder = artifacts.folder.parent / f"layer-{name}"
        pins = chosen(order.pins, LAYERS[name])
        weighed = lay(pins, found, folder / "python", order.target, order.interpreter)
        made[name] = (weighed, archive.write(folder, place))
    return made


def _make_code(order: Order, artifacts: Artifacts, say: Say) -> Mapping[str, archive.Archive]:
    kinds = {
        "service": (own_code.of_service(order.code), artifacts.service_code),
        "reindex": (own_code.of_reindex(order.code), artifacts.reindex_code),
    }
    made = {}
    for name, (files, place) in kinds.items():
        say(f"{order.target.architecture}: {name}, {len(files)} files")
        folder = artifacts.folder.parent / f"code-{name}"
        own_code.copy(files, folder, order.code)
        compile_folder(folder, TASK_ROOT, order.interpreter, keeps_source=lambda _: True)
        made[name] = archive.write(folder, place)
    return made
