"""What uploads need: objects in the file store that no row names yet or any more, and uploads that clients do by
themselves.

Two new tables that the first backend knows nothing of.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "file_leftovers",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("due_at", sa.TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("key", name="file_leftovers_pkey"),
    )
    op.create_index("idx_file_leftovers_due", "file_leftovers", ["due_at"])
    op.create_table(
        "direct_uploads",
        sa.Column("id", sa.Uuid, server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP, nullable=False),
        sa.Column("claimed_at", sa.TIMESTAMP),
        sa.Column("done_at", sa.TIMESTAMP),
        sa.PrimaryKeyConstraint("id", name="direct_uploads_pkey"),
    )
    op.create_index("idx_direct_uploads_expires", "direct_uploads", ["expires_at"])


def downgrade() -> None:
    """Drop both: what is left over in the file store then stays there."""
    op.drop_table("direct_uploads")
    op.drop_table("file_leftovers")
