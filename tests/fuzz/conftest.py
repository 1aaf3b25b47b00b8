"""A whole stack, for the time of these tests."""

from collections.abc import Iterator

import pytest

from tests.integration.rehearsal.stack_rig import Up, up


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """The whole stack; stopped after these tests."""
    with up(tmp_path_factory.mktemp("stack")) as running:
        yield running
