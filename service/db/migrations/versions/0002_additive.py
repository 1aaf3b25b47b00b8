"""What the first backend knows nothing of: thumbnails, the parts of a list, and how reading a list went.

Safe while that backend goes on writing: every new column may be null, and adding such a column rewrites nothing. The
three tables are locked only as long as the catalogue is written, and only if that is granted within `lock_timeout`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table of parts."""
    # An earlier attempt to leave the first backend has added this column to some databases.
    op.execute("ALTER TABLE gallery_images ADD COLUMN IF NOT EXISTS thumbnail_url text")
    op.add_column("moc_parts_lists", sa.Column("status", sa.Text))
    op.add_column("moc_parts_lists", sa.Column("errors", JSONB))
    op.add_column("moc_parts_lists", sa.Column("error_count", sa.Integer))
    op.add_column("moc_parts_lists", sa.Column("row_count", sa.Integer))
    op.add_column("moc_parts_lists", sa.Column("source_key", sa.Text))
    op.create_table(
        "moc_parts",
        sa.Column("parts_list_id", sa.Uuid, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("part_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("color", sa.Text),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("is_spare", sa.Boolean),
        sa.PrimaryKeyConstraint("parts_list_id", "line", name="moc_parts_pkey"),
        sa.ForeignKeyConstraint(
            ["parts_list_id"],
            ["moc_parts_lists.id"],
            name="moc_parts_parts_list_id_moc_parts_lists_id_fk",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Take the additions away again; the parts can be read anew from their files, thumbnails' addresses cannot."""
    op.drop_table("moc_parts")
    for column in ("source_key", "row_count", "error_count", "errors", "status"):
        op.drop_column("moc_parts_lists", column)
    in_use = sa.text("SELECT EXISTS (SELECT FROM gallery_images WHERE thumbnail_url IS NOT NULL)")
    if not op.get_bind().scalar(in_use):
        op.drop_column("gallery_images", "thumbnail_url")
