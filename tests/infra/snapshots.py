"""The templates as they were last agreed on, one file a stage: `python -m tests.infra.snapshots` writes them anew."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from infra.stages.choice import STAGES
from tests.infra.whole import Whole, whole

FOLDER = Path(__file__).parent / "snapshots"
_HASH = re.compile(r"\b[0-9a-f]{64}\b")  # of an asset: it follows the package, not the infrastructure
_VERSION = re.compile(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}\b")  # of a function: it follows both


def text_of(stage: Whole) -> str:
    """A stage's templates as one text that changes when what is deployed does."""
    return json.dumps(_plain(stage.templates), indent=1, sort_keys=True) + "\n"


def path_of(name: str) -> Path:
    """Where a stage's text is kept."""
    return FOLDER / f"{name}.json"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain_text(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return _plain_text(value) if isinstance(value, str) else value


def _plain_text(text: str) -> str:
    return _VERSION.sub(r"\1", _HASH.sub("ASSET", text))


def main() -> None:
    """Write every stage's text."""
    FOLDER.mkdir(exist_ok=True)
    for name in STAGES:
        path_of(name).write_text(text_of(whole(name)))
        sys.stdout.write(f"{path_of(name)}\n")


if __name__ == "__main__":
    main()
