"""What a user would write: `python -m tests.benchmarks.reindex.orm_stream`, by DATABASE_URL and OPENSEARCH_ENDPOINT.

SQLAlchemy's ORM streams the service's model, the service's function makes each document, and opensearch-py's
`async_streaming_bulk` sends them in its own chunks.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from opensearchpy import AsyncOpenSearch
from opensearchpy.helpers import async_streaming_bulk
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from service.db.models.moc import Moc
from service.kernel.wire_time import wire_time
from service.search.documents import MocDocument
from service.search.indices import MOCS

ROWS_AT_ONCE = 2000
TIMEOUT_SECONDS = 120


async def actions(engine: AsyncEngine) -> AsyncIterator[dict[str, Any]]:
    """What the client's bulk call wants for each row."""
    wanted = select(Moc).execution_options(yield_per=ROWS_AT_ONCE)
    async with AsyncSession(engine) as session:
        async for moc in await session.stream_scalars(wanted):
            source = msgspec.to_builtins(document(moc))
            yield {"_index": MOCS, "_id": str(moc.id), "_source": source}


def document(moc: Moc) -> MocDocument:
    """The service's document of the model."""
    return MocDocument(
        id=moc.id,
        user_id=moc.user_id,
        title=moc.title,
        type=moc.type,
        created_at=wire_time(moc.created_at),
        updated_at=wire_time(moc.updated_at),
        description=moc.description,
        author=moc.author,
        parts_count=moc.parts_count,
        theme=moc.theme,
        subtheme=moc.subtheme,
        uploaded_date=None if moc.uploaded_date is None else wire_time(moc.uploaded_date),
        brand=moc.brand,
        set_number=moc.set_number,
        release_year=moc.release_year,
        retired=moc.retired,
        tags=None if moc.tags is None else tuple(moc.tags),
        thumbnail_url=moc.thumbnail_url,
        total_piece_count=moc.total_piece_count,
    )


async def main() -> None:
    """Send them all."""
    engine = create_async_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"))
    client = AsyncOpenSearch(os.environ["OPENSEARCH_ENDPOINT"], timeout=TIMEOUT_SECONDS)
    async for went_well, item in async_streaming_bulk(client, actions(engine)):
        if not went_well:
            raise SystemExit(f"not indexed: {item}")
    await client.close()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
