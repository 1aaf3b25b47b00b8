"""Where the built package lies: the archives that the templates refer to."""

import json
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.json"
LAMBDA_PYTHON = "3.13"  # of the runtime that the functions are deployed with
DIST = Path(__file__).parents[2] / "dist" / "lambda"


class PackageMissing(Exception):
    """The package has not been built; the message says how to."""


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The archives of one architecture (arm64 or x86_64). Layers hold `python/…`, code lies at an archive's root."""

    folder: Path

    @classmethod
    def built(cls, architecture: str = "arm64", dist: Path = DIST) -> "Artifacts":
        """What `tox run -e package` made. Raises PackageMissing."""
        artifacts = cls(dist / architecture)
        wanted = (*artifacts.all, artifacts.folder / MANIFEST)
        missing = [path.name for path in wanted if not path.is_file()]
        if missing:
            raise PackageMissing(f"{artifacts.folder} lacks {', '.join(missing)}: run `tox run -e package` first")
        python = json.loads((artifacts.folder / MANIFEST).read_text(encoding="utf-8"))["python"]
        if python != LAMBDA_PYTHON:
            raise PackageMissing(
                f"{artifacts.folder} was built for Python {python}, the functions run {LAMBDA_PYTHON}: "
                f"run `tox run -e package` on a machine that has it"
            )
        return artifacts

    @property
    def core_layer(self) -> Path:
        """What every function imports from."""
        return self.folder / "layer-core.zip"

    @property
    def images_layer(self) -> Path:
        """libvips and its binding: for the functions that take pictures."""
        return self.folder / "layer-images.zip"

    @property
    def migrations_layer(self) -> Path:
        """Alembic, for the function that migrates."""
        return self.folder / "layer-migrations.zip"

    @property
    def service_code(self) -> Path:
        """The service."""
        return self.folder / "service.zip"

    @property
    def reindex_code(self) -> Path:
        """The tasks of a distributed reindex."""
        return self.folder / "reindex.zip"

    @property
    def all(self) -> tuple[Path, ...]:
        """Every archive."""
        return (self.core_layer, self.images_layer, self.migrations_layer, self.service_code, self.reindex_code)
