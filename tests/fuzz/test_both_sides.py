"""Whatever is made up from the description, either side answers it as the description says: the short form."""

import json
from pathlib import Path

import pytest

from tests.fuzz.rig import DESCRIPTION, Plan, configure, run
from tests.integration.rehearsal.stack_rig import SIDES, Up

pytestmark = pytest.mark.xdist_group("stack")

# The same requests each time, about 2,300 a side; `tox run -e fuzz` makes up others for as long as one likes.
SHORT = ("--seed", "1", "--no-shrink")
SECONDS = 600.0  # less than a minute by itself; a busy machine takes its time
RESOURCES = ("Album", "MOC", "WishlistItem")  # what can be made, read, changed and deleted without a file


@pytest.mark.parametrize("side", SIDES)
def test_no_request_gets_an_answer_that_is_not_described(stack: Up, side: str, tmp_path: Path) -> None:
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    operations = sum(len(item) for item in paths.values())
    config = configure(tmp_path, stack.described["tokens"], Plan(examples=3, scenarios=10))
    found = run(config, stack.url(side), SHORT, seconds=SECONDS)
    assert found.ok, found.output
    assert f"Tested: {operations}" in found.output, found.output


@pytest.mark.parametrize("side", SIDES)
def test_what_is_deleted_is_gone_and_what_is_made_is_there_for_nobody_else(
    stack: Up, side: str, tmp_path: Path
) -> None:
    config = configure(tmp_path, stack.described["tokens"], Plan(examples=3, scenarios=30, inferred=False))
    wanted = [f"{verb}{resource}" for resource in RESOURCES for verb in ("create", "get", "update", "delete")]
    only = [option for operation in wanted for option in ("--include-operation-id", operation)]
    found = run(config, stack.url(side), [*SHORT, "--phases", "stateful", *only], seconds=SECONDS)
    assert found.ok, found.output
    assert f"{len(wanted)} selected" in found.output, found.output
