"""A new index to be loaded, beside the one that serves."""

import asyncio
from datetime import datetime

from cutover.core.reindex.models import Standing
from cutover.core.reindex.names import index_name
from cutover.reindex.cluster import Cluster
from cutover.reindex.kinds import KIND
from cutover.reindex.ports import Source

TICK_SECONDS = 0.2  # until another look at the clock: an index's name has whole seconds


async def create_index(cluster: Cluster, source: Source, standing: Standing, run: str) -> tuple[str, datetime]:
    """Make it, cut as the one that serves is; its name, and when it was begun by the database's clock.

    What changes from that moment on is caught up with. Raises as Cluster and Source do.
    """
    serving, alias = standing.serving, standing.alias
    names = {one.name for one in (*standing.others, *([serving] if serving else []))}
    now = await source.now()
    while index_name(alias, now) in names:
        await asyncio.sleep(TICK_SECONDS)
        now = await source.now()
    shards = (await cluster.shape(serving.name)).shards if serving else 1
    meta = {"run": run, "started": now.isoformat()}
    return await cluster.create(alias, KIND[alias].mapping, meta, now, shards=shards), now
