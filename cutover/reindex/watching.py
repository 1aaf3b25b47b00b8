"""An eye on an index while it is loaded: where it is lost, bulk requests would make another and fill that."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from cutover.core.reindex.models import ReindexStopped, SearchUnreachable
from cutover.reindex.cluster import Cluster

EVERY_SECONDS = 3.0


@asynccontextmanager
async def watched(cluster: Cluster, index: str, mapping: Mapping[str, Any], stop: asyncio.Event) -> AsyncIterator[None]:
    """Set `stop` when the index is lost, and raise ReindexStopped once the body has ended, as when it ends otherwise.

    A body that is stopped by the cluster's refusals is told of the loss instead, if that is why.
    """
    watching = asyncio.create_task(_watch(cluster, index, stop))
    try:
        yield
    except ReindexStopped:
        await cluster.require_mapping(index, mapping)
        raise
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    await cluster.require_mapping(index, mapping)


async def _watch(cluster: Cluster, index: str, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(EVERY_SECONDS)
        with suppress(SearchUnreachable, ReindexStopped):  # the load itself is told of that
            if await cluster.is_lost(index):
                stop.set()
