"""One rehearsal stack for all alarms, and one for all procedures."""

from collections.abc import Iterator

import pytest

from tests.runbooks.site import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The stack, with traffic; every page asks it for its own beginning.

    Alarms have one of their own: gates remember for a day what errors come in bursts, and ask for more requests then.
    """
    running = Site.start(tmp_path_factory.mktemp("runbooks"))
    try:
        yield running
    finally:
        running.stop()
