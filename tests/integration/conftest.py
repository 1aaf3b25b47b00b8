"""The fixtures that every integration test may ask for."""

from tests.integration.postgres import database, empty_database, fragile_postgres, migrated_template, postgres
from tests.integration.production import production

__all__ = ["database", "empty_database", "fragile_postgres", "migrated_template", "postgres", "production"]
