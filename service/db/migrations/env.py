"""How Alembic reaches the database: by the connection that it is handed, else by one from the environment."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from service.db.base import Base
from service.db.migrations.connecting import access_from, engine_to
from service.db.migrations.refusal import MigrationRefused
from service.db.models import file, gallery, moc, parts_list, turn, wishlist

# Imported for their tables, which the comparison with the database must know.
MODELS = (file, gallery, moc, parts_list, turn, wishlist)


def run(connection: Connection) -> None:
    """Do what the Alembic command asks, each revision in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_by_environment() -> None:
    """The same for `alembic` on the command line, with the POSTGRES_* settings."""
    engine = engine_to(access_from(os.environ))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise MigrationRefused(
        "Revisions look at the database, so they cannot be written out as a script: leave out --sql."
    )
handed = context.config.attributes.get("connection")
if handed is None:
    asyncio.run(run_by_environment())
else:
    run(handed)
