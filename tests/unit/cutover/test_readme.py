"""The README names every command, every rule and every exit code, as they are."""

import re
from pathlib import Path

import pytest

from cutover.commands._summaries import SUMMARIES
from cutover.core.models import Verdict
from cutover.core.plan import OVERRIDABLE, WAITED_FOR, Refused, Rule
from cutover.exits import Exit
from cutover.flow.outcome import refused

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
USING = README.partition("## Using `cutover`")[2].partition("\n## ")[0]
RULES = re.findall(r"^\| `([a-z0-9-]+)`( †)? \| .+ \| ([0-9 or]+) \|$", USING, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(SUMMARIES))
def test_every_command_has_a_row_by_what_one_wants(name: str) -> None:
    rows = [line for line in USING.splitlines() if line.startswith("| ")]

    assert any(re.search(rf"`{name}\b", row) for row in rows)


def test_every_safety_rule_has_its_row_in_their_order_with_the_exit_that_it_has() -> None:
    exits = {rule: {int(refused(Refused(rule, "", "", "", "", v)).exit) for v in Verdict} for rule in Rule}
    exits[Rule.GATES] = {int(Exit.GATES_FAILED), int(Exit.HOLD)}

    assert [name for name, _, _ in RULES] == list(Rule)
    assert {name: {int(code) for code in codes.split(" or ")} for name, _, codes in RULES} == exits


def test_the_rules_that_a_run_waits_for_are_marked() -> None:
    assert {name for name, mark, _ in RULES if mark} == WAITED_FOR


def test_the_last_rules_are_those_that_nobody_can_set_aside() -> None:
    assert "each rule but the last two aside" in USING
    assert tuple(Rule)[:-2] == OVERRIDABLE


def test_every_exit_code_has_its_meaning() -> None:
    told = [int(code) for code in re.findall(r"\| ([0-9]+) \| [a-z`]", USING)]

    assert sorted(told) == sorted(Exit)
