"""What a cluster's answers say about its indices, as values. Pure; raises msgspec.ValidationError at other answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from cutover.core.reindex.fitness import Disk, block_of
from cutover.core.reindex.models import IndexInfo, Standing, TookOver
from cutover.core.reindex.names import made_at
from cutover.core.reindex.refusals import Refusal, Why

REFRESH = "1s"
_OFF = "-1"


class _Settings(msgspec.Struct, frozen=True):
    creation_date: str = ""
    number_of_shards: str = "1"
    number_of_replicas: str = "0"
    refresh_interval: str = REFRESH
    blocks: dict[str, Any] = {}


class _Index(msgspec.Struct, frozen=True):
    index: _Settings


class _Mapping(msgspec.Struct, frozen=True):
    meta: dict[str, Any] = msgspec.field(name="_meta", default_factory=dict)


class Described(msgspec.Struct, frozen=True):
    """What `GET /INDEX` says of one index."""

    settings: _Index
    mappings: _Mapping = _Mapping()
    aliases: dict[str, Any] = {}


class Mapped(msgspec.Struct, frozen=True):
    """What `GET /INDEX/_mapping` says of one index."""

    mappings: dict[str, Any] = {}


class Count(msgspec.Struct, frozen=True):
    """What `_count` says."""

    count: int


class Sizes(msgspec.Struct, frozen=True):
    """A line of `_cat/indices`. An index whose shards are missing has no numbers."""

    index: str
    documents: str | None = msgspec.field(name="docs.count", default=None)
    stored: str | None = msgspec.field(name="pri.store.size", default=None)


class Allocation(msgspec.Struct, frozen=True):
    """A line of `_cat/allocation`."""

    node: str
    used: str | None = msgspec.field(name="disk.used", default=None)
    total: str | None = msgspec.field(name="disk.total", default=None)


class Health(msgspec.Struct, frozen=True):
    """What `_cluster/health` says, of all or of one index. `status`: green, yellow or red."""

    status: str
    number_of_data_nodes: int = 1
    unassigned_shards: int = 0


class _Memory(msgspec.Struct, frozen=True):
    heap_used_percent: int


class _Jvm(msgspec.Struct, frozen=True):
    mem: _Memory


class _Node(msgspec.Struct, frozen=True):
    jvm: _Jvm


class NodeStats(msgspec.Struct, frozen=True):
    """What `_nodes/stats/jvm` says."""

    nodes: dict[str, _Node]

    @property
    def heap_percent(self) -> int:
        """How full the fullest node's heap is."""
        return max((node.jvm.mem.heap_used_percent for node in self.nodes.values()), default=0)


@dataclass(frozen=True, slots=True)
class Shape:
    """How an index is cut and kept: what a new one takes over from the one that serves."""

    shards: int = 1
    replicas: int | None = None  # None: as the number of data nodes says
    refresh_interval: str = REFRESH


def shape_of(one: Described) -> Shape:
    """The shape of an index. One that was left without refreshing is no model in that."""
    index = one.settings.index
    refresh = REFRESH if index.refresh_interval.startswith(_OFF) else index.refresh_interval
    return Shape(int(index.number_of_shards), int(index.number_of_replicas), refresh)


def standing_of(
    alias: str, found: Mapping[str, Described], sizes: Mapping[str, Sizes], schema: str
) -> Standing | Refusal:
    """What stands under an alias. An alias that points at more than one index is refused: which one serves?"""
    infos = {name: _info(alias, name, one, sizes.get(name), schema) for name, one in sorted(found.items())}
    pointed = [name for name in infos if name == alias or alias in infos[name].aliases]
    if len(pointed) > 1:
        return Refusal(
            Why.ALIASED_TWICE,
            f"{alias} points at {len(pointed)} indices, {', '.join(pointed)}, and may point at 1",
            str(len(pointed)),
            "1",
            f'POST /_aliases {{"actions": [{{"remove": {{"index": "...", "alias": "{alias}"}}}}]}} for all but one',
        )
    serving = infos[pointed[0]] if pointed else None
    others = tuple(one for one in infos.values() if one is not serving)
    return Standing(alias, serving, alias in infos, others)


def disks_of(lines: Sequence[Allocation]) -> Sequence[Disk]:
    """The disks that are known; shards without a node, and nodes that do not say, are left out."""
    return [Disk(line.node, int(line.used), int(line.total)) for line in lines if line.used and line.total]


def told(took_over: TookOver) -> Mapping[str, Any]:
    """How an index's `_meta.reindex` says it; `_took_over` reads it."""
    return {
        "at": took_over.at.astimezone(UTC).isoformat(timespec="seconds"),
        "former": took_over.former,
        "concrete": took_over.concrete,
        "back": took_over.back,
    }


def _info(alias: str, name: str, one: Described, sizes: Sizes | None, schema: str) -> IndexInfo:
    index, made_by = one.settings.index, one.mappings.meta.get("reindex")
    reindex: Mapping[str, Any] = made_by if isinstance(made_by, dict) else {}
    return IndexInfo(
        name,
        int((sizes and sizes.documents) or 0),
        int((sizes and sizes.stored) or 0),
        _created(index.creation_date) or made_at(alias, name),
        one.mappings.meta.get("schema") == schema,
        block_of(index.blocks),
        str(reindex.get("run", "")),
        _took_over(reindex.get("took_over")),
        tuple(sorted(one.aliases)),
    )


def _created(milliseconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds.isdecimal() else None


def _took_over(told: Any) -> TookOver | None:
    """What somebody else wrote there counts as nothing."""
    if told is None:
        return None
    try:
        return msgspec.convert(told, TookOver)
    except msgspec.ValidationError:
        return None
