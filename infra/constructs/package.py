"""The built package as CDK's assets: the service's code, and the layers that functions import from."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.functions import MIGRATE, Function
from infra.package.artifacts import Artifacts

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


class Package(Construct):
    """One version of each layer, whichever functions share it."""

    def __init__(self, scope: Construct, construct_id: str, artifacts: Artifacts) -> None:
        super().__init__(scope, construct_id)
        self.code = lambda_.Code.from_asset(str(artifacts.service_code))
        self._core = self._layer("core", artifacts.core_layer, "What every function imports from")
        self._images = self._layer("images", artifacts.images_layer, "libvips and its binding")
        self._migrations = self._layer("migrations", artifacts.migrations_layer, "Alembic")

    def layers_of(self, spec: Function) -> Sequence[lambda_.ILayerVersion]:
        """What the function carries beside the service's code."""
        if spec is MIGRATE:
            return (self._core, self._migrations)
        return (self._core, self._images) if spec.pictures else (self._core,)

    def _layer(self, what: str, archive: Path, description: str) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            what,
            code=lambda_.Code.from_asset(str(archive)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description=description,
        )
