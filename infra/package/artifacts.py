"""Where the built package lies: the archives that the templates refer to."""

from dataclasses import dataclass
from pathlib import Path

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
        missing = [path.name for path in artifacts.all if not path.is_file()]
        if missing:
            raise PackageMissing(f"{artifacts.folder} lacks {', '.join(missing)}: run `tox run -e package` first")
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
