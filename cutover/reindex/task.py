"""The load of one range of keys as a task of its own: a Lambda handler or a container, for a distributed map.

`plan_ranges` makes the index and the map's items, `handler` loads one of them. What both are told is an event such as
{"alias": "moc_instructions", "ranges": 200} or {"alias": ..., "index": ..., "run": ..., "after": ..., "until": ...};
OPENSEARCH_ENDPOINT and DATABASE_URL are in the environment, unless `servers` says otherwise, as in_lambda.py does.
Behind the map, `cutover reindex run ALIAS --loaded INDEX` catches up, compares and verifies.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import msgspec

from cutover.core.endpoints import is_on_aws, url_of_domain
from cutover.core.reindex.answers import bearable_dead
from cutover.core.reindex.models import ALIASES, DeadLetter, Span, Written
from cutover.core.reindex.names import made_at
from cutover.core.reindex.prefix import Acknowledged
from cutover.core.reindex.ranges import spans, split
from cutover.core.reindex.run import Position
from cutover.reindex.checkpoint import Checkpoint
from cutover.reindex.cluster import Cluster
from cutover.reindex.creating import create_index
from cutover.reindex.http import HttpSearch
from cutover.reindex.kinds import KIND
from cutover.reindex.loading import READERS, load
from cutover.reindex.ports import Source
from cutover.reindex.signing import Signer
from cutover.reindex.source import open_source
from cutover.reindex.watching import watched
from cutover.reindex.writer import Limits, Writer

MOST_RANGES = 10_000
LETTERS = 100  # that an answer names: Step Functions takes 256 KiB
SPARE_SECONDS = 30.0  # before a Lambda function's end, to answer with what is left
MAX_BAD = 0.001
IN_FLIGHT = 4  # bulk requests of one task at once: there are many tasks


class Context(Protocol):
    """What of a Lambda context is looked at."""

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is ended."""
        ...


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the cluster and the database are; `database_url` may hold a password."""

    endpoint: str
    database_url: str = field(repr=False)


class Ranges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which alias to make an index for, and in how many ranges of keys to load it."""

    alias: str
    ranges: int


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One range of keys: more than `after`, up to and with `until`; None: no bound on that side."""

    alias: str
    index: str
    run: str
    after: UUID | None = None
    until: UUID | None = None


def servers_of_environment() -> Servers:
    """The servers that the environment names. Raises ValueError where it names none."""
    endpoint, database_url = (os.environ.get(name, "") for name in ("OPENSEARCH_ENDPOINT", "DATABASE_URL"))
    if not endpoint or not database_url:
        raise ValueError("OPENSEARCH_ENDPOINT and DATABASE_URL have to be in the environment")
    return Servers(endpoint, database_url)


def plan_ranges(
    event: Mapping[str, Any],
    _context: Context | None = None,
    servers: Callable[[], Servers] = servers_of_environment,
) -> dict[str, Any]:
    """Make an index to be loaded: its name, and the map's items. Raises ValueError, and what a reindex raises."""
    wanted = _read(event, Ranges)
    if wanted.alias not in ALIASES or not 1 <= wanted.ranges <= MOST_RANGES:
        raise ValueError(f"alias has to be one of {', '.join(ALIASES)}, ranges from 1 to {MOST_RANGES}")
    return asyncio.run(_planned(wanted, servers()))


def handler(
    event: Mapping[str, Any],
    context: Context | None = None,
    servers: Callable[[], Servers] = servers_of_environment,
) -> dict[str, Any]:
    """Load one item: what became of its rows, and the items that are left where the time was not enough."""
    item = _checked(_read(event, Item))
    seconds = context.get_remaining_time_in_millis() / 1000 - SPARE_SECONDS if context else None
    return asyncio.run(_loaded(item, servers(), seconds))


def main(arguments: Sequence[str]) -> None:
    """The container's entry; the answer as JSON on standard output.

    One argument is an event. Options name an item: --alias, --index, and --run, --after, --until where there are any;
    then a checkpoint is kept in --folder (.cutover/reindex), so that a container that is started again goes on.
    """
    if len(arguments) == 1:
        event = _decoded(arguments[0])
        answer = (plan_ranges if "ranges" in event else handler)(event)
    else:
        given = _options(arguments)
        folder = Path(given.pop("folder", ".cutover/reindex"))
        item = _read({"run": "", **given}, Item)
        name = f"{item.index}-{item.after or 'first'}-{item.until or 'last'}"
        checkpoint = Checkpoint(folder, name)
        answer = asyncio.run(_loaded(_checked(item), servers_of_environment(), checkpoint=checkpoint))
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")


def _options(arguments: Sequence[str]) -> dict[str, Any]:
    names = [name.removeprefix("--") for name in arguments[::2]]
    if not arguments or len(arguments) % 2 or not {*names} <= {"alias", "index", "run", "after", "until", "folder"}:
        raise SystemExit('say what to load: --alias NAME --index NAME, or the event {"alias": ..., "index": ...}')
    return dict(zip(names, arguments[1::2], strict=True))


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise SystemExit(f"the event is none: {error}") from error


async def _planned(wanted: Ranges, servers: Servers) -> dict[str, Any]:
    run, alias = uuid4().hex, wanted.alias
    async with _connected(alias, servers) as (search, source):
        cluster = Cluster(search)
        standing = await cluster.standing(alias)
        if refusal := await cluster.obstacle(standing):
            raise refusal.stopped()
        index, _ = await create_index(cluster, source, standing, run)
    items = [Item(alias, index, run, span.after, span.until) for span in spans(wanted.ranges)]
    return {"alias": alias, "index": index, "run": run, "items": msgspec.to_builtins(items)}


async def _loaded(
    item: Item, servers: Servers, seconds: float | None = None, checkpoint: Checkpoint | None = None
) -> dict[str, Any]:
    """`seconds`: after so many, nothing more is begun. `checkpoint`: goes on behind it, and is kept."""
    known = checkpoint.read() if checkpoint else None
    stop, ranges = asyncio.Event(), split(Span(item.after, item.until), READERS)
    position = known or Position(item.alias, "", item.index, item.run, datetime.now(UTC), left=tuple(ranges))
    letters: list[DeadLetter] = []

    def acknowledged(news: Acknowledged) -> None:
        nonlocal position
        position = position.with_news(news)
        if checkpoint:
            checkpoint.add_letters(item.index, news.written.dead)
            checkpoint.write(position, lasting=False)

    async with _connected(item.alias, servers) as (search, source):
        if seconds is not None:
            asyncio.get_running_loop().call_later(max(0.0, seconds), stop.set)
        cluster, mapping = Cluster(search), KIND[item.alias].mapping
        await cluster.require_mapping(item.index, mapping)
        limits = Limits(in_flight=IN_FLIGHT, bearable_dead=bearable_dead(await source.count(), MAX_BAD))
        async with watched(cluster, item.index, mapping, stop):
            written = await load(source, Writer(search, item.index, limits), position.left, acknowledged, _untold, stop)
        letters += written.dead
    return _answer(item, position, letters)


def _answer(item: Item, position: Position, letters: Sequence[DeadLetter]) -> dict[str, Any]:
    left = [msgspec.structs.replace(item, after=one.after, until=one.until) for one in position.left]
    answer: dict[str, Any] = msgspec.to_builtins(item) | {
        "indexed": position.indexed,
        "stale": position.stale,
        "retried": position.retried,
        "bytes": position.bytes,
        "dead": len(letters),
        "letters": [{"id": letter.id, "reason": letter.reason} for letter in letters[:LETTERS]],
        "left": msgspec.to_builtins(left),
    }
    return answer


@asynccontextmanager
async def _connected(alias: str, servers: Servers) -> AsyncIterator[tuple[HttpSearch, Source]]:
    """The cluster and the table."""
    url = url_of_domain(servers.endpoint)
    search = HttpSearch(url, connections=IN_FLIGHT + 1, signer=_signer() if is_on_aws(url) else None)
    try:
        # What a standby does not have yet, the run behind the load brings over.
        source = await open_source(servers.database_url, alias, primary=False)
        try:
            yield search, source
        finally:
            await source.close()
    finally:
        await search.close()


def _signer() -> Signer:
    from botocore.session import Session

    session = Session()
    return Signer(session.get_credentials, region=os.environ.get("AWS_REGION", "us-east-1"))


def _checked(item: Item) -> Item:
    if item.alias not in ALIASES:
        raise ValueError(f"alias has to be one of {', '.join(ALIASES)}")
    if made_at(item.alias, item.index) is None:  # such as the alias itself: searches would see a half of it
        raise ValueError(f"index has to be one that was made for {item.alias}: plan_ranges names it")
    return item


def _read(event: Mapping[str, Any], shape: type[Any]) -> Any:
    try:
        return msgspec.convert(dict(event), shape)
    except msgspec.ValidationError as error:
        raise ValueError(f"the event is none: {error}") from error


def _untold(_: Written) -> None:
    pass


if __name__ == "__main__":
    main(sys.argv[1:])
