"""Where a list was left off: text that clients hand back as they got it. Pure."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from service.kernel.errors import ValidationFailed

KINDS = ("album", "image")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last item that was shown: the list goes on behind it, whatever has come or gone since."""

    created_at: datetime  # UTC without a zone
    id: UUID
    kind: str

    @classmethod
    def behind(cls, created_at: datetime, identity: UUID, kind: str) -> "Cursor":
        """The cursor behind an item; an aware time is converted."""
        naive = created_at if created_at.tzinfo is None else created_at.astimezone(UTC).replace(tzinfo=None)
        return cls(naive, identity, kind)

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor that `str` has written. Raises ValidationFailed for any other text."""
        try:
            moment, identity, kind = urlsafe_b64decode(text.encode("ascii") + b"==").decode("ascii").split(" ")
            cursor = cls(datetime.fromisoformat(moment), UUID(identity), kind)
        except ValueError as error:  # also of text that is no ASCII, or no base64
            raise _unknown() from error
        if str(cursor) != text or kind not in KINDS or cursor.created_at.tzinfo is not None:
            raise _unknown()
        return cursor

    def __str__(self) -> str:
        plain = f"{self.created_at.isoformat()} {self.id} {self.kind}"
        return urlsafe_b64encode(plain.encode("ascii")).decode("ascii").rstrip("=")


def _unknown() -> ValidationFailed:
    return ValidationFailed.of_field("cursor", "is none that this list has given")
