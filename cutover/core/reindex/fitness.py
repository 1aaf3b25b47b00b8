"""Whether a cluster can take a new index: blocks that refuse writes, and room on its disks. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cutover.core.reindex.models import Standing
from cutover.core.reindex.refusals import Refusal, Why
from cutover.core.words import percent

HIGH_WATERMARK = "90%"  # the cluster's own default: above it shards are moved away
MERGES = 1.5  # segments are there twice while they are merged, but never all of them at once
_FLOOD = "read_only_allow_delete"
_INDEX_BLOCKS = (_FLOOD, "read_only", "write", "metadata")
_CLUSTER_BLOCKS = ("cluster.blocks.read_only_allow_delete", "cluster.blocks.read_only", "cluster.blocks.create_index")
_UNITS = {"b": 1, "k": 1 << 10, "kb": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "g": 1 << 30, "gb": 1 << 30,
          "t": 1 << 40, "tb": 1 << 40, "p": 1 << 50, "pb": 1 << 50}  # fmt: skip
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([a-z]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of one data node."""

    node: str
    used_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the cluster's settings say: its high watermark as written, and the block on all of it (empty: none)."""

    high_watermark: str = HIGH_WATERMARK
    watermark_counts: bool = True
    block: str = ""


def limits_of(settings: Mapping[str, Any]) -> Limits:
    """The limits in an answer to `_cluster/settings?flat_settings=true`; transient ones win."""
    flat: dict[str, Any] = {**settings.get("persistent", {}), **settings.get("transient", {})}
    disk = "cluster.routing.allocation.disk"
    return Limits(
        str(flat.get(f"{disk}.watermark.high", HIGH_WATERMARK)),
        _is_on(flat.get(f"{disk}.threshold_enabled", True)),
        next((name for name in _CLUSTER_BLOCKS if _is_on(flat.get(name))), ""),
    )


def block_of(blocks: Mapping[str, Any]) -> str:
    """The name of the first of an index's blocks that refuses what a reindex does to it; empty: there is none."""
    return next((f"index.blocks.{name}" for name in _INDEX_BLOCKS if _is_on(blocks.get(name))), "")


def blocked(index: str, block: str) -> Refusal:
    """The refusal of an index that carries a block."""
    reason = ": the disk of one of its nodes has passed the flood stage" if block.endswith(_FLOOD) else ""
    return Refusal(
        Why.BLOCKED,
        f"{index} refuses writes: {block} is set{reason}",
        block,
        "no block",
        f'make room on the disks first if they are full; then PUT /{index}/_settings {{"{block}": null}}; then again',
    )


def keeps_alias(block: str) -> bool:
    """Whether an index with this block can't lose its alias; one that only refuses documents can."""
    return bool(block) and not block.endswith(".write")


def obstacle(standing: Standing, limits: Limits, disks: Sequence[Disk], begun: str = "") -> Refusal | None:
    """What keeps a new index beside the one that serves from being made; None: nothing does.

    `begun`: the name of the new one where it is there already: what it takes is not needed once more.
    """
    if limits.block:
        return Refusal(
            Why.BLOCKED,
            f"the whole cluster is blocked: {limits.block} is set",
            limits.block,
            "no block",
            f'mend its cause; then PUT /_cluster/settings {{"persistent": {{"{limits.block}": null}}}}; then again',
        )
    serving = standing.serving
    if serving is not None and keeps_alias(serving.read_only):
        return blocked(serving.name, serving.read_only)
    taken = sum(one.bytes for one in standing.others if one.name == begun)
    needed = int(serving.bytes * MERGES) if serving is not None else 0
    return _no_room(max(0, needed - taken), limits, disks)


def _no_room(needed_bytes: int, limits: Limits, disks: Sequence[Disk]) -> Refusal | None:
    known = [disk for disk in disks if disk.total_bytes > 0]
    if not known or not limits.watermark_counts:
        return None
    room = sum(max(0, used_at(limits.high_watermark, disk.total_bytes) - disk.used_bytes) for disk in known)
    if room > needed_bytes:
        return None
    fullest = max(known, key=lambda disk: disk.used_bytes / disk.total_bytes)
    return Refusal(
        Why.DISK,
        f"a new index needs about {_size(needed_bytes)}, and there are {_size(room)} below the high watermark of"
        f" {limits.high_watermark}; {fullest.node}'s disk is at {percent(fullest.used_bytes / fullest.total_bytes)}",
        _size(room),
        _size(needed_bytes),
        "cutover reindex prune takes old indices away; or give the nodes more disk; then again",
    )


def used_at(watermark: str, total_bytes: int) -> int:
    """How many bytes of a disk are used where a watermark is reached: 90%, 0.9, or 50gb (that stay free)."""
    text = watermark.strip().lower()
    if match := _SIZE.fullmatch(text):
        return int(total_bytes - float(match[1]) * _UNITS.get(match[2], 0))
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return used_at(HIGH_WATERMARK, total_bytes)
    return int(total_bytes * share)


def _size(size_bytes: int) -> str:
    """A size in the unit that fits."""
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20)):
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return f"{max(0, size_bytes) / 1024:.0f} kB"


def _is_on(value: Any) -> bool:
    return str(value).lower() == "true"
