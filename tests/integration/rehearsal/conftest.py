"""The stack that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.integration.rehearsal.stack_rig import Up, up


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """The whole stack, one for each worker; whoever breaks a part of it brings it back."""
    with up(tmp_path_factory.mktemp("stack")) as running:
        yield running
