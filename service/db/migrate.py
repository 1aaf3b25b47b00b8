"""Bring a PostgreSQL database to the newest schema: `python -m service.db.migrate`, once per deployment.

Safe to run while both backends serve, and more than once: what is applied stays applied, what fails changes nothing.
"""

import argparse
import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from ssl import SSLCertVerificationError
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.db.access import Access
from service.db.migrations import gate
from service.db.migrations.adoption import adoptable
from service.db.migrations.connecting import access_from, engine_to
from service.db.migrations.refusal import BELOW_BASELINE, DatabaseIsNewer, MigrationRefused
from service.kernel.errors import AppError
from service.settings import MissingSettings

BASELINE = "0001"
# Names the lock that one migration at a time holds. Any number does, as long as every release uses the same one.
TURN_LOCK = 7_309_405_128
_POLL_SECONDS = 0.2
_LOCK_NOT_AVAILABLE, _QUERY_CANCELED = "55P03", "57014"

# Alembic keeps what it works on in module globals, so threads of one process take turns as well.
_ALEMBIC = threading.Lock()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, a migration waits: for a table's lock, for one statement, for its turn."""

    lock_timeout_seconds: float
    statement_timeout_seconds: float
    turn_timeout_seconds: float


def upgrade(
    where: str | Access,
    *,
    contract: bool = False,
    lock_timeout_seconds: float = 5,
    statement_timeout_seconds: float = 60,
    turn_timeout_seconds: float = 120,
    within_seconds: float | None = None,
) -> list[str]:
    """Apply every revision that the database (its DSN, or how to get at it) lacks and return their ids, oldest first.

    A production database that no revision has touched yet is checked, then taken as revision 0001. Before anything is
    applied, revisions that would break the backend that is still running are refused, but for those that say so in
    their file where `contract` allows it. An empty database has no such backend.
    Raises MigrationRefused with the reason; the revisions applied before it stay, the one that failed leaves nothing
    (but for an index whose building was cut short: it is not used, and the next run builds it anew).
    Runs an event loop of its own: from asynchronous code, call it in a thread.
    """
    patience = Patience(lock_timeout_seconds, statement_timeout_seconds, turn_timeout_seconds)
    work = _alone(where, patience, partial(_upgrade, contract=contract))
    with _ALEMBIC:
        return asyncio.run(_in_time(work, within_seconds))


def downgrade(
    where: str | Access,
    revision: str,
    *,
    lock_timeout_seconds: float = 5,
    statement_timeout_seconds: float = 60,
    turn_timeout_seconds: float = 120,
) -> list[str]:
    """Undo every revision after `revision` and return their ids, newest first; otherwise as `upgrade`."""
    patience = Patience(lock_timeout_seconds, statement_timeout_seconds, turn_timeout_seconds)
    with _ALEMBIC:
        return asyncio.run(_alone(where, patience, partial(_downgrade, revision=revision)))


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Migrate the database that the environment names and say what was done; the exit code: 0 done, 1 not."""
    parser = argparse.ArgumentParser(
        prog="python -m service.db.migrate", description="Bring the database to the newest schema."
    )
    parser.add_argument("--down-to", metavar="REVISION", help="undo every revision after this one")
    parser.add_argument(
        "--contract", action="store_true", help="also what breaks the backend of before, because it is gone"
    )
    given = parser.parse_args(arguments)
    try:
        access = access_from(environment)
        down_to = given.down_to
        done = upgrade(access, contract=given.contract) if down_to is None else downgrade(access, down_to)
    except (MigrationRefused, MissingSettings) as error:
        sys.stderr.write(f"Not migrated: {error}\n")
        return 1
    word = "applied" if down_to is None else "undone"
    sys.stdout.writelines([f"{word} {name}\n" for name in done] or ["nothing to do\n"])
    return 0


async def _in_time(work: Coroutine[Any, Any, list[str]], seconds: float | None) -> list[str]:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        raise MigrationRefused(
            f"Not done within the {seconds:g} s that there were: the revision that was under way was undone, those "
            "before it stay. Run it again when the database is less busy."
        ) from error


async def _alone(where: str | Access, patience: Patience, work: Callable[[Connection], list[str]]) -> list[str]:
    engine = engine_to(where, patience.statement_timeout_seconds)
    try:
        async with engine.connect() as connection:
            await _take_turn(connection, patience.turn_timeout_seconds)
            await _limit(connection, patience)
            return await connection.run_sync(work)  # the turn ends with the connection
    except DBAPIError as error:
        raise _explained(error, patience) from error
    except CommandError as error:
        raise MigrationRefused(str(error)) from error
    except AppError as error:
        raise MigrationRefused("There is no password to connect with; the log says why.") from error
    except SSLCertVerificationError as error:
        raise MigrationRefused(
            f"The server's certificate is not believed: {error.verify_message}. For RDS itself, POSTGRES_CA_FILE has "
            "to name the bundle of its authorities."
        ) from error
    except OSError as error:
        raise MigrationRefused(f"PostgreSQL does not answer: {str(error) or type(error).__name__}") from error
    finally:
        await engine.dispose()


async def _take_turn(connection: AsyncConnection, timeout_seconds: float) -> None:
    # Asked again and again instead of waited for: a statement that waits holds a snapshot, and CREATE INDEX
    # CONCURRENTLY in the migration that has the turn would wait for that snapshot to end.
    deadline = time.monotonic() + timeout_seconds
    while not await connection.scalar(text("SELECT pg_try_advisory_lock(:turn)"), {"turn": TURN_LOCK}):
        await connection.rollback()
        if time.monotonic() > deadline:
            raise MigrationRefused(f"Another migration is still running after {timeout_seconds:g} s; try again later.")
        await asyncio.sleep(_POLL_SECONDS)
    await connection.commit()


async def _limit(connection: AsyncConnection, patience: Patience) -> None:
    for name in ("lock_timeout", "statement_timeout"):
        milliseconds = round(getattr(patience, f"{name}_seconds") * 1000)
        await connection.execute(
            text("SELECT set_config(:name, :value, false)"), {"name": name, "value": f"{milliseconds}ms"}
        )
    await connection.commit()


def _upgrade(connection: Connection, contract: bool) -> list[str]:
    config, scripts, current = _opened(connection)
    adopted = current is None and adoptable(connection)
    start = BASELINE if adopted else current
    due = [*scripts.iterate_revisions("head", start or "base")][::-1]
    if start is not None:
        gate.check(due, contract=contract)
    connection.rollback()  # Alembic opens transactions of its own
    if adopted:
        command.stamp(config, BASELINE)
        _log.info("The tables are production's: taken as revision %s.", BASELINE)
    command.upgrade(config, "head")
    return [step.revision for step in due]


def _downgrade(connection: Connection, revision: str) -> list[str]:
    config, scripts, current = _opened(connection)
    scripts.get_revisions(revision)  # an unknown one is an error here, with a message for people
    due = [step.revision for step in scripts.iterate_revisions(current or "base", revision)]
    if BASELINE in due:
        raise MigrationRefused(BELOW_BASELINE)
    connection.rollback()
    command.downgrade(config, revision)
    return due


def _opened(connection: Connection) -> tuple[Config, ScriptDirectory, str | None]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {step.revision for step in scripts.walk_revisions()}:
        raise DatabaseIsNewer(
            f"The database is at revision {current}, which this release does not know: use a newer one."
        )
    return config, scripts, current


def _explained(error: DBAPIError, patience: Patience) -> MigrationRefused:
    reasons = {
        _LOCK_NOT_AVAILABLE: f"A table was in use for longer than {patience.lock_timeout_seconds:g} s",
        _QUERY_CANCELED: f"A statement took longer than {patience.statement_timeout_seconds:g} s",
    }
    reason = reasons.get(getattr(error.orig, "sqlstate", None) or "")
    if reason is None:
        return MigrationRefused(f"PostgreSQL says: {error.driver_exception}")
    return MigrationRefused(f"{reason}; the revision that it belongs to was undone. Run it again.")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main(sys.argv[1:], os.environ))
