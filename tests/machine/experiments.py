"""What can go wrong with a cutover, what must be true then, and which tests show it; `python -m` writes the page."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.machine.experiment import Experiment, NotHere
from tests.machine.experiments_1_to_15 import FIRST
from tests.machine.experiments_16_to_30 import SECOND

PAGE = Path(__file__).parents[2] / "runbooks" / "experiments.md"
EXPERIMENTS: Mapping[str, Experiment | NotHere] = {**FIRST, **SECOND}

HEAD = """# What can go wrong, and where it is shown

For whoever changes `cutover`: each fault, what must be true then, and the tests that show it (under `tests/`). A test
holds this page to the table in `tests/machine/`, and that table to the tests that it names.
"""


def page() -> str:
    """The table as a page."""
    return "\n".join([HEAD, *(_section(label, one) for label, one in EXPERIMENTS.items())])


def _section(label: str, one: Experiment | NotHere) -> str:
    lines = [f"## {label}: {one.fault}", "", one.must, ""]
    if isinstance(one, NotHere):
        return "\n".join([*lines, f"Not shown: {one.why}", ""])
    return "\n".join([*lines, *(f"- `{test}`" for test in one.shown), ""])


if __name__ == "__main__":
    sys.stdout.write(page())
