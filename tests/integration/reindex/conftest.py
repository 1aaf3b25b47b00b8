"""The fixtures that the tests of the reindex may ask for."""

from tests.integration.servers import logs, search_server

__all__ = ["logs", "search_server"]
