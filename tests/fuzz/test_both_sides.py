"""Whatever is made up from the description, either side answers it as the description says: the short form."""

import json
from pathlib import Path

import pytest

from tests.fuzz.rig import DESCRIPTION, configure, run
from tests.integration.rehearsal.stack_rig import SIDES, Up

pytestmark = pytest.mark.xdist_group("stack")

# About 2,300 requests, the same ones each time. `tox run -e fuzz` goes on for as long as one likes.
EXAMPLES, SCENARIOS = 3, 40
SHORT = ("--seed", "1", "--no-shrink")
SECONDS = 600.0  # half a minute by itself; a busy machine takes its time


@pytest.mark.parametrize("side", SIDES)
def test_no_request_gets_an_answer_that_is_not_described(stack: Up, side: str, tmp_path: Path) -> None:
    paths = json.loads(DESCRIPTION.read_text())["paths"]
    operations = sum(len(item) for item in paths.values())
    found = run(
        configure(tmp_path, stack.described["tokens"], EXAMPLES, SCENARIOS), stack.url(side), SHORT, seconds=SECONDS
    )
    assert found.ok, found.output
    assert f"Tested: {operations}" in found.output, found.output
