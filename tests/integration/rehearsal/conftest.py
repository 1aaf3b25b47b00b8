"""What the tests of this folder share: the whole stack, and a search server by itself."""

from collections.abc import Iterator

import pytest

from tests.integration.rehearsal.stack_rig import Up, up
from tests.integration.servers import logs, search_server

__all__ = ["logs", "search_server", "stack"]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """The whole stack, one for each worker; whoever breaks a part of it brings it back."""
    with up(tmp_path_factory.mktemp("stack")) as running:
        yield running
