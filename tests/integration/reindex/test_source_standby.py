"""A standby lags behind: what it does not have yet must not be taken for deleted."""

import os
from collections.abc import Iterator

import pytest

from cutover.core.reindex.models import ReindexStopped
from cutover.reindex.source import open_source
from service.db.migrate import upgrade
from tests.integration.postgres import running_postgres

WISHES = "wishlist_items"


@pytest.fixture(scope="module")
def standby() -> Iterator[str]:
    """The DSN of a server that only replays, and so can only be read."""
    with running_postgres() as server:
        dsn = server.create_database()
        upgrade(dsn)
        server.child.stop()
        files = server.files
        signal = files.directory / "standby.signal"
        signal.touch()
        if files.account is not None:
            os.chown(signal, files.account, files.account)
        server.start()
        yield dsn


async def test_a_standby_is_refused_at_once(standby: str) -> None:
    with pytest.raises(ReindexStopped, match="names a standby") as refused:
        await open_source(standby, WISHES)

    assert refused.value.way_on.startswith("name the primary")


async def test_a_standby_will_do_for_a_load_that_is_caught_up_with_from_the_primary(standby: str) -> None:
    table = await open_source(standby, WISHES, primary=False)

    assert await table.count() == 0
    await table.close()
