"""What the tests of this folder share: a search server by itself."""

from tests.integration.servers import logs, search_server

__all__ = ["logs", "search_server"]
