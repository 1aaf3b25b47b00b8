"""Objects of the file store that no row names, and uploads that clients do by themselves."""

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, Moment, String


class FileLeftover(Base):
    """An object to be deleted once `due_at` has passed: no row names it yet (an upload under way), or any more."""

    __tablename__ = "file_leftovers"
    __table_args__ = (Index("idx_file_leftovers_due", "due_at"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[Moment]


class DirectUpload(Base):
    """A file that a client may put into the file store itself, for one route, once."""

    __tablename__ = "direct_uploads"
    __table_args__ = (Index("idx_direct_uploads_expires", "expires_at"),)

    id: Mapped[Key]
    user_id: Mapped[String]
    route: Mapped[String]
    filename: Mapped[String]
    content_type: Mapped[String]
    size_bytes: Mapped[int]
    expires_at: Mapped[Moment]
    claimed_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]
