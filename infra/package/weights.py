"""What weighs what: of each distribution, layer and function, against what they may weigh. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from infra.package.archive import Archive
from infra.package.contents import CORE, FUNCTION_LIMIT, IMAGES, LAYER_LIMITS, MB, MIGRATIONS

SCHEMA = "lego-api.package/1"


class TooHeavy(Exception):
    """The package is over a limit; the message names what and by how much."""

    def __init__(self, message: str, weights: "Weights") -> None:
        super().__init__(message)
        self.weights = weights


@dataclass(frozen=True, slots=True)
class Weight:
    """One distribution, in bytes: all its files as they were downloaded; its bytecode and what else is kept of it."""

    name: str
    version: str
    before_bytes: int
    bytecode_bytes: int
    other_bytes: int

    @property
    def after_bytes(self) -> int:
        """What it weighs in the layer."""
        return self.bytecode_bytes + self.other_bytes


@dataclass(frozen=True, slots=True)
class Weights:
    """A whole package: the distributions of each layer, the archives by what they are (layers, service, reindex)."""

    architecture: str
    python: str
    layers: Mapping[str, Sequence[Weight]]
    archives: Mapping[str, Archive]

    def unzipped_bytes(self, *parts: str) -> int:
        """These parts together."""
        return sum(self.archives[part].unzipped_bytes for part in parts)


# What functions are made of: the heaviest of each kind.
FUNCTIONS: Mapping[str, Sequence[str]] = {
    "service": (CORE, "service"),
    "service with images": (CORE, IMAGES, "service"),
    "migration": (CORE, MIGRATIONS, "service"),
    "reindex": (CORE, "reindex"),
}


def check(weights: Weights) -> None:
    """Raises TooHeavy when a layer, or a function with all its layers, is over its limit."""
    layers = [(f"layer {name}", weights.unzipped_bytes(name), limit) for name, limit in LAYER_LIMITS.items()]
    functions = [(f"function {name}", weights.unzipped_bytes(*of), FUNCTION_LIMIT) for name, of in FUNCTIONS.items()]
    over = [
        f"{name} is {megabytes(size)} MB, may be {megabytes(limit)}"
        for name, size, limit in (*layers, *functions)
        if size > limit
    ]
    if over:
        raise TooHeavy(f"{weights.architecture}: {'; '.join(over)}", weights)


def megabytes(size_bytes: int) -> str:
    """In millions of bytes, with two digits."""
    return f"{size_bytes / MB:.2f}"


def manifest(weights: Weights) -> Mapping[str, Any]:
    """What lies beside the archives: what they were built for, how to know them again, what is in them."""
    return {
        "schema": SCHEMA,
        "architecture": weights.architecture,
        "python": weights.python,
        "archives": {part: asdict(archive) for part, archive in weights.archives.items()},
        "distributions": {layer: [asdict(weight) for weight in found] for layer, found in weights.layers.items()},
    }


def weights_of(told: Mapping[str, Any]) -> Weights:
    """The weights that such a manifest tells of."""
    layers = {layer: [Weight(**weight) for weight in found] for layer, found in told["distributions"].items()}
    archives = {part: Archive(**archive) for part, archive in told["archives"].items()}
    return Weights(told["architecture"], told["python"], layers, archives)
