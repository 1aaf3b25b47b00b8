"""Rows to be locked by those who must not do the same thing at the same time.

A new table that the backends before know nothing of.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "turns", sa.Column("name", sa.Text, nullable=False), sa.PrimaryKeyConstraint("name", name="turns_pkey")
    )


def downgrade() -> None:
    """Drop it: nothing is lost but locks that somebody may hold at this moment."""
    op.drop_table("turns")
