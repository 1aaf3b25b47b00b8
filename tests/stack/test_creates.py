"""Twenty creates at one moment, half of them to each side."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.integration.rehearsal.stack_rig import SIDES, Answer, Up

pytestmark = pytest.mark.xdist_group("stack")

USERS = 20


def at_once(stack: Up, titles: list[str]) -> list[Answer]:
    """The answers to creates of these titles, begun together, sides taking turns."""
    ready = Barrier(len(titles))

    def create(number: int) -> Answer:
        body = {"title": titles[number], "type": "moc", "author": "Ada", "tags": [titles[0]]}
        ready.wait()
        return stack.ask(SIDES[number % 2], "POST", "/api/mocs", body)

    with ThreadPoolExecutor(len(titles)) as users:
        return list(users.map(create, range(len(titles))))


def listed(stack: Up, tag: str) -> list[str]:
    """The titles with this tag, of which both sides say the same."""
    ecs, on_lambda = (stack.ask(side, "GET", f"/api/mocs?limit=100&tag={tag}").json() for side in SIDES)
    assert ecs == on_lambda
    assert ecs["total"] == len(ecs["data"])
    return [row["title"] for row in ecs["data"]]


@pytest.mark.parametrize("_time", range(3))
def test_of_twenty_creates_of_one_title_one_succeeds(stack: Up, _time: int) -> None:
    title = uuid.uuid4().hex
    answers = at_once(stack, [title] * USERS)
    assert Counter(answer.status for answer in answers) == {201: 1, 409: USERS - 1}
    assert {answer.json()["code"] for answer in answers if answer.status == 409} == {"CONFLICT"}
    assert listed(stack, title) == [title]


def test_twenty_creates_of_twenty_titles_all_succeed(stack: Up) -> None:
    titles = [uuid.uuid4().hex for _ in range(USERS)]
    answers = at_once(stack, titles)
    assert Counter(answer.status for answer in answers) == {201: USERS}
    assert len({answer.json()["data"]["id"] for answer in answers}) == USERS
    assert sorted(listed(stack, titles[0])) == sorted(titles)
