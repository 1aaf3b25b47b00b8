"""One parts list per uploaded object, however often its event comes; and those still to be parsed, found at once.

A revision of its own, because an index that is built without blocking the writers of its table cannot be built in a
transaction.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLE = "moc_parts_lists"
_ONE_PER_UPLOAD = "moc_parts_lists_source_key_unique"
_PENDING = "idx_moc_parts_lists_pending"

accepted = {_ONE_PER_UPLOAD: "no backend writes source_key but the one that this revision comes with, one key a list"}


def upgrade() -> None:
    """Build the indexes while both backends go on writing."""
    downgrade()  # a build that was cut short leaves an invalid index behind, which is in the way
    with op.get_context().autocommit_block():
        op.create_index(_ONE_PER_UPLOAD, _TABLE, ["source_key"], unique=True, postgresql_concurrently=True)
        op.create_index(
            _PENDING,
            _TABLE,
            ["created_at"],
            postgresql_where=sa.text("status = 'pending'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Drop the indexes without blocking anybody."""
    with op.get_context().autocommit_block():
        for index in (_ONE_PER_UPLOAD, _PENDING):
            op.drop_index(index, _TABLE, if_exists=True, postgresql_concurrently=True)
