"""Change batches for Route 53: the exact exchange of records, and the ready way back for the day the tool is gone."""

import json
from collections.abc import Iterable
from typing import Any

from cutover.core.models import RecordSet, Snapshot, Weights
from cutover.core.words import printable
from cutover.core.zone import Sides, with_weights

COMMENT_LIMIT = 256  # Route 53's own


def exchange(before: Snapshot, after: Snapshot, comment: str) -> dict[str, Any]:
    """One batch that deletes exactly what was read and creates the new: refused if anybody changed it meanwhile."""
    changes = [*_changes("DELETE", before.records), *_changes("CREATE", after.records)]
    return {"Comment": comment[:COMMENT_LIMIT], "Changes": changes}


def way_back(records: Iterable[RecordSet], sides: Sides, comment: str) -> dict[str, Any]:
    """A batch that gives ECS everything whatever the weights are by then: for use without this tool."""
    home = with_weights(records, Weights(100, 0), sides)
    return {"Comment": comment[:COMMENT_LIMIT], "Changes": _changes("UPSERT", home)}


def comment(stage: str, seq: int, actor: str) -> str:
    """The batch's comment, which CloudTrail keeps: which ledger line it belongs to, and who sent it."""
    return printable(f"cutover/{stage}/{seq}/{actor}")[:COMMENT_LIMIT]


def _changes(action: str, records: Iterable[RecordSet]) -> list[dict[str, Any]]:
    return [{"Action": action, "ResourceRecordSet": json.loads(record.body)} for record in records]
