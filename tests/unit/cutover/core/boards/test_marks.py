"""Changes of the ledger as annotations: all of them, ours alone, and what people wrote stays."""

import json
from typing import Any

import pytest

from cutover.core.boards.board import BadBoard
from cutover.core.boards.marks import MOST, RED, changes, count_of, marked
from cutover.core.record import Kind
from tests.fakes.world import FakeWorld, known_world
from tests.unit.cutover.invoking import invoke

THEIRS = {"label": "launch", "value": "2026-03-01T10:00:00Z"}


def body(**properties: Any) -> str:
    widgets = [
        {"type": "metric", "properties": {"metrics": [["A", "B"]], **properties}},
        {"type": "metric", "properties": {"view": "singleValue", "metrics": [["A", "B"]]}},
        {"type": "text", "properties": {"markdown": "x"}},
    ]
    return json.dumps({"widgets": widgets})


def vertical(text: str, widget: int = 0) -> list[Any]:
    found = json.loads(text)["widgets"][widget]["properties"].get("annotations", {})
    return list(found.get("vertical", []))


def texts(world: FakeWorld) -> list[str]:
    return [change.text for change in changes(world.ledger.lines)]


def climbed() -> FakeWorld:
    """Up to 10, and back."""
    world = known_world(100, 0)
    assert invoke(world, "shift", "--lambda-weight", "10", "--yes").exit_code == 0
    assert invoke(world, "rollback", "--reason", "checkout fails").exit_code == 0
    return world


def test_every_shift_and_rollback_is_a_change_once() -> None:
    assert texts(climbed()) == ["Lambda 0% → 10%", "ROLLBACK Lambda 10% → 0%: checkout fails"]


def test_a_rollback_is_red_and_says_when_it_was_sent() -> None:
    world = climbed()
    change = changes(world.ledger.lines)[-1]
    [applied] = [line for line in world.ledger.lines if line.kind is Kind.APPLIED and line.after != (90, 10)]

    assert change.color == RED
    assert (change.at, change.seq) == (applied.time, applied.seq)


def test_a_drill_is_told_as_one() -> None:
    world = known_world(100, 0)
    assert invoke(world, "drill", "--yes").exit_code == 0

    assert texts(world) == ["drill: Lambda 0% → 1%", "drill: Lambda 1% → 0%"]


def test_the_kill_switch_is_a_change_too() -> None:
    world = known_world(50, 50)
    for evidence in ({"serving": False}, {"serving": True}, {"serving": False, "drill": True}):
        world.write(Kind.SWITCHED, reason="x" * 100, evidence=evidence)

    thrown, back, drill = texts(world)

    assert thrown == f"KILL SWITCH thrown: {'x' * 59}…"
    assert (back, drill) == ("kill switch put back", "drill: kill switch")


def test_what_others_changed_is_told_and_the_first_sight_of_weights_is_none() -> None:
    world = known_world(90, 10)
    world.write(Kind.ADOPTED, after=(70, 30), evidence={"records": ["x"]})

    assert texts(world) == ["changed by others: Lambda 30%"]


def test_a_rollback_that_finds_the_records_back_already_is_marked() -> None:
    world = known_world(90, 10)
    world.write(Kind.ROLLED_BACK, after=(100, 0), reason="by hand")

    assert texts(world) == ["ROLLBACK Lambda 10% → 0%: by hand"]


def test_charts_over_time_are_marked_and_nothing_else() -> None:
    found = changes(climbed().ledger.lines)

    new = marked(body(), found)

    assert [one["label"] for one in vertical(new)] == [f"{one.text} · cutover #{one.seq}" for one in found]
    assert vertical(new, 1) == []
    assert count_of(new) == 2


def test_the_same_once_more_changes_nothing() -> None:
    found = changes(climbed().ledger.lines)
    new = marked(body(), found)

    assert marked(new, found) == new


def test_what_people_added_stays_and_stands_first() -> None:
    found = changes(climbed().ledger.lines)
    there = {"vertical": [THEIRS], "horizontal": [{"value": 5}]}

    new = marked(marked(body(annotations=there), found), found)

    assert vertical(new)[0] == THEIRS
    assert len(vertical(new)) == 3
    assert json.loads(new)["widgets"][0]["properties"]["annotations"]["horizontal"] == [{"value": 5}]


def test_what_the_ledger_does_not_tell_any_more_goes() -> None:
    new = marked(body(annotations={"vertical": [THEIRS]}), changes(climbed().ledger.lines))

    assert vertical(marked(new, [])) == [THEIRS]


def test_a_ledger_without_changes_leaves_the_text_as_it_is() -> None:
    assert marked(body(), []) == body()


def test_only_the_newest_are_kept() -> None:
    world = known_world(50, 50)
    for number in range(MOST + 5):
        world.write(Kind.SWITCHED, evidence={"serving": number % 2 == 0})

    assert len(changes(world.ledger.lines)) == MOST


def test_what_is_no_dashboard_is_not_marked() -> None:
    with pytest.raises(BadBoard):
        marked("{}", [])


def test_annotations_of_another_shape_are_replaced() -> None:
    found = changes(climbed().ledger.lines)

    assert len(vertical(marked(body(annotations=[1]), found))) == 2
    assert len(vertical(marked(body(annotations={"vertical": 1}), found))) == 2
