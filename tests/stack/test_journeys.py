"""The load test's journeys on both sides of a running stack: no answer is wrong, and nothing is left behind."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence

import pytest

from loadtests._cleaning import clean, prepare, sweep
from loadtests._direct import FILE_STORE
from loadtests._mix import MIX
from loadtests._owned import KINDS
from tests.integration.rehearsal.stack_rig import PUBLIC_NAME, SIDES, Up
from tests.stack.walking import Walker, at_once, persons, walkers

pytestmark = pytest.mark.xdist_group("stack")

SUBS = ("alice", "bob")
TIMES = 6  # of each journey on each side
VISITORS_OF_EACH = 6
THREADS = 20
JOURNEYS = 700


@pytest.fixture
def sides(stack: Up) -> Iterator[Mapping[str, Mapping[str, Walker]]]:
    """Who asks which side as whom."""
    tokens = {sub: stack.described["tokens"][sub] for sub in SUBS}
    with contextlib.ExitStack() as open_ones:
        yield {side: open_ones.enter_context(walkers(stack.url(side), PUBLIC_NAME, tokens)) for side in SIDES}


def titles(stack: Up, sub: str) -> Sequence[str]:
    """Of everything that the account has; what lies in albums stands in the gallery's list."""
    found: list[str] = []
    for path in ("/api/mocs", "/api/gallery", "/api/wishlist"):
        answer = stack.ask("ecs", "GET", f"{path}?limit=100", user=sub).json()
        assert answer["total"] == len(answer["data"]) <= 100
        found += [row["title"] for row in answer["data"]]
    return sorted(found)


def problems(sides: Mapping[str, Mapping[str, Walker]]) -> list[str]:
    """What was wrong on which side."""
    return [f"{side}: {told}" for side, each in sides.items() for walker in each.values() for told in walker.problems]


@pytest.mark.parametrize("side", SIDES)
def test_every_journey_is_answered_right_and_nothing_is_left_behind(
    stack: Up, sides: Mapping[str, Mapping[str, Walker]], side: str
) -> None:
    before = titles(stack, "alice")
    walker, [person] = sides[side]["alice"], persons(["alice"], 1, run=f"walk{side}")

    walker.walk(prepare(person))
    for _, start in MIX:
        for _ in range(TIMES):
            walker.walk(start(person))
    owned = [len(kind.ids(person)) for kind in KINDS]
    walker.walk(clean(person))

    assert walker.problems == []
    assert owned == [3, 2, 1, 4]
    assert walker.asked[FILE_STORE] >= 1  # a presigned form was taken by the stand-in of S3
    assert walker.asked["POST /api/images/complete"] >= 1
    assert titles(stack, "alice") == before


def test_journeys_of_many_at_once_are_never_answered_wrong_on_either_side(
    stack: Up, sides: Mapping[str, Mapping[str, Walker]]
) -> None:
    before = {sub: titles(stack, sub) for sub in SUBS}
    people = persons(SUBS, VISITORS_OF_EACH, run="crowd")
    for person in people:
        sides["ecs"][person.sub].walk(prepare(person))

    at_once([(person, sides[side][person.sub]) for person in people for side in SIDES], THREADS, JOURNEYS)
    there = {sub: len(titles(stack, sub)) for sub in SUBS}
    for person in people:
        sides["lambda"][person.sub].walk(clean(person))

    assert problems(sides) == []
    assert {sub: titles(stack, sub) for sub in SUBS} == before
    assert all(there[sub] < len(before[sub]) + 15 * VISITORS_OF_EACH for sub in SUBS)


def test_only_lambda_tells_of_cold_starts(sides: Mapping[str, Mapping[str, Walker]]) -> None:
    people = persons(SUBS, 1, run="cold")
    at_once([(person, sides[side][person.sub]) for person in people for side in SIDES], 10, 60)
    for person in people:
        sides["ecs"][person.sub].walk(clean(person))

    told = {side: [told for walker in each.values() for told in walker.cold] for side, each in sides.items()}
    assert told["ecs"] == []
    assert all(re.fullmatch(r"cold-start;dur=\d+", each) for each in told["lambda"])
    assert problems(sides) == []


def test_a_killed_run_is_swept_away_and_nothing_else(stack: Up, sides: Mapping[str, Mapping[str, Walker]]) -> None:
    before = titles(stack, "bob")
    walker = sides["ecs"]["bob"]
    theirs = {"title": "load bearing wall 3", "type": "moc", "author": "Bob"}
    kept = stack.ask("ecs", "POST", "/api/mocs", theirs, user="bob").json()["data"]["id"]
    [killed] = persons(["bob"], 1, run="killed")
    [person] = persons(["bob"], 1, run="next")
    walker.walk(prepare(killed))
    walker.walk(prepare(person))
    mine = [title for title in titles(stack, "bob") if title.startswith("load next-")]
    assert any(title.startswith("load killed-") for title in titles(stack, "bob"))

    walker.walk(sweep(person))

    assert titles(stack, "bob") == sorted([*before, "load bearing wall 3", *mine])
    walker.walk(clean(person))
    assert stack.ask("ecs", "DELETE", f"/api/mocs/{kept}", user="bob").status == 200
    assert walker.problems == []
    assert titles(stack, "bob") == before
