"""One rehearsal stack for all pages that a worker follows."""

from collections.abc import Iterator

import pytest

from tests.runbooks.site import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The stack, with traffic; every page asks it for its own beginning."""
    running = Site.start(tmp_path_factory.mktemp("runbooks"))
    yield running
    running.stop()
