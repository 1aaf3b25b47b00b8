"""What is known of an uploaded parts list before and after its rows are written. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.files import NewFile
from service.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may be stored; `field` is what errors name."""

    file_id: UUID
    moc_id: UUID
    filename: str
    media_type: str
    url: str
    source_key: str
    field: str

    def object_of(self, body: bytes) -> NewFile:
        """The object to be stored."""
        return NewFile(self.source_key, body, self.media_type)

    def name_taken(self) -> Conflict:
        """The MOC has a file of that name already."""
        told = {"field": self.field, "message": f"{self.filename} is taken"}
        return Conflict("This MOC already has a file of that name", [told])


@dataclass(frozen=True, slots=True)
class Stored:
    """The rows of an upload."""

    list_id: UUID
    title: str
    created_at: datetime
