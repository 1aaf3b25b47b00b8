"""What is written on one side: the same answers as on the other, and at once to be seen there."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.rehearsal.stack_life import LISTS, SEARCHED_SECONDS, Life
from tests.integration.rehearsal.stack_rig import SIDES, Up, wait_until

pytestmark = pytest.mark.xdist_group("stack")

STATUSES = {
    "create": 201,
    "create once more": 409,
    "change": 200,
    "clear": 200,
    "change nothing": 200,
    "clear what is needed": 400,
    "change the type": 400,
    "search": 200,
    "upload good.csv": 202,
    "upload good.csv again": 409,
    "read by bob": 403,
    "read by admin": 200,
    "read by None": 401,
    "deleted by bob": 403,
    "delete": 200,
    "GET after the end": 404,
    "PATCH after the end": 404,
    "DELETE after the end": 404,
    "upload after the end": 404,
}


@pytest.fixture(scope="module")
def lives(stack: Up) -> Mapping[str, Life]:
    """The same life on each side, one after the other: the first one's end makes room for the second one's title."""
    lived = {side: Life(stack, side) for side in SIDES}
    for life in lived.values():
        life.live()
    return lived


def test_a_moc_lives_the_same_life_on_either_side(lives: Mapping[str, Life]) -> None:
    ecs, on_lambda = (lives[side].steps for side in SIDES)
    assert list(ecs) == list(on_lambda)
    differing = [step for step in ecs if ecs[step] != on_lambda[step]]
    assert not differing, [(step, ecs[step], on_lambda[step]) for step in differing]


@pytest.mark.parametrize("side", SIDES)
def test_each_step_of_that_life_is_answered_as_promised(lives: Mapping[str, Life], side: str) -> None:
    steps = lives[side].steps
    assert {step: steps[step].status for step in STATUSES} == STATUSES
    counted = json.loads(steps["read once counted"].body)["data"]
    assert (counted["title"], counted["partsCount"], counted["totalPieceCount"]) == ("Ruin 🏚", 18, 17)
    assert "theme" not in counted
    lists = {one["title"]: (one["status"], one.get("totalParts")) for one in counted["partsLists"]}
    assert sorted(status for status, _ in lists.values()) == ["failed", "parsed", "parsed-with-errors"], lists
    assert len(lists) == len(LISTS)
    assert json.loads(steps["list once made"].body)["total"] == 1
    assert json.loads(steps["list after the end"].body)["total"] == 0


class Reader:
    """Somebody on the other side, who has everything cached that can be."""

    def __init__(self, stack: Up, side: str, moc_id: str = "") -> None:
        self.stack, self.side, self.moc_id = stack, side, moc_id

    def total(self) -> int:
        """How many MOCs the list counts."""
        total: int = self.stack.ask(self.side, "GET", "/api/mocs?limit=1", user="bob").json()["total"]
        return total

    def newest(self) -> str:
        """The title of the list's first."""
        title: str = self.stack.ask(self.side, "GET", "/api/mocs?limit=1", user="bob").json()["data"][0]["title"]
        return title

    def detail(self) -> dict[str, Any]:
        """The MOC."""
        answer = self.stack.ask(self.side, "GET", f"/api/mocs/{self.moc_id}", user="bob")
        assert answer.status == 200, answer.body
        data: dict[str, Any] = answer.json()["data"]
        return data

    def finds(self, words: str) -> int:
        """How many MOCs a search finds."""
        total: int = self.stack.ask(self.side, "GET", f"/api/mocs?search={words}", user="bob").json()["total"]
        return total


@pytest.mark.parametrize(("writer", "reader"), [SIDES, SIDES[::-1]])
def test_what_one_side_writes_the_other_shows_at_once(stack: Up, writer: str, reader: str) -> None:
    there = Reader(stack, reader)
    before = there.total()
    made = stack.ask(writer, "POST", "/api/mocs", {"title": "Zeppelin 0", "type": "moc", "author": "B"}, user="bob")
    there.moc_id = made.json()["data"]["id"]
    path = f"/api/mocs/{there.moc_id}"
    assert (there.total(), there.newest(), there.detail()["title"]) == (before + 1, "Zeppelin 0", "Zeppelin 0")
    for number in range(1, 21):
        title = f"Zeppelin {number}"
        assert stack.ask(writer, "PATCH", path, {"title": title}, user="bob").status == 200
        assert (there.newest(), there.detail()["title"]) == (title, title)
    wait_until(lambda: there.finds("zeppelin") == 1, SEARCHED_SECONDS)
    assert stack.ask(writer, "DELETE", path, user="bob").status == 200
    assert (stack.ask(reader, "GET", path, user="bob").status, there.total()) == (404, before)
    wait_until(lambda: there.finds("zeppelin") == 0, SEARCHED_SECONDS)


@pytest.mark.parametrize(("writer", "reader"), [SIDES, SIDES[::-1]])
def test_a_list_that_one_side_takes_the_other_shows_counted(stack: Up, writer: str, reader: str) -> None:
    made = stack.ask(writer, "POST", "/api/mocs", {"title": "Counted", "type": "moc", "author": "A"})
    moc_id = made.json()["data"]["id"]
    path = f"/api/mocs/{moc_id}"

    def shown() -> Any:
        data = stack.ask(reader, "GET", path).json()["data"]
        return [one["status"] for one in data["partsLists"]], data.get("totalPieceCount")

    assert shown() == ([], None)
    assert stack.upload(writer, moc_id, LISTS["good.csv"]).status == 202
    wait_until(lambda: shown() == (["parsed"], 10))
    assert stack.ask(reader, "DELETE", path).status == 200
    assert stack.ask(writer, "GET", path).status == 404


@pytest.mark.parametrize("first", SIDES)
def test_sides_that_change_one_moc_in_turns_never_show_what_was_before(stack: Up, first: str) -> None:
    made = stack.ask(first, "POST", "/api/mocs", {"title": f"By turns {first}", "type": "moc", "author": "A"})
    path = f"/api/mocs/{made.json()['data']['id']}"
    for number in range(1, 21):
        writer, reader = SIDES if number % 2 else SIDES[::-1]
        assert stack.ask(writer, "PATCH", path, {"partsCount": number}).status == 200
        assert stack.ask(reader, "GET", path).json()["data"]["partsCount"] == number
    assert stack.ask(first, "DELETE", path).status == 200
