"""What the answers to bulk requests mean for each row. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from cutover.core.reindex.models import ReindexStopped

_WHAT_IT_WAS = re.compile(r"(\.? *Preview of field's value|: *For input string).*", re.DOTALL)
"""The value itself, which a user wrote: reasons are logged, the row is in the dead letter."""

BUSY_STATUSES = frozenset({429, 502, 503, 504})
"""Of a whole request, or of an item: the cluster could not do it now."""

SPLIT_STATUSES = frozenset({400, 413})
"""Of a whole request: too large, or something in it can't be read; by halves it shows in which row."""

_BUSY_KINDS = frozenset(
    {
        "circuit_breaking_exception",
        "es_rejected_execution_exception",
        "rejected_execution_exception",
        "opensearch_rejected_execution_exception",
        "unavailable_shards_exception",
        "process_cluster_event_timeout_exception",
        "node_disconnected_exception",
        "node_not_connected_exception",
        "no_shard_available_action_exception",
        "primary_missing_action_exception",
        "cluster_manager_not_discovered_exception",
        "master_not_discovered_exception",
    }
)
_GONE_KINDS = frozenset({"index_not_found_exception", "index_closed_exception"})
_BLOCK_KINDS = frozenset({"cluster_block_exception", "index_create_block_exception"})
_FIRST_BYTES = 200  # within which `errors` stands, before the items
_LEAST_BAD = 20
_RIGHTS = "see that this role may write there, and that endpoint and index are right; the same command goes on"


class _Error(msgspec.Struct):
    type: str = ""
    reason: str | None = ""


class _Item(msgspec.Struct):
    status: int = 0
    error: _Error | None = None


class _Bulk(msgspec.Struct):
    items: list[dict[str, _Item]]


class _Fault(msgspec.Struct):
    error: _Error | str = ""
    aws_message: str = msgspec.field(name="Message", default="")
    message: str = ""


_decode_bulk = msgspec.json.Decoder(_Bulk).decode
_decode_fault = msgspec.json.Decoder(_Fault).decode


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the rows of one request, which go by their positions in it.

    `again`: these were refused for now; `dead`: these can't be indexed, and why; `split`: the whole request was
    refused for good, for what `reason` says: try it in two; `too_large`: that was for its size. `reason` also says
    why rows have to be sent again.
    """

    indexed: int = 0
    stale: int = 0
    again: Sequence[int] = ()
    dead: Sequence[tuple[int, str]] = ()
    split: bool = False
    too_large: bool = False
    reason: str = ""


def judge(status: int, body: bytes, count: int, *, patient: bool = True) -> Judged:
    """What an answer to a bulk request of `count` rows means. Raises ReindexStopped: no row can be written there.

    An answer that is none, such as a proxy's page, means that all has to be sent again, which versions make safe.
    `patient`: a fault within the cluster (500) over one row may pass; otherwise that row is dead.
    """
    if status != 200:
        return _judge_whole(status, body, count)
    if body.find(b'"errors":false', 0, _FIRST_BYTES) >= 0 and body.count(b'"status":') in (0, count):
        return Judged(indexed=count)
    try:
        items = _decode_bulk(body).items
    except (msgspec.MsgspecError, RecursionError):
        items = []
    if len(items) != count or not all(items):
        return Judged(again=range(count), reason=f"200 with what is no answer to it: {_beginning(body)!r}")
    return _judge_items([next(iter(item.values())) for item in items], patient)


def bearable_dead(rows: int, max_bad: float) -> int:
    """How many rows of a table may turn out not to be indexable before a load stops: that part, or a few."""
    return max(_LEAST_BAD, int(rows * max_bad))


def fault_of(body: bytes) -> tuple[str, str]:
    """Kind and reason of an error as OpenSearch, Amazon's front or a proxy write it."""
    try:
        fault = _decode_fault(body)
    except (msgspec.MsgspecError, RecursionError):
        return "answer", repr(_beginning(body)) if body else "empty"
    if isinstance(fault.error, _Error):
        return fault.error.type or "error", fault.error.reason or ""
    return "error", fault.error or fault.aws_message or fault.message or _beginning(body)


def _judge_whole(status: int, body: bytes, count: int) -> Judged:
    kind, reason = fault_of(body)
    _stop_if_closed(kind, reason, status)
    said = f"{status} {kind}: {reason}"
    if status >= 500 or status in (408, 429) or kind in _BUSY_KINDS:
        return Judged(again=range(count), reason=said)
    if status in SPLIT_STATUSES:
        return Judged(split=True, too_large=status == 413, reason=said)
    raise ReindexStopped(f"the cluster refuses bulk requests: {said}", _RIGHTS)


def _judge_items(items: Sequence[_Item], patient: bool) -> Judged:
    indexed = stale = 0
    again: list[int] = []
    dead: list[tuple[int, str]] = []
    reason = ""
    for position, item in enumerate(items):
        if item.error is None and (200 <= item.status < 300 or item.status == 404):  # 404: a delete of nothing
            indexed += 1
        elif item.status == 409:
            stale += 1
        elif _may_pass(item, patient):
            again.append(position)
            reason = reason or _said(item)
        else:
            dead.append((position, _said(item)))
    return Judged(indexed, stale, tuple(again), tuple(dead), reason=reason)


def _may_pass(item: _Item, patient: bool) -> bool:
    """Whether the row can be sent again with some hope. Raises ReindexStopped: no row can."""
    kind, reason = ("", "") if item.error is None else (item.error.type, item.error.reason or "")
    _stop_if_closed(kind, reason, item.status)
    if item.status in BUSY_STATUSES or kind in _BUSY_KINDS:
        return True
    if item.status in (401, 403):
        raise ReindexStopped(f"the cluster refuses to index: {_said(item)}", _RIGHTS)
    return patient and not 400 <= item.status < 500


def _stop_if_closed(kind: str, reason: str, status: int) -> None:
    """Raise ReindexStopped for what is about the whole index and does not pass by itself."""
    if kind in _GONE_KINDS:
        raise ReindexStopped(
            f"the index that is being filled is not there any more, or closed: {reason}", "begin anew with a new index"
        )
    if kind not in _BLOCK_KINDS or status == 503 or "SERVICE_UNAVAILABLE" in reason:
        return
    if "flood-stage" in reason or "read-only-allow-delete" in reason:
        raise ReindexStopped(
            f"the cluster's disks are full: {reason}",
            "free space or add nodes; OpenSearch lifts the block by itself below the high watermark, and then the same"
            " command goes on",
        )
    raise ReindexStopped(
        f"the index takes no writes: {reason}",
        "set index.blocks.write and index.blocks.read_only of it to null; then the same command goes on",
    )


def _said(item: _Item) -> str:
    if item.error is None:
        return f"status {item.status}"
    return f"{item.error.type or item.status}: {_WHAT_IT_WAS.sub('', item.error.reason or '')}"


def _beginning(body: bytes) -> str:
    return body[:80].decode(errors="replace")
