"""What the tests of this folder share: a search server, a Valkey and a moto, each by itself."""

from tests.integration.servers import logs, moto_server, search_server, valkey

__all__ = ["logs", "moto_server", "search_server", "valkey"]
