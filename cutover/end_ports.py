"""What the end of the migration needs of the world outside: the ECS side's resources, the image archive, the usage."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from cutover.core.estate import Inventory, Scale
from cutover.core.oci import Receipt
from cutover.core.parts import Part
from cutover.core.usage import Usage


class Estate(Protocol):
    """The ECS side's resources. Every method raises EstateUnavailable, NotAllowed and NotFound."""

    @property
    def is_set_up(self) -> bool:
        """Whether the settings name the service."""
        ...

    def scale(self) -> Scale | None:
        """The service's size; None: the service is gone."""
        ...

    def set_scale(self, scale: Scale) -> None:
        """Ask for that many tasks, within those bounds of autoscaling (None leaves a bound as it is)."""
        ...

    def inventory(self) -> Inventory:
        """What belongs to the service."""
        ...

    def export(self, inventory: Inventory) -> Mapping[str, str]:
        """Everything about it, and the hosted zone, as JSON documents by name."""
        ...

    def present(self, part: Part) -> bool:
        """Whether it is still there."""
        ...

    def delete(self, part: Part) -> None:
        """Delete it; one that is gone already is no error."""
        ...


class ImageArchive(Protocol):
    """ECR images in S3 by digest. Every method raises EstateUnavailable, ArchiveBroken, NotAllowed and NotFound."""

    @property
    def is_set_up(self) -> bool:
        """Whether the settings name a bucket."""
        ...

    def keep(self, name: str, text: str) -> str:
        """Store a document in the bucket; where it is, "" without a bucket."""
        ...

    def images(self, repository: str) -> Mapping[str, tuple[str, ...]] | None:
        """The tags of every image by digest; None: the repository is gone."""
        ...

    def copy(self, repository: str, now: datetime, told: Callable[[str], None]) -> Receipt:
        """Copy what is not there yet, check all of it, and store the receipt. `told` hears of each content copied."""
        ...

    def receipt(self, repository: str) -> Receipt | None:
        """The newest receipt, as it lies in the bucket."""
        ...

    def verify(self, receipt: Receipt) -> Sequence[str]:
        """What of it is not in the bucket with its size and checksum, in words."""
        ...

    def delete(self, repository: str) -> None:
        """Delete the repository with every image; one that is gone already is no error."""
        ...


class UsageSource(Protocol):
    """What both sides have used, from their metrics."""

    def read(self, since: datetime, until: datetime) -> Usage:
        """Of [since, until); what is not known is None, and why stands beside it. Raises nothing that a port raises."""
        ...
