"""The fixtures of those tests of whole processes that need a database and a search server, but no stack."""

from tests.integration.postgres import database, migrated_template, postgres
from tests.integration.servers import logs, search_server

__all__ = ["database", "logs", "migrated_template", "postgres", "search_server"]
