"""The Lambda function that brings the database to the newest schema: once per deployment, before the new code serves.

It returns {"applied": [revisions]}, or raises: then the deployment fails, with the reason in its words. The event
{"contract": true} also lets those revisions run that break the backend of before, when it is gone. A database that a
newer release has migrated is left as it is, and the deployment goes on: else nobody could go back to an older release.
"""

import gc
import os
from collections.abc import Mapping
from typing import Any

from service.db.migrate import upgrade
from service.db.migrations.connecting import DatabaseSettings, access_of
from service.db.migrations.gate import WouldBreak
from service.db.migrations.refusal import DatabaseIsNewer, MigrationRefused
from service.settings import MissingSettings
from service.telemetry.log import Log, configure

log = Log(__name__)

gc.enable()  # the start, for which the package has switched it off, ends here; what follows takes minutes

RESERVE_SECONDS = 5.0  # of Lambda's time, to roll back and to say what happened
MOST_STATEMENT_SECONDS = 60.0
MOST_TURN_SECONDS = 120.0


def handler(event: Any, context: Any) -> dict[str, list[str]]:
    """Migrate. Raises MigrationRefused, MissingSettings."""
    contract = isinstance(event, Mapping) and event.get("contract") is True
    within = max(1.0, context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS)
    try:
        applied = _migrated(os.environ, contract=contract, within_seconds=within)
    except WouldBreak as error:
        for finding in error.findings:
            told = finding.objection
            log.problem(
                "migration_would_break",
                revision=finding.revision,
                statement=finding.statement,
                why=told.why,
                instead=told.instead,
            )
        log.problem("migration_refused", reason=str(error))
        raise
    except DatabaseIsNewer as error:  # an older release is deployed again: what was added since does not disturb it
        if contract:  # whoever asks for that expects something to be done
            raise
        log.problem("database_is_newer", reason=str(error))
        return {"applied": []}
    except (MigrationRefused, MissingSettings) as error:
        log.problem("migration_refused", reason=str(error))
        raise
    log.info("migrated", applied=applied, contract=contract)
    return {"applied": applied}


def _migrated(env: Mapping[str, str], *, contract: bool, within_seconds: float) -> list[str]:
    configure("INFO")
    settings = DatabaseSettings.from_env(env)
    configure(settings.log_level)
    return upgrade(
        access_of(settings),
        contract=contract,
        statement_timeout_seconds=min(MOST_STATEMENT_SECONDS, within_seconds),
        turn_timeout_seconds=min(MOST_TURN_SECONDS, within_seconds),
        within_seconds=within_seconds,
    )
