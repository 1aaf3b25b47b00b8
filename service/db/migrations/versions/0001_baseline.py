"""The nine tables as production has them; a database that has them already is adopted instead."""

from alembic import op

from service.db.migrations import baseline
from service.db.migrations.refusal import BELOW_BASELINE, MigrationRefused

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, their keys and their indexes in an empty database."""
    for statement in baseline.statements():
        op.execute(statement)


def downgrade() -> None:
    """Refuse: below this there is nothing but an empty database."""
    raise MigrationRefused(BELOW_BASELINE)
