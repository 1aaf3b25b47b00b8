"""Evidence of a size that every ledger takes: a DynamoDB item holds 400 KB, and going back must not fail for that."""

import json
from collections.abc import Mapping
from typing import Any

LIMIT_BYTES = 256 * 1024  # of one line's evidence as JSON
SMALL_BYTES = 1024  # what is smaller is never left out: flags, hashes, the line that goes back


def fitted(evidence: Mapping[str, Any]) -> Mapping[str, Any]:
    """The evidence without its largest values if it is too large, and `cut` saying which; records go last."""
    sizes = {key: len(json.dumps(value)) for key, value in evidence.items()}
    surplus, cut = sum(sizes.values()) - LIMIT_BYTES, dict[str, int]()
    for key in sorted(sizes, key=lambda key: (key == "records", -sizes[key])):
        if surplus > 0 and sizes[key] > SMALL_BYTES:
            cut[key] = sizes[key]
            surplus -= sizes[key]
    if not cut:
        return evidence
    said = [f"{key}: {size} bytes were too many for a ledger line" for key, size in cut.items()]
    return {key: value for key, value in evidence.items() if key not in cut} | {"cut": said}
