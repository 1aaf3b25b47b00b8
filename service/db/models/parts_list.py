"""Parts lists of MOCs and the parts on them."""

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, MomentOfWriting, Reference, String
from service.db.constraints import ONE_LIST_PER_UPLOAD
from service.db.models.moc import Moc, MocFile

MOC_OF_PARTS_LIST = "moc_parts_lists_moc_id_moc_instructions_id_fk"
FILE_OF_PARTS_LIST = "moc_parts_lists_file_id_moc_files_id_fk"
LIST_OF_PART = "moc_parts_parts_list_id_moc_parts_lists_id_fk"


class MocPartsList(Base):
    """One parts list; its counts and costs are numbers in text columns.

    The first backend knows nothing of the last five columns and leaves them null: `status` (None on its rows, which it
    parsed before it wrote them), `errors` (the first of them, as {line, code, message}), `error_count` (all of them),
    `row_count` (the good rows) and `source_key` (the S3 key of the upload: one list each, however often its event is
    delivered).
    """

    __tablename__ = "moc_parts_lists"
    __table_args__ = (
        Index("idx_moc_parts_lists_moc_id", "moc_id"),
        Index("idx_moc_parts_lists_file_id", "file_id"),
        Index("idx_moc_parts_lists_built", "built"),
        Index("idx_moc_parts_lists_purchased", "purchased"),
        Index("idx_moc_parts_lists_moc_built", "moc_id", "built"),
        Index("idx_moc_parts_lists_moc_purchased", "moc_id", "purchased"),
        Index(ONE_LIST_PER_UPLOAD, "source_key", unique=True),
        Index("idx_moc_parts_lists_pending", "created_at", postgresql_where=text("status = 'pending'")),
    )

    id: Mapped[Key]
    moc_id: Mapped[Reference] = mapped_column(
        ForeignKey(Moc.id, name=MOC_OF_PARTS_LIST, ondelete="CASCADE"),
    )
    file_id: Mapped[Reference | None] = mapped_column(
        ForeignKey(MocFile.id, name=FILE_OF_PARTS_LIST, ondelete="SET NULL"),
    )
    title: Mapped[String]
    description: Mapped[String | None]
    built: Mapped[bool | None] = mapped_column(server_default=text("false"))
    purchased: Mapped[bool | None] = mapped_column(server_default=text("false"))
    inventory_percentage: Mapped[str | None] = mapped_column(Text, server_default=text("'0.00'"))
    total_parts_count: Mapped[String | None]
    acquired_parts_count: Mapped[str | None] = mapped_column(Text, server_default=text("'0'"))
    cost_estimate: Mapped[String | None]
    actual_cost: Mapped[String | None]
    notes: Mapped[String | None]
    created_at: Mapped[MomentOfWriting]
    updated_at: Mapped[MomentOfWriting]
    status: Mapped[String | None]
    errors: Mapped[list[dict[str, object]] | None] = mapped_column(JSONB(none_as_null=True))
    error_count: Mapped[int | None]
    row_count: Mapped[int | None]
    source_key: Mapped[String | None]


class MocPart(Base):
    """One good row of a parts list; `line` is its line in the file."""

    __tablename__ = "moc_parts"

    # No id of its own: it would halve the speed of the COPY, and nobody asks for one part by itself.
    parts_list_id: Mapped[Reference] = mapped_column(
        ForeignKey(MocPartsList.id, name=LIST_OF_PART, ondelete="CASCADE"),
        primary_key=True,
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part_id: Mapped[String]
    name: Mapped[String | None]
    color: Mapped[String | None]
    quantity: Mapped[int]
    is_spare: Mapped[bool | None]
